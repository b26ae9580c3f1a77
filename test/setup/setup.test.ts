import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withLock } from '../../lib/setup/lock.mjs';
import { isStamped, writeStamp } from '../../lib/setup/step.mjs';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'infossl-setup-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A project's folder as cloned, with nothing set up. */
function clone(name: string): string {
  const copy = join(folder, name);
  mkdirSync(join(copy, 'lib'), { recursive: true });
  cpSync(join(root, 'lib', 'setup'), join(copy, 'lib', 'setup'), { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, file), join(copy, file));
  return copy;
}

function setup(project: string, env: NodeJS.ProcessEnv) {
  return spawnSync(process.execPath, [join(project, 'lib', 'setup', 'run.mjs'), 'setup'], {
    cwd: project,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
}

const nowhere = 'http://127.0.0.1:9';

test('without a network: one sentence, exit code 1, and a second run tries again', () => {
  const project = clone('no network');
  const env = {
    npm_config_registry: nowhere,
    npm_config_fetch_retries: '0',
    npm_config_prefer_offline: 'false',
    npm_execpath: '',
  };
  for (let attempt = 0; attempt < 2; attempt++) {
    const { status, stderr } = setup(project, env);
    expect(status).toBe(1);
    const last = stderr.trim().split('\n').at(-1);
    expect(last).toMatch(/^installing the npm packages failed: the package registry could not be reached: check/);
    expect(stderr).not.toMatch(/ at .*\.mjs:/);
  }
  expect(existsSync(join(project, 'node_modules', '.infossl'))).toBe(false);
}, 240_000);

test('without a compiler: one sentence, exit code 1, nothing made', () => {
  const project = clone('no compiler');
  const { status, stderr } = setup(project, { CXX: 'no-such-compiler' });
  expect(status).toBe(1);
  expect(stderr.trim()).toMatch(/^A C\+\+ compiler is needed, but no-such-compiler is not there: install/);
  expect(readdirSync(project).sort()).toEqual(['.npmrc', 'lib', 'package-lock.json', 'package.json']);
});

test('without Python: one sentence, exit code 1, nothing made', () => {
  const project = clone('no python');
  const { status, stderr } = setup(project, { INFOSSL_PYTHON: 'no-such-python' });
  expect(status).toBe(1);
  expect(stderr.trim()).toMatch(/^Python 3.10 or newer is needed, but no-such-python is not there: install/);
  expect(existsSync(join(project, '.venv'))).toBe(false);
});

test('on a disk that is too full: one sentence, exit code 1, nothing made', (context) => {
  const disk = join(folder, 'small disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', disk]).status === 0;
  if (!mounted) return context.skip('a small disk can be mounted by root on Linux only');
  try {
    const project = clone('small disk/project');
    const { status, stderr } = setup(project, {});
    expect(status).toBe(1);
    expect(stderr.trim()).toMatch(
      /^The set-up needs about [\d.]+ GB on the disk of .*, but 0.0 GB are free: free some space/,
    );
    expect(existsSync(join(project, 'node_modules'))).toBe(false);
    expect(existsSync(join(project, '.venv'))).toBe(false);
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('an unknown command names the known ones', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'lib', 'setup', 'run.mjs'), 'frobnicate'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/"frobnicate" is not one of the commands setup, figures, start, test/);
});

test('a step is done only while its stamp fits what it was made from', () => {
  const stamp = join(folder, 'stamps', 'one');
  expect(isStamped(stamp, ['a'])).toBe(false);
  writeStamp(stamp, ['a', 'b']);
  expect(isStamped(stamp, ['a', 'b'])).toBe(true);
  expect(isStamped(stamp, ['a', 'c'])).toBe(false);
  expect(isStamped(stamp, ['ab'])).toBe(false);
  writeFileSync(stamp, readFileSync(stamp, 'utf8').slice(0, 10));
  expect(isStamped(stamp, ['a', 'b'])).toBe(false);
});

test('the lock of a killed set-up is taken over, that of a running one waited for', async () => {
  const lock = join(folder, 'lock');
  const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  writeFileSync(lock, String(holder.pid));
  let waited = false;
  setTimeout(() => holder.kill('SIGKILL'), 700);
  const result = await withLock(
    lock,
    async () => 'worked',
    () => {
      waited = true;
    },
  );
  expect([result, waited]).toEqual(['worked', true]);
  expect(existsSync(lock)).toBe(false);
  writeFileSync(lock, ''); // as a full disk leaves it
  expect(
    await withLock(
      lock,
      async () => 'again',
      () => {},
    ),
  ).toBe('again');
});
