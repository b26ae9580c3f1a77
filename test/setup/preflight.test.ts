import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  checkDisk,
  checkFolder,
  checkNode,
  checkPlatform,
  chooseEngine,
  findCompiler,
  findPython,
} from '../../lib/setup/preflight.mjs';
import { explainFailure, SetupProblem } from '../../lib/setup/problem.mjs';
import { withPython } from '../../lib/setup/python.mjs';

const folder = mkdtempSync(join(tmpdir(), 'infossl-preflight-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder of programs to be the whole PATH. */
function path(name: string, programs: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(folder, `${name}-`));
  for (const [program, script] of Object.entries(programs)) {
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  symlinkSync('/bin/sh', join(bin, 'sh'));
  return { PATH: bin };
}

function problem(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(SetupProblem);
    return (error as Error).message;
  }
  throw new Error('expected a SetupProblem');
}

describe('Node', () => {
  test.each(['20.9.0', '20.20.2', '22.0.0', '24.1.0', '100.0.0'])('%s is new enough', (version) => {
    checkNode(version);
  });
  test.each(['18.20.0', '20.8.1', '9.9.9'])('%s is too old, and the remedy is named', (version) => {
    expect(problem(() => checkNode(version))).toMatch(new RegExp(`20.9 or newer .* Node ${version}: install a newer`));
  });
});

test('a platform without a published library is refused', () => {
  checkPlatform('darwin-arm64');
  expect(problem(() => checkPlatform('linux-x64', true))).toMatch(/needs glibc, and this system has musl: use Debian/);
  expect(problem(() => checkPlatform('win32-x64'))).toMatch(/linux-x64, .* not for win32-x64: .*Linux/);
});

test('a folder that Python and the linker cannot name is refused', () => {
  checkFolder("/home/Ünal Ö/ein 'Ordner', (neu) & $x");
  expect(problem(() => checkFolder('/a:b'))).toMatch(/"\/a:b", and neither .* colon .*: rename or move it/);
});

describe('Python', () => {
  test('the first that is new enough', () => {
    const env = path('old-and-new', { python3: 'echo 3.8.2', 'python3.12': 'echo 3.12.1' });
    expect(findPython(env)).toEqual({ command: 'python3.12', version: '3.12.1' });
  });
  test('one that was tried before a newer one, which is taken where it is the only one', () => {
    const both = path('newer', { python3: 'echo 3.15.0', 'python3.13': 'echo 3.13.2' });
    expect(findPython(both)).toEqual({ command: 'python3.13', version: '3.13.2' });
    const newer = path('only-newer', { python3: 'echo 3.15.0' });
    expect(findPython(newer)).toEqual({ command: 'python3', version: '3.15.0' });
  });
  test('a package that is not published for one that was not tried: the Python is named', () => {
    const missing = explainFailure('installing', 'ERROR: No matching distribution found for anyio==4.16.0');
    expect((withPython(missing, '3.15.0') as Error).message).toMatch(
      /published for Python 3.15.0: install a Python 3.10 to 3.13, or name one in INFOSSL_PYTHON/,
    );
    expect(withPython(missing, '3.13.9')).toBe(missing);
    const offline = explainFailure('installing', 'Network is unreachable');
    expect(withPython(offline, '3.15.0')).toBe(offline);
  });
  test('too old', () => {
    expect(problem(() => findPython(path('old', { python3: 'echo 3.9.19' })))).toMatch(
      /3.10 or newer .* python3 is 3.9.19: install/,
    );
  });
  test('none', () => {
    expect(problem(() => findPython(path('none', {})))).toMatch(/3.10 or newer .* not there: install .*INFOSSL_PYTHON/);
  });
  test('the named one only', () => {
    const env = { ...path('named', { python3: 'echo 3.12.0' }), INFOSSL_PYTHON: 'python3.99' };
    expect(problem(() => findPython(env))).toMatch(/python3.99 is not there/);
  });
});

describe('the C++ compiler', () => {
  test('the first there is', () => {
    expect(findCompiler(path('clang', { 'clang++': 'echo clang 17' }))).toEqual({
      command: 'clang++',
      version: 'clang 17',
    });
  });
  test('none', () => {
    expect(problem(() => findCompiler(path('none', {})))).toMatch(
      /C\+\+ compiler is needed, but g\+\+, .* not there: install/,
    );
  });
});

test('the engine is what INFOSSL_ENGINE says, if it is one', () => {
  expect(chooseEngine({ INFOSSL_ENGINE: 'cpu' })).toBe('cpu');
  expect(problem(() => chooseEngine({ INFOSSL_ENGINE: 'tpu' }))).toMatch(/"tpu": set it to cpu or cuda/);
});

test('a disk with too little space is refused before anything is written', () => {
  checkDisk('/somewhere', 5, () => ({ bavail: 6e9, bsize: 1 }));
  expect(problem(() => checkDisk('/somewhere', 5, () => ({ bavail: 1.26e9, bsize: 1 })))).toBe(
    'The set-up needs about 5.0 GB on the disk of /somewhere, but 1.3 GB are free: free some space and run the same command again.',
  );
});

test.each([
  ["OSError: [Errno 28] No space left on device: '/x'", /the disk is full: free some space/],
  ['npm error code ENOTFOUND', /registry could not be reached: check the network/],
  ['NewConnectionError: Failed to establish a new connection', /registry could not be reached/],
  [
    'socket.gaierror: [Errno -2] Name or service not known\nERROR: No matching distribution found for x',
    /registry could not be reached/,
  ],
  ['ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]', /certificate is not trusted here: .*PIP_CERT/],
  ['npm error code E403\nnpm error 403 403 Forbidden', /the package registry refused: check/],
  ['ERROR: No matching distribution found for anyio==4.16.0', /has no such version for this system: check/],
  ['/usr/bin/ld: cannot open output file: Permission denied', /cannot be written: check its owner/],
  ['ensurepip is not available', /apt install python3-venv/],
])('the failure "%s" is explained in one sentence', (output, sentence) => {
  const { message } = explainFailure('a step', `noise\n${output}\nnoise`);
  expect(message).toMatch(sentence);
  expect(message.split('\n')).toHaveLength(1);
});

test('an unknown failure shows the lines that speak of an error', () => {
  const { message } = explainFailure('compiling', 'start\nx.cc:3: error: no such thing\nend');
  expect(message).toBe('compiling failed:\nx.cc:3: error: no such thing');
});
