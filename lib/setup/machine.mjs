import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { findingOf } from './finding.mjs';
import {
  checkFolder,
  checkNode,
  checkPlatform,
  findCompiler,
  findPython,
  isTriedPython,
  triedPythons,
} from './preflight.mjs';
import { SetupProblem } from './problem.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */

const gibi = 2 ** 30;

/**
 * The system and the programs that a set-up begins from.
 * @returns {Promise<Finding[]>}
 */
export async function examinePrograms() {
  return Promise.all([
    findingOf('System', () => {
      checkPlatform();
      return { state: 'ok', found: `${os.type()} ${os.release()}, ${process.platform} ${process.arch}` };
    }),
    findingOf('Node', () => {
      checkNode();
      return { state: 'ok', found: `${process.version}, ${process.execPath}` };
    }),
    findingOf('npm', () => {
      const named = process.env.npm_config_user_agent?.match(/^npm\/(\S+)/)?.[1];
      const { stdout } = named ? { stdout: named } : spawnSync('npm', ['--version'], { encoding: 'utf8' });
      if (stdout) return { state: 'ok', found: stdout.trim() };
      return { state: 'missing', found: 'npm does not start', remedy: 'install the npm that belongs to your Node' };
    }),
    findingOf(
      'Python',
      () => {
        const { command, version } = findPython();
        const { status } = spawnSync(command, ['-c', 'import ensurepip, venv']);
        if (status === 0 && isTriedPython(version)) return { state: 'ok', found: `${version}, ${command}` };
        if (status === 0) {
          return {
            state: 'note',
            found: `${version}, ${command}, which was not tried; ${triedPythons} were`,
            remedy: `if the set-up fails, name one of those in INFOSSL_PYTHON`,
          };
        }
        return {
          state: 'broken',
          found: `${version}, ${command}, which cannot make virtual environments`,
          remedy: 'apt install python3-venv (Debian, Ubuntu), or name another Python in INFOSSL_PYTHON',
        };
      },
      'missing',
    ),
    findingOf(
      'C++ compiler',
      () => {
        const { command, version } = findCompiler();
        return { state: 'ok', found: version || command };
      },
      'missing',
    ),
  ]);
}

/**
 * Processor, memory, disk and folders.
 * @param {string} root the project's folder
 * @param {number} gigabytes what a set-up still has to write there
 * @returns {Promise<Finding[]>}
 */
export async function examineMachine(root, gigabytes) {
  return Promise.all([
    findingOf('Processor', () => {
      const cores = os.availableParallelism?.() ?? os.cpus().length;
      const threads = Number(process.env.TF_NUM_INTRAOP_THREADS) || cores;
      const flags = cpuFlags();
      const found = [
        os.cpus()[0]?.model.trim() ?? 'unknown',
        `${cores} core${cores === 1 ? '' : 's'}`,
        `${threads} thread${threads === 1 ? '' : 's'} a kernel`,
        ...(flags ? [`instructions ${flags.join(' ') || 'without AVX'}`] : []),
      ].join(', ');
      if (process.arch === 'x64' && flags && !flags.includes('AVX')) {
        return {
          state: 'broken',
          found: `${found}: the TensorFlow library is built for AVX`,
          remedy: "use a machine, or a virtual machine set to show its host's processor, that has AVX",
        };
      }
      return { state: 'ok', found };
    }),
    findingOf('Memory', () => {
      const limit = containerLimit();
      const total = Math.min(os.totalmem(), limit);
      const free = Math.min(availableMemory(), total);
      const where = limit < os.totalmem() ? " (this container's limit)" : '';
      const found = `${(free / gibi).toFixed(1)} GiB free of ${(total / gibi).toFixed(1)}${where}`;
      if (free >= 3 * gibi) return { state: 'ok', found };
      return { state: 'note', found, remedy: 'close other programs: a training at scale quick needs about 3 GiB' };
    }),
    findingOf('Disk', () => {
      if (!fs.statfsSync) return { state: 'unknown', found: 'told by a newer Node', needed: false };
      const { bavail, bsize } = fs.statfsSync(root);
      const free = (bavail * bsize) / 1e9;
      const found = `${free.toFixed(1)} GB free in ${root}`;
      const wanted = gigabytes + 1;
      if (free >= wanted) return { state: 'ok', found };
      const state = free < gigabytes || free < 0.1 ? 'broken' : 'note';
      const need = gigabytes > 0 ? `the set-up has ${gigabytes.toFixed(1)} GB to write` : 'runs and figures take some';
      return { state, found, remedy: `free ${(wanted - free).toFixed(1)} GB: ${need}` };
    }),
    findingOf('Folders', () => {
      checkFolder(root);
      const names = ['data', 'notebooks', 'node_modules', '.venv'];
      const folders = [...new Set(names.map((name) => (fs.existsSync(join(root, name)) ? join(root, name) : root)))];
      for (const folder of folders) requireWritable(folder);
      return { state: 'ok', found: `${names.join(', ')} can be written` };
    }),
  ]);
}

/**
 * Writes a file there, as permissions alone do not tell.
 * @param {string} folder
 */
function requireWritable(folder) {
  const file = join(folder, `.doctor-${process.pid}.tmp`);
  try {
    fs.writeFileSync(file, 'x');
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    const remedy =
      code === 'EROFS' ? 'mount it for writing' : full ? 'free some space' : `sudo chown -R "$(id -un)" '${folder}'`;
    throw new SetupProblem(`${folder} cannot be written (${code})`, remedy);
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** The instruction sets that TensorFlow and oneDNN choose their code by; undefined where the system does not say. */
function cpuFlags() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const line = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/^flags\s*:(.*)$/m)?.[1];
  const flags = new Set(line?.trim().split(/\s+/));
  return ['avx', 'avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_bf16']
    .filter((flag) => flags.has(flag))
    .map((flag) => flag.toUpperCase());
}

function availableMemory() {
  try {
    return Number(fs.readFileSync('/proc/meminfo', 'utf8').match(/^MemAvailable:\s+(\d+) kB/m)?.[1]) * 1024;
  } catch {
    return os.freemem();
  }
}

/** The memory limit of the control group that this process is in; Infinity without one. */
function containerLimit() {
  for (const path of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    try {
      return Number(fs.readFileSync(path, 'utf8')) || Number.POSITIVE_INFINITY;
    } catch {}
  }
  return Number.POSITIVE_INFINITY;
}
