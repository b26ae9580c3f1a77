import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runDoctor } from './doctorReport.mjs';
import { userJupyterData, writeKernelspec } from './kernelspec.mjs';
import { SetupProblem } from './problem.mjs';
import { setUp } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const bin = (/** @type {string} */ name) => join(root, 'node_modules', '.bin', name);
const lab = join(root, '.venv', 'bin', 'jupyter-lab');

// What JupyterLab keeps (settings, workspaces, running servers) stays in the project's folder too, unless the user says otherwise.
const jupyter = join(root, 'data', '.jupyter');
const jupyterFolders = {
  JUPYTER_CONFIG_DIR: join(jupyter, 'config'),
  JUPYTER_DATA_DIR: join(jupyter, 'data'),
  JUPYTER_RUNTIME_DIR: join(jupyter, 'runtime'),
  JUPYTERLAB_SETTINGS_DIR: join(jupyter, 'lab', 'settings'),
  JUPYTERLAB_WORKSPACES_DIR: join(jupyter, 'lab', 'workspaces'),
  IPYTHONDIR: join(jupyter, 'ipython'),
  JUPYTER_PREFER_ENV_PATH: '1',
};

/** @type {Record<string, (args: string[]) => [string, string[]] | undefined>} */
const commands = {
  setup: () => undefined,
  figures: (args) => [bin('tsx'), [join(root, 'lib', 'workbook', 'figuresCommand.ts'), ...args]],
  start: (args) => [
    lab,
    [
      '--ServerApp.ip=127.0.0.1',
      '--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb',
      `--LabApp.extra_labextensions_path=${join(root, 'lib', 'workbook', 'labextensions')}`,
      ...args,
    ],
  ],
  test: (args) => [bin('tsx'), [join(root, 'test', 'all.ts'), ...args]],
  bench: (args) => [bin('tsx'), [join(root, 'test', 'bench', 'all.ts'), ...args]],
  format: (args) => [bin('tsx'), [join(root, 'lib', 'workbook', 'formatCommand.ts'), ...args]],
  kernel: () => {
    console.log(`The kernel "infossl (TypeScript)" is installed: ${writeKernelspec(root, userJupyterData())}`);
    return undefined;
  },
};

try {
  const [name = '', ...args] = process.argv.slice(2);
  if (name === 'doctor') {
    if (!(await runDoctor(root, { json: args.includes('--json') }))) process.exitCode = 1;
  } else {
    const command = commands[name];
    const known = [...Object.keys(commands), 'doctor'].join(', ');
    if (!command) throw new SetupProblem(`"${name}" is not one of the commands ${known}.`);
    await setUp(root, { thorough: name === 'setup' });
    const program = command(args);
    if (program) await runInForeground(...program);
  }
} catch (error) {
  if (!(error instanceof SetupProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/**
 * Hands the terminal to the program: an interrupt reaches it directly, and its exit code becomes ours.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<void>}
 */
function runInForeground(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...jupyterFolders, ...process.env } });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on('SIGINT', () => {});
    process.on('SIGTERM', forward);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.exitCode = signal ? 1 : (code ?? 1);
      resolve();
    });
  });
}
