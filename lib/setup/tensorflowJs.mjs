import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './step.mjs';

/**
 * danfojs-node asks for @tensorflow/tfjs-node: what it gets hands on the very package that the library loads, since two copies
 * of the native engine in one process do not share their tensors.
 */
const shared = {
  file: join('tfjs-node', 'dist', 'index.js'),
  edit: () => "module.exports = require('@tensorflow/tfjs-node-gpu');\n",
};

/** TensorFlow.js 4.22 calls functions of node:util that Node 23 took away. */
const modern = [join('dist', 'nodejs_kernel_backend.js'), join('dist', 'kernels', 'TopK.js')].map((file) => ({
  file: join('tfjs-node-gpu', file),
  edit: (/** @type {string} */ source) =>
    source
      .replaceAll('(0, util_1.isNullOrUndefined)(', '((value) => value === null || value === undefined)(')
      .replaceAll('(0, util_1.isArray)(', 'Array.isArray('),
}));

/**
 * The changes to the installed TensorFlow.js that are not made yet, each file with its new content.
 * @param {string} root the project's folder
 * @returns {{ path: string, content: string }[]}
 */
function changes(root) {
  return [shared, ...modern].flatMap(({ file, edit }) => {
    const path = join(root, 'node_modules', '@tensorflow', file);
    const source = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const content = edit(source);
    return content === source ? [] : [{ path, content }];
  });
}

/** @param {string} root */
export function adaptTensorFlowJs(root) {
  for (const { path, content } of changes(root)) writeAtomically(path, content);
}

/** @param {string} root */
export function isTensorFlowJsAdapted(root) {
  return changes(root).length === 0;
}
