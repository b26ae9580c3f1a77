import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareWithLock } from './lockedPackages.mjs';
import { runProcess } from './process.mjs';
import { isStamped, removeStamp, writeStamp } from './step.mjs';
import { adaptTensorFlowJs, isTensorFlowJsAdapted } from './tensorflowJs.mjs';

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
    readFileSync(new URL('./tensorflowJs.mjs', import.meta.url), 'utf8'),
  ];
  return {
    name: 'npm packages',
    gigabytes: 1.2,
    isDone: () => isStamped(stamp, inputs()),
    item: 'npm packages',
    undo: () => removeStamp(stamp),
    examine() {
      if (!existsSync(join(root, 'node_modules'))) return { state: 'missing', found: 'none is installed' };
      const { count, ...lists } = compareWithLock(root);
      const wrong = differences(lists);
      if (!isTensorFlowJsAdapted(root)) wrong.push('TensorFlow.js is not adapted to this project and Node');
      if (wrong.length) return { state: 'broken', found: `${count} as locked, ${wrong.join('; ')}` };
      return { state: 'ok', found: `${count}, as package-lock.json has them` };
    },
    async run({ env }) {
      removeStamp(stamp);
      // Someone's own `npm install` may have brought what the lock file now names: `npm ci` would begin from nothing.
      if (differences(compareWithLock(root)).length) {
        const npm = process.env.npm_execpath;
        const [command, args] = npm?.endsWith('.js')
          ? [process.execPath, [npm]]
          : ['npm', /** @type {string[]} */ ([])];
        const clean = [...args, 'ci', '--ignore-scripts', '--include=dev'];
        await runProcess('installing the npm packages', command, clean, { cwd: root, env });
      }
      adaptTensorFlowJs(root);
      writeStamp(stamp, inputs());
    },
  };
}

/**
 * @param {Omit<ReturnType<typeof compareWithLock>, 'count'>} lists
 * @returns {string[]}
 */
function differences({ missing, other, unfinished }) {
  return [
    ...(missing.length ? [`${missing.length} missing: ${some(missing)}`] : []),
    ...(other.length ? [some(other)] : []),
    ...(unfinished.length ? [`${unfinished.length} half installed: ${some(unfinished)}`] : []),
  ];
}

/** @param {readonly string[]} names */
function some(names) {
  return `${names.slice(0, 4).join(', ')}${names.length > 4 ? ` and ${names.length - 4} more` : ''}`;
}
