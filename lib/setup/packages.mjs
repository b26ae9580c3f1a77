import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareWithLock } from './lockedPackages.mjs';
import { runProcess } from './process.mjs';
import { isStamped, removeStamp, writeAtomically, writeStamp } from './step.mjs';

/** @typedef {import('./step.mjs').Step} Step */

/**
 * The npm packages of the lock file, exactly.
 * @param {string} root the project's folder
 * @returns {Step}
 */
export function packagesStep(root) {
  const stamp = join(root, 'node_modules', '.infossl');
  const inputs = () => [
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
    `${process.platform}-${process.arch}`,
    `modules ${process.versions.modules}`,
  ];
  return {
    name: 'npm packages',
    gigabytes: 1.2,
    isDone: () => isStamped(stamp, inputs()),
    item: 'npm packages',
    undo: () => removeStamp(stamp),
    examine() {
      if (!existsSync(join(root, 'node_modules'))) return { state: 'missing', found: 'none is installed' };
      const { count, missing, other } = compareWithLock(root);
      const wrong = [
        ...(missing.length ? [`${missing.length} missing: ${some(missing)}`] : []),
        ...(other.length ? [some(other)] : []),
      ];
      if (!readsShared(root)) wrong.push('@tensorflow/tfjs-node is a second engine');
      if (wrong.length) return { state: 'broken', found: `${count} as locked, ${wrong.join('; ')}` };
      if (!isStamped(stamp, inputs())) {
        return { state: 'broken', found: 'not those of this lock file, system and Node, or half installed' };
      }
      return { state: 'ok', found: `${count}, as package-lock.json has them` };
    },
    async run({ env }) {
      removeStamp(stamp);
      const npm = process.env.npm_execpath;
      const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', /** @type {string[]} */ ([])];
      await runProcess('installing the npm packages', command, [...args, 'ci', '--ignore-scripts', '--include=dev'], {
        cwd: root,
        env,
      });
      shareTensorFlow(root);
      writeStamp(stamp, inputs());
    },
  };
}

/**
 * danfojs-node asks for @tensorflow/tfjs-node: what it gets hands on the very package that the library loads, since two copies
 * of the native engine in one process do not share their tensors.
 * @param {string} root
 */
function shareTensorFlow(root) {
  writeAtomically(sharedEntry(root), handOn);
}

const handOn = "module.exports = require('@tensorflow/tfjs-node-gpu');\n";

/** @param {string} root */
function sharedEntry(root) {
  return join(root, 'node_modules', '@tensorflow', 'tfjs-node', 'dist', 'index.js');
}

/** @param {string} root */
function readsShared(root) {
  return existsSync(sharedEntry(root)) && readFileSync(sharedEntry(root), 'utf8') === handOn;
}

/** @param {readonly string[]} names */
function some(names) {
  return `${names.slice(0, 4).join(', ')}${names.length > 4 ? ` and ${names.length - 4} more` : ''}`;
}
