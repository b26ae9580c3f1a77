import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeAtomically } from './step.mjs';

/**
 * The kernel "infossl": tslab, started in the project's root.
 * @param {string} root the project's folder
 */
export function kernelspec(root) {
  return {
    argv: [process.execPath, join(root, 'lib', 'kernel', 'launch.cjs'), '{connection_file}'],
    display_name: 'infossl (TypeScript)',
    language: 'typescript',
    interrupt_mode: 'message',
    env: { TF_CPP_MIN_LOG_LEVEL: '3', TF_ENABLE_ONEDNN_OPTS: '1' },
    metadata: { debugger: false },
  };
}

/** @param {string} jupyterData the Jupyter data folder (…/share/jupyter) */
export function kernelspecFile(jupyterData) {
  return join(jupyterData, 'kernels', 'infossl', 'kernel.json');
}

/**
 * @param {string} root
 * @param {string} jupyterData the Jupyter data folder (…/share/jupyter)
 * @returns {string} the kernelspec's file
 */
export function writeKernelspec(root, jupyterData) {
  const path = kernelspecFile(jupyterData);
  writeAtomically(path, `${JSON.stringify(kernelspec(root), null, 2)}\n`);
  return path;
}

/** The user's own Jupyter data folder, where VS Code looks for kernels too. */
export function userJupyterData() {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'jupyter');
}
