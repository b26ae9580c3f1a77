import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { findingOf, isWell, setUpAgain } from './finding.mjs';
import { deviceFinding } from './gpu.mjs';
import { isHeld } from './lock.mjs';
import { examineMachine, examinePrograms } from './machine.mjs';
import { chooseEngine, findCompiler, findPython } from './preflight.mjs';
import { setupSteps } from './setup.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */

/**
 * Looks at all that the project needs, and changes nothing. Works before anything is installed.
 * @param {string} root the project's folder
 * @param {(finding: Finding) => void} [onFinding] told of each as it is known
 * @returns {Promise<Finding[]>}
 */
export async function diagnose(root, onFinding = () => {}) {
  /** @type {Finding[]} */
  const findings = [];
  const tell = (/** @type {Finding[]} */ ...found) => {
    for (const finding of found) {
      findings.push(finding);
      onFinding(finding);
    }
  };
  tell(...(await examinePrograms()));
  const kind = attempt(chooseEngine);
  const python = attempt(findPython);
  const compiler = attempt(findCompiler) ?? { command: 'c++', version: '' };
  const steps = setupSteps(root, python ?? { command: 'python3', version: '' }, kind ?? 'cpu', compiler);
  const toWrite = steps.filter((step) => !step.isDone()).reduce((sum, { gigabytes }) => sum + gigabytes, 0);
  tell(...(await examineMachine(root, toWrite)));
  tell(await findingOf('Settings', examineSettings));
  if (isHeld(join(root, 'data', '.setup-lock'))) {
    tell(note('Set-up', 'another process is setting up this folder now', 'wait for it, then npm run doctor'));
  } else if (fs.existsSync(join(root, 'data', '.setup'))) {
    tell(note('Set-up', 'one was begun and not finished; its downloads are kept', setUpAgain));
  }
  /** @type {import('./engine.mjs').EngineReport | undefined} */
  let computing;
  for (const step of steps) {
    tell(
      await findingOf(step.item, async () => {
        const { engine, state, found } = await step.examine();
        computing ??= engine;
        return state === 'ok' ? { state, found } : { state, found, remedy: setUpAgain };
      }),
    );
  }
  const engine = computing;
  tell(
    await findingOf('Device', () =>
      engine
        ? deviceFinding(kind ?? 'cpu', engine)
        : { state: 'unknown', found: 'told once the addon loads', needed: false },
    ),
  );
  tell(...(await takeInventory(root)));
  return findings;
}

/**
 * What to do next, in the order in which it is to be done.
 * @param {readonly Finding[]} findings
 * @returns {string[]}
 */
export function nextSteps(findings) {
  const wrong = findings.filter(
    ({ needed, state }) => needed && state !== 'ok' && state !== 'note' && state !== 'unknown',
  );
  if (isWell(findings))
    return ['npm start: JupyterLab on the notebooks', 'npm run figures: all notebooks, and the book'];
  // The set-up ends at once where a program or room on the disk is lacking, so those come before it.
  const own = wrong
    .filter(({ remedy = setUpAgain }) => remedy !== setUpAgain)
    .map(({ item, remedy }) => `${item}: ${remedy?.replace(/,? and run the same command again$/, '')}`);
  const ordered = [...own, ...(own.length < wrong.length ? [setUpAgain] : [])];
  return [...ordered, 'npm run doctor, to see that it is mended'];
}

/**
 * @template T
 * @param {() => T} work
 * @returns {T | undefined} undefined where it throws: its own finding says why
 */
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/**
 * @param {string} item
 * @param {string} found
 * @param {string} remedy
 * @returns {Finding}
 */
function note(item, found, remedy) {
  return { item, state: 'note', needed: false, found, remedy };
}

/**
 * The environment variables that change what is installed, computed or loaded.
 * @returns {Omit<Finding, 'item' | 'needed'>}
 */
function examineSettings() {
  chooseEngine();
  const set = Object.entries(process.env).filter(([name]) =>
    /^(INFOSSL_|TF_(NUM|ENABLE|ONEDNN|MKL|XLA|GPU|FORCE|DETERMINISTIC)_|CUDA_VISIBLE_DEVICES$|OMP_NUM_THREADS$)/.test(
      name,
    ),
  );
  const found = set.length ? set.map(([name, value]) => `${name}=${value}`).join(' ') : 'none set';
  const { INFOSSL_DATA: data } = process.env;
  if (data && !fs.existsSync(data)) {
    return {
      state: 'broken',
      found: `INFOSSL_DATA=${data}, which does not exist`,
      remedy: 'unset INFOSSL_DATA, or correct it',
    };
  }
  return { state: 'ok', found };
}

/**
 * What is known by the library itself: browser, data sets, runs. Its sources need the npm packages to be read.
 * @param {string} root
 * @returns {Promise<Finding[]>}
 */
function takeInventory(root) {
  const unknown = (/** @type {string} */ found) =>
    ['Chromium', 'Data sets', 'Runs'].map(
      (item) => /** @type {Finding} */ ({ item, state: 'unknown', needed: false, found }),
    );
  const tsx = join(root, 'node_modules', '.bin', 'tsx');
  if (!fs.existsSync(tsx)) return Promise.resolve(unknown('told once the npm packages are installed'));
  return new Promise((resolve) => {
    const child = spawn(tsx, [join(root, 'lib', 'workbook', 'inventoryCommand.ts')], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', ({ message }) => resolve(unknown(`not told (${message})`)));
    child.on('close', () => {
      const line = output.split('\n').find((text) => text.startsWith('[{'));
      const error = errors.match(/^.*Error: .*$/m)?.[0] ?? errors.trim().split('\n').at(-1) ?? '';
      resolve(line ? JSON.parse(line) : unknown(`not told (${error.trim()})`));
    });
  });
}
