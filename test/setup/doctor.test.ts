import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nextSteps } from '../../lib/setup/doctor.mjs';
import { isWell } from '../../lib/setup/finding.mjs';
import { deviceFinding } from '../../lib/setup/gpu.mjs';
import { compareWithLock } from '../../lib/setup/lockedPackages.mjs';
import { writeStamp } from '../../lib/setup/step.mjs';
import type { DoctorReport } from '../../lib/workbook/doctor';
import type { Finding } from '../../lib/workbook/inventory';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'infossl-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** A project's folder as cloned, with nothing set up. */
function clone(name: string): string {
  const copy = join(folder, name);
  cpSync(join(root, 'lib', 'setup'), join(copy, 'lib', 'setup'), { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, file), join(copy, file));
  return copy;
}

function run(project: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [join(project, 'lib', 'setup', 'run.mjs'), ...args], {
    cwd: project,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
}

function report(project: string, env: NodeJS.ProcessEnv = {}): DoctorReport & { of(item: string): Finding } {
  const { status, stdout } = run(project, ['doctor', '--json'], env);
  const parsed: DoctorReport = JSON.parse(stdout);
  expect(status).toBe(parsed.well ? 0 : 1);
  return { ...parsed, of: (item) => parsed.findings.find((finding) => finding.item === item)! };
}

test('before anything is installed: says what is missing and how it comes, and writes nothing', () => {
  const project = clone('Ünset, with spaces');
  const { well, of, next } = report(project);
  expect(well).toBe(false);
  for (const item of ['Node', 'Python', 'C++ compiler']) expect(of(item)).toMatchObject({ state: 'ok', needed: true });
  for (const item of ['npm packages', 'Python packages', 'Jupyter kernel', 'TensorFlow', 'TensorFlow addon']) {
    expect(of(item)).toMatchObject({ state: 'missing', needed: true, remedy: 'npm run setup' });
  }
  expect(of('Device')).toMatchObject({ state: 'unknown', found: 'told once the addon loads' });
  expect(next).toEqual(['npm run setup', 'npm run doctor, to see that it is mended']);
  expect(readdirSync(project).sort()).toEqual(['.npmrc', 'lib', 'package-lock.json', 'package.json']);
  const { stdout, status } = run(project, ['doctor']);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^missing +npm packages +none is installed\n +→ npm run setup$/m);
});

test('programs that the set-up begins from are named first, each with its remedy', () => {
  const project = clone('no programs');
  const { of, next } = report(project, { INFOSSL_PYTHON: 'no-such-python', CXX: 'no-such-compiler' });
  expect(of('Python')).toMatchObject({
    state: 'missing',
    found: 'Python 3.10 or newer is needed, but no-such-python is not there',
  });
  expect(of('C++ compiler').remedy).toMatch(/apt install g\+\+/);
  expect(next).toEqual([
    `Python: ${of('Python').remedy}`,
    `C++ compiler: ${of('C++ compiler').remedy}`,
    'npm run setup',
    'npm run doctor, to see that it is mended',
  ]);
});

test('settings that cannot be: INFOSSL_ENGINE, INFOSSL_DATA', () => {
  const project = clone('settings');
  expect(report(project, { INFOSSL_ENGINE: 'tpu' }).of('Settings')).toMatchObject({
    state: 'broken',
    found: 'INFOSSL_ENGINE is "tpu"',
    remedy: 'set it to cpu or cuda, or leave it unset',
  });
  expect(report(project, { INFOSSL_DATA: '/no/such' }).of('Settings').remedy).toMatch(/unset INFOSSL_DATA/);
});

test.each([
  [
    'a library that does not load',
    'throw new Error("libtensorflow_cc.so.2: cannot open")',
    /\(Error: lib.*cannot open\)/,
  ],
  ['one that ends the process', 'process.abort()', /\(it ended by SIGABRT\)/],
  [
    'one that would take all of a GPU',
    'throw new Error("growth: " + process.env.TF_FORCE_GPU_ALLOW_GROWTH)',
    /\(Error: growth: true\)/,
  ],
  [
    'one whose GPU another program holds',
    'console.error("failed to allocate: CUDA_ERROR_OUT_OF_MEMORY: out of memory"); process.exit(1)',
    /^in use: the GPU's memory is taken/,
  ],
])('the addon: %s', (name, code, problem) => {
  const project = clone(name);
  const tfjs = join(project, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  write(join(tfjs, 'index.js'), code);
  write(join(tfjs, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
  const engine = join(project, '.venv', 'engine-cpu');
  writeStamp(join(tfjs, 'lib', 'napi-v8', '.infossl'), [engine, 'tensorflow-cpu==2.21.0', process.arch]);
  if (process.platform !== 'linux' || process.arch !== 'x64') return; // the stamp above is that system's
  const { of } = report(project, { INFOSSL_ENGINE: 'cpu' });
  expect(of('TensorFlow addon')).toMatchObject(
    name.includes('holds')
      ? { state: 'note', remedy: expect.stringMatching(/^shut down the notebooks/) }
      : { state: 'broken', remedy: 'npm run setup' },
  );
  expect(of('TensorFlow addon').found).toMatch(problem);
});

test('packages beside the lock file: missing, of another version, broken; those of other systems are not wanted', () => {
  const project = join(folder, 'locked');
  const installed = (name: string, text: string) => write(join(project, 'node_modules', name, 'package.json'), text);
  const packages = {
    '': { version: '1.0.0' },
    'node_modules/here': { version: '1.2.3' },
    'node_modules/@of/other': { version: '2.0.0' },
    'node_modules/gone': { version: '1.0.0' },
    'node_modules/half': { version: '1.0.0' },
    'node_modules/torn': { version: '1.0.0' },
    'node_modules/elsewhere': { version: '1.0.0', os: ['win32'] },
    'node_modules/not-here': { version: '1.0.0', os: [`!${process.platform}`] },
    'node_modules/other-c-library': { version: '1.0.0', optional: true, os: [process.platform], libc: ['other'] },
    'node_modules/own-binary': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
    'node_modules/perhaps': { version: '1.0.0', optional: true },
  };
  write(join(project, 'package-lock.json'), JSON.stringify({ packages }));
  const { 'node_modules/half': _, ...listed } = packages;
  write(join(project, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: listed }));
  installed('here', '{"version":"1.2.3"}');
  installed('@of/other', '{"version":"2.0.1"}');
  installed('torn', '{"vers');
  installed('half', '{"version":"1.0.0"}');
  const { count, missing, other, unfinished } = compareWithLock(project);
  expect([count, missing, unfinished]).toEqual([1, ['gone', 'own-binary'], ['half']]);
  expect(other).toEqual(['@of/other is 2.0.1, expected 2.0.0', expect.stringMatching(/^torn is broken \(/)]);
});

test('npm run setup does again what was done and is whole no more', () => {
  const project = clone('damaged');
  const stamp = join(project, 'node_modules', '.infossl');
  const lock = JSON.stringify({ packages: { 'node_modules/gone': { version: '1.0.0' } } });
  write(join(project, 'package-lock.json'), lock);
  const adaptation = readFileSync(join(root, 'lib', 'setup', 'tensorflowJs.mjs'), 'utf8');
  const system = [`${process.platform}-${process.arch}`, `modules ${process.versions.modules}`];
  writeStamp(stamp, [lock, ...system, adaptation]);
  const nowhere = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0', npm_execpath: '' };
  const { stderr, status } = run(project, ['setup'], nowhere);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^npm packages: 0 as locked, 1 missing: gone; .*doing it again$/m);
});

describe('the device', () => {
  const engine = { tensorflow: '2.21.0', tensorflowJs: '4.22.0', gpu: false, gigaflops: 99, wrong: [], messages: '' };
  const driver = { seen: true, cards: ['NVIDIA H200, 139.8 GiB, driver 570.1'] };
  const none = { seen: false, cards: [] };
  test('a GPU at work is named with its memory', () => {
    expect(deviceFinding('cuda', { ...engine, gpu: true }, driver, {})).toEqual({
      state: 'ok',
      found: 'GPU: NVIDIA H200, 139.8 GiB, driver 570.1; a 1024³ product at 99 GFLOP/s now',
    });
  });
  test('a driver, and the CPU chosen by hand: said, with the way to change it', () => {
    const finding = deviceFinding('cpu', engine, driver, { INFOSSL_ENGINE: 'cpu' });
    expect(finding).toMatchObject({ state: 'note', found: expect.stringMatching(/H200.*INFOSSL_ENGINE=cpu chooses/) });
    if (process.platform === 'linux' && process.arch === 'x64') {
      expect(finding.remedy).toMatch(/^INFOSSL_ENGINE=cuda npm run setup/);
    }
  });
  test('the CUDA build that finds no GPU: broken where there is a driver, with what TensorFlow said', () => {
    const messages = 'x\nW0000 00:00:1795.1 77 gpu_device.cc:2] Cannot dlopen some GPU libraries.\ny';
    expect(deviceFinding('cuda', { ...engine, messages }, driver, {})).toMatchObject({
      state: 'broken',
      found: expect.stringContaining('(TensorFlow: Cannot dlopen some GPU libraries.)'),
    });
    expect(deviceFinding('cuda', engine, none, {}).state).toBe('note');
  });
  test('no driver, the CPU build: as it should be', () => {
    expect(deviceFinding('cpu', engine, none, {}).state).toBe('ok');
  });
});

test('what to do next leaves out what is not needed or only noted', () => {
  const finding = (state: Finding['state'], needed: boolean, remedy: string): Finding => {
    return { item: remedy, state, needed, found: '', remedy };
  };
  const fine = [finding('note', true, 'a'), finding('missing', false, 'b'), finding('unknown', false, 'c')];
  expect(isWell(fine)).toBe(true);
  expect(nextSteps(fine)[0]).toMatch(/^npm start/);
  const sick = [...fine, finding('broken', true, 'npm run setup'), finding('broken', true, 'free 2 GB')];
  expect(isWell(sick)).toBe(false);
  expect(nextSteps(sick).slice(0, 2)).toEqual(['free 2 GB: free 2 GB', 'npm run setup']);
});
