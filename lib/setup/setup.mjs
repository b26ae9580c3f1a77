import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addonStep } from './addon.mjs';
import { findingOf } from './finding.mjs';
import { withLock } from './lock.mjs';
import { packagesStep } from './packages.mjs';
import {
  checkDisk,
  checkFolder,
  checkNode,
  checkPlatform,
  chooseEngine,
  findCompiler,
  findPython,
} from './preflight.mjs';
import { explainFailure, SetupProblem } from './problem.mjs';
import { kernelStep, pythonStep } from './python.mjs';
import { tensorflowStep } from './tensorflow.mjs';

/** @typedef {import('./step.mjs').Step} Step */
/** @typedef {import('./preflight.mjs').EngineKind} EngineKind */
/** @typedef {import('./preflight.mjs').Program} Program */

/**
 * Brings the project's folder to where every command can run: does the steps that are missing or whose inputs changed, says
 * each, and writes nothing outside the folder. Killed halfway, it is simply run again.
 * @param {string} root the project's folder
 * @param {{ thorough?: boolean }} [options] thorough: looks at what each step made, not at its stamp alone, and does again what
 * is broken
 * @throws SetupProblem
 */
export async function setUp(root, { thorough = false } = {}) {
  checkNode();
  checkPlatform();
  checkFolder(root);
  const steps = setupSteps(root, findPython(), chooseEngine(), findCompiler());
  if (!thorough && steps.every((step) => step.isDone())) return;
  const lock = join(root, 'data', '.setup-lock');
  try {
    await withLock(
      lock,
      async () => {
        if (thorough) await undoBroken(steps);
        if (!steps.every((step) => step.isDone())) await runSteps(root, steps);
      },
      () => say(`another set-up is running in this folder: waiting for it (its lock is ${lock}) …`),
    );
  } catch (error) {
    if (error instanceof SetupProblem) throw error;
    throw explainFailure('the set-up', String(error));
  }
}

/**
 * @param {string} root
 * @param {Program} python
 * @param {EngineKind} kind
 * @param {Program} compiler
 * @returns {Step[]} in the order in which they are done
 */
export function setupSteps(root, python, kind, compiler) {
  return [
    packagesStep(root),
    pythonStep(root, python),
    kernelStep(root),
    tensorflowStep(root, kind),
    addonStep(root, kind, compiler),
  ];
}

/**
 * Takes the stamp from each step that was done but whose work is not whole any more.
 * @param {Step[]} steps
 */
async function undoBroken(steps) {
  for (const step of steps.filter((step) => step.isDone())) {
    const { state, found } = await findingOf(step.item, () => step.examine());
    if (state === 'ok' || state === 'note') continue;
    say(`${step.item}: ${found}; doing it again`);
    step.undo();
  }
}

/**
 * @param {string} root
 * @param {Step[]} steps
 */
async function runSteps(root, steps) {
  const missing = steps.filter((step) => !step.isDone());
  checkDisk(
    root,
    missing.reduce((sum, { gigabytes }) => sum + gigabytes, 0),
  );
  const scratch = join(root, 'data', '.setup');
  mkdirSync(join(scratch, 'tmp'), { recursive: true });
  const env = childEnvironment(scratch);
  for (const [i, step] of steps.entries()) {
    const heading = `[${i + 1}/${steps.length}] ${step.name}`;
    if (step.isDone()) continue;
    const start = Date.now();
    say(`${heading} …`);
    await step.run({ env, onProgress: progressLine(heading, start) });
    say(`${heading}: done in ${((Date.now() - start) / 1000).toFixed(0)} s`);
  }
  rmSync(scratch, { recursive: true, force: true });
}

/**
 * The environment of the steps' programs: downloads are kept in the project's folder until the set-up is whole, so that one
 * that was killed does not fetch them again.
 * @param {string} scratch
 * @returns {NodeJS.ProcessEnv}
 */
function childEnvironment(scratch) {
  const { PYTHONPATH, PYTHONHOME, PIP_TARGET, PIP_PREFIX, PIP_USER, ...env } = process.env;
  return {
    ...env,
    TMPDIR: join(scratch, 'tmp'),
    PIP_CACHE_DIR: join(scratch, 'pip'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    npm_config_cache: join(scratch, 'npm'),
    npm_config_logs_max: '0',
  };
}

/**
 * @param {string} heading
 * @param {number} start
 * @returns {(text: string) => void}
 */
function progressLine(heading, start) {
  let last = 0;
  return (text) => {
    const now = Date.now();
    const interval = process.stderr.isTTY ? 200 : 15_000;
    if (now - last < interval) return;
    last = now;
    const line = `${heading}: ${text}, ${((now - start) / 1000).toFixed(0)} s`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
    else say(line);
  };
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[2K' : ''}${text}\n`);
}
