import { spawnSync } from 'node:child_process';
import fs from 'node:fs'; // by its default: an old Node lacks names that a named import would fail on, before it is told so
import { SetupProblem } from './problem.mjs';

const oldestNode = [20, 9];
const oldestPython = [3, 10];
const newestTriedPython = [3, 13];
const supported = ['linux-x64', 'linux-arm64', 'darwin-arm64'];

/** @typedef {{ command: string, version: string }} Program */
/** @typedef {'cpu' | 'cuda'} EngineKind */

/**
 * @param {string} [version] as in process.versions.node
 * @throws SetupProblem if this Node is too old
 */
export function checkNode(version = process.versions.node) {
  if (isOlder(version, oldestNode)) {
    throw new SetupProblem(
      `Node ${oldestNode.join('.')} or newer is needed, this is Node ${version}`,
      "install a newer one (nodejs.org, nvm, or your system's packages) and run the same command again",
    );
  }
}

/**
 * @param {string} [platform] as in "linux-x64"
 * @param {boolean} [musl]
 * @throws SetupProblem where no TensorFlow library is published for the platform
 */
export function checkPlatform(platform = `${process.platform}-${process.arch}`, musl = isMusl()) {
  if (!supported.includes(platform)) {
    throw new SetupProblem(
      `The native TensorFlow library is published for ${supported.join(', ')}, not for ${platform}`,
      'use one of those machines, or on Windows the Windows Subsystem for Linux',
    );
  }
  if (musl) {
    throw new SetupProblem(
      'The native TensorFlow library needs glibc, and this system has musl',
      'use Debian, Ubuntu, Fedora, or a container of one',
    );
  }
}

/** Whether the system's C library is musl, as on Alpine: Node's own report names the glibc that it runs with. */
export function isMusl() {
  if (process.platform !== 'linux') return false;
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return header.glibcVersionRuntime === undefined;
}

/**
 * @param {string} root the project's folder
 * @throws SetupProblem if its name cannot stand in a search path, in which a colon ends an entry
 */
export function checkFolder(root) {
  if (/[:\n]/.test(root)) {
    throw new SetupProblem(
      `The project's folder is ${JSON.stringify(root)}, and neither Python nor the linker can use a folder with a colon or a line break in its name`,
      'rename or move it and run the same command again',
    );
  }
}

export const triedPythons = `${oldestPython.join('.')} to ${newestTriedPython.join('.')}`;

/** @param {string} version whether the pinned packages are known to be published for it */
export function isTriedPython(version) {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return !isOlder(version, oldestPython) && !isOlder(newestTriedPython.join('.'), [major, minor]);
}

/**
 * The Python to make the virtual environment with: $INFOSSL_PYTHON, else the first of python3, python, python3.13 and so on that was
 * tried, else the first that is new enough.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Program}
 */
export function findPython(env = process.env) {
  const names = env.INFOSSL_PYTHON
    ? [env.INFOSSL_PYTHON]
    : ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  const tooOld = [];
  /** @type {Program[]} */
  const untried = [];
  for (const command of names) {
    const { status, stdout } = spawnSync(command, ['-c', 'import platform; print(platform.python_version())'], {
      env,
      encoding: 'utf8',
    });
    if (status !== 0) continue;
    const version = stdout.trim();
    if (isTriedPython(version)) return { command, version };
    if (isOlder(version, oldestPython)) tooOld.push(`${command} is ${version}`);
    else untried.push({ command, version });
  }
  if (untried[0]) return untried[0];
  throw new SetupProblem(
    `Python ${oldestPython.join('.')} or newer is needed, ${tooOld.length ? `but ${tooOld.join(' and ')}` : `but ${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} not there`}`,
    'install one (on Debian or Ubuntu: apt install python3 python3-venv) or name it in INFOSSL_PYTHON',
  );
}

/**
 * The C++ compiler for the native addon: $CXX, else the first of g++, clang++, c++.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Program}
 */
export function findCompiler(env = process.env) {
  const names = env.CXX ? [env.CXX] : ['g++', 'clang++', 'c++'];
  for (const command of names) {
    const { status, stdout } = spawnSync(command, ['--version'], { env, encoding: 'utf8' });
    if (status === 0) return { command, version: stdout.split('\n')[0] ?? '' };
  }
  throw new SetupProblem(
    `A C++ compiler is needed, but ${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} not there`,
    'install one (on Debian or Ubuntu: apt install g++; on macOS: xcode-select --install) or name it in CXX',
  );
}

/**
 * Which TensorFlow to install: $INFOSSL_ENGINE, else "cuda" where an NVIDIA driver runs, else "cpu".
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {EngineKind}
 */
export function chooseEngine(env = process.env) {
  const wanted = env.INFOSSL_ENGINE;
  if (wanted && wanted !== 'cpu' && wanted !== 'cuda') {
    throw new SetupProblem(`INFOSSL_ENGINE is "${wanted}"`, 'set it to cpu or cuda, or leave it unset');
  }
  const cudaPublished = process.platform === 'linux' && process.arch === 'x64';
  if (wanted === 'cuda' && !cudaPublished) {
    throw new SetupProblem('INFOSSL_ENGINE is cuda, but the CUDA build is published for linux-x64 only', 'unset it');
  }
  if (wanted) return /** @type {EngineKind} */ (wanted);
  const driver = fs.existsSync('/proc/driver/nvidia/version');
  return driver && cudaPublished ? 'cuda' : 'cpu';
}

/**
 * @param {string} folder
 * @param {number} gigabytes what the steps still to do will write
 * @param {(folder: string) => { bavail: number, bsize: number }} [statfs]
 * @throws SetupProblem if less is free
 */
export function checkDisk(folder, gigabytes, statfs = fs.statfsSync) {
  const { bavail, bsize } = statfs(folder);
  const free = (bavail * bsize) / 1e9;
  if (free < gigabytes) {
    throw new SetupProblem(
      `The set-up needs about ${gigabytes.toFixed(1)} GB on the disk of ${folder}, but ${free.toFixed(1)} GB are free`,
      'free some space and run the same command again',
    );
  }
}

/**
 * @param {string} version dotted
 * @param {readonly number[]} oldest
 */
function isOlder(version, oldest) {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [i, bound] of oldest.entries()) {
    const part = parts[i] ?? 0;
    if (part !== bound) return part < bound;
  }
  return false;
}
