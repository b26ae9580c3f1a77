import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kernelspec, kernelspecFile, writeKernelspec } from './kernelspec.mjs';
import { isTriedPython, triedPythons } from './preflight.mjs';
import { SetupProblem } from './problem.mjs';
import { runProcess } from './process.mjs';
import { isStamped, removeStamp, writeAtomically, writeStamp } from './step.mjs';

/** @typedef {import('./step.mjs').Step} Step */
/** @typedef {import('./preflight.mjs').Program} Program */

/** @param {string} root */
export function venvPython(root) {
  return join(root, '.venv', 'bin', 'python');
}

// pip's own reader of requirements knows which lines are meant for this system.
const compare = `
import importlib.metadata as metadata, json, platform, sys
from pip._vendor.packaging.requirements import Requirement
wrong, count, lab = [], 0, None
for line in open(sys.argv[1], encoding="utf8"):
    line = line.split("#")[0].strip()
    if not line: continue
    wanted = Requirement(line)
    if wanted.marker and not wanted.marker.evaluate(): continue
    try: version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError: version = None
    if version is not None and wanted.specifier.contains(version, prereleases=True): count += 1
    else: wrong.append(f"{wanted.name} is {version or 'missing'}, expected {wanted.specifier}")
    if wanted.name == "jupyterlab": lab = version
print(json.dumps(dict(python=platform.python_version(), count=count, wrong=wrong, lab=lab)))
`;

/**
 * @param {unknown} error of pip
 * @param {string} version of the Python that it runs in
 * @returns {unknown} where a package is missing and that Python was not tried, an error that names it; else the one given
 */
export function withPython(error, version) {
  const { problem = '' } = /** @type {Partial<SetupProblem>} */ (error);
  if (isTriedPython(version) || !/no such version/.test(problem)) return error;
  return new SetupProblem(
    `installing JupyterLab failed: its packages are not all published for Python ${version}`,
    `install a Python ${triedPythons}, or name one in INFOSSL_PYTHON, and run the same command again`,
  );
}

/**
 * The virtual environment with JupyterLab, nbclient, nbconvert and the Plotly extension, as pinned in requirements.txt.
 * @param {string} root the project's folder
 * @param {Program} python
 * @returns {Step}
 */
export function pythonStep(root, python) {
  const venv = join(root, '.venv');
  const stamp = join(venv, 'infossl-python');
  const requirements = join(root, 'lib', 'setup', 'requirements.txt');
  const inputs = () => [readFileSync(requirements, 'utf8'), root, python.version];
  return {
    name: `Python ${python.version} environment with JupyterLab`,
    gigabytes: 0.6,
    isDone: () => isStamped(stamp, inputs()),
    item: 'Python packages',
    undo: () => removeStamp(stamp),
    examine() {
      if (!existsSync(join(venv, 'pyvenv.cfg')))
        return { state: 'missing', found: `no virtual environment in ${venv}` };
      const { status, stdout, stderr, error } = spawnSync(venvPython(root), ['-c', compare, requirements], {
        encoding: 'utf8',
      });
      if (status !== 0) {
        const why = error?.message ?? stderr.trim().split('\n').at(-1);
        return { state: 'broken', found: `${venvPython(root)} does not run (${why})` };
      }
      const { python: own, count, wrong, lab } = JSON.parse(stdout);
      if (wrong.length) return { state: 'broken', found: `${count} as pinned, but ${wrong.slice(0, 4).join(', ')}` };
      if (!isStamped(stamp, inputs())) {
        return { state: 'broken', found: `${venv} was made for another folder, Python or list, or is half installed` };
      }
      return { state: 'ok', found: `${count} as pinned, JupyterLab ${lab}, in ${venv} (Python ${own})` };
    },
    async run({ env, onProgress }) {
      removeStamp(stamp);
      // A pip that was killed leaves half a package behind, so the packages are installed into a new environment.
      for (const folder of ['bin', 'lib', 'lib64', 'share', 'etc', 'include', 'pyvenv.cfg']) {
        rmSync(join(venv, folder), { recursive: true, force: true });
      }
      await runProcess('making the virtual environment', python.command, ['-m', 'venv', venv], { env });
      let installed = 0;
      const total = (readFileSync(requirements, 'utf8').match(/^\S+==/gm) ?? []).length;
      await runProcess(
        'installing JupyterLab',
        venvPython(root),
        ['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--progress-bar=off', '-r', requirements],
        {
          env,
          onLine: (line) => {
            if (/^Collecting /.test(line)) onProgress(`${++installed} of ${total} packages`);
            else if (/^Installing collected/.test(line)) onProgress('unpacking');
          },
        },
      ).catch((error) => {
        throw withPython(error, python.version);
      });
      writeStamp(stamp, inputs());
    },
  };
}

/**
 * The workbook's kernel in that environment, and JupyterLab without its questions about news.
 * @param {string} root
 * @returns {Step}
 */
export function kernelStep(root) {
  const prefix = join(root, '.venv');
  const stamp = join(prefix, 'share', 'jupyter', 'kernels', 'infossl', '.stamp');
  const inputs = () => [root, process.execPath, readFileSync(new URL('./kernelspec.mjs', import.meta.url), 'utf8')];
  return {
    name: "the workbook's kernel in JupyterLab",
    gigabytes: 0,
    isDone: () => isStamped(stamp, inputs()),
    item: 'Jupyter kernel',
    undo: () => removeStamp(stamp),
    examine() {
      const path = kernelspecFile(join(prefix, 'share', 'jupyter'));
      if (!existsSync(path)) return { state: 'missing', found: `no ${path}` };
      const { argv } = JSON.parse(readFileSync(path, 'utf8'));
      const wanted = kernelspec(root).argv;
      const wrong = argv.findIndex((/** @type {string} */ word, /** @type {number} */ i) => word !== wanted[i]);
      if (wrong >= 0) return { state: 'broken', found: `${path} starts ${argv[wrong]}, expected ${wanted[wrong]}` };
      if (!isStamped(stamp, inputs())) return { state: 'broken', found: `${path} is of another version` };
      return { state: 'ok', found: `"infossl (TypeScript)", in ${path}` };
    },
    async run() {
      writeKernelspec(root, join(prefix, 'share', 'jupyter'));
      const settings = {
        '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
      };
      writeAtomically(join(prefix, 'share', 'jupyter', 'lab', 'settings', 'overrides.json'), JSON.stringify(settings));
      writeStamp(stamp, inputs());
    },
  };
}
