import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as util from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { adaptTensorFlowJs, isTensorFlowJsAdapted } from '../../lib/setup/tensorflowJs.mjs';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'infossl-tensorflowjs-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the installed TensorFlow.js calls nothing that a newer Node lacks, and is the only one', () => {
  const packages = join('node_modules', '@tensorflow');
  for (const name of ['tfjs-node', 'tfjs-node-gpu']) {
    cpSync(join(root, packages, name, 'dist'), join(folder, packages, name, 'dist'), { recursive: true });
  }
  adaptTensorFlowJs(folder);
  expect(isTensorFlowJsAdapted(folder)).toBe(true);
  const gpu = join(folder, packages, 'tfjs-node-gpu', 'dist');
  for (const file of [join(gpu, 'nodejs_kernel_backend.js'), join(gpu, 'kernels', 'TopK.js')]) {
    const called = [...readFileSync(file, 'utf8').matchAll(/\butil_1\.(\w+)/g)].map(([, name]) => name!);
    // Node 23's list of what it removed; what stays is in this Node and in those.
    const removed = called.filter((name) => /^is[A-Z]/.test(name) || !(name in util));
    expect(removed).toEqual([]);
  }
  const entry = readFileSync(join(folder, packages, 'tfjs-node', 'dist', 'index.js'), 'utf8');
  expect(entry.trim()).toBe("module.exports = require('@tensorflow/tfjs-node-gpu');");
});

test('danfojs gets the very engine that the library loads', () => {
  const load = createRequire(join(root, 'package.json'));
  expect(load('@tensorflow/tfjs-node')).toBe(load('@tensorflow/tfjs-node-gpu'));
});
