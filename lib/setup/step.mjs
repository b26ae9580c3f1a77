import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @typedef {Pick<import('./finding.mjs').Finding, 'state' | 'found'> & { engine?: import('./engine.mjs').EngineReport }} Examined
 */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {number} gigabytes what it writes to the disk at most
 * @property {() => boolean} isDone by its stamp, at once
 * @property {string} item what it makes, in a few words
 * @property {() => Examined | Promise<Examined>} examine looks at what it made; a thrown error says what is broken
 * @property {() => void} undo takes its stamp away, so that it is done again
 * @property {(context: { env: NodeJS.ProcessEnv, onProgress: (text: string) => void }) => Promise<void>} run
 */

/**
 * A step is done when its stamp holds the hash of all that it was done from. The stamp lies inside what the step made, so
 * that deleting the one deletes the other, and is written last, so that a step killed halfway is not taken for done.
 * @param {string} path
 * @param {readonly string[]} inputs
 */
export function isStamped(path, inputs) {
  try {
    return readFileSync(path, 'utf8') === hash(inputs);
  } catch {
    return false;
  }
}

/**
 * @param {string} path
 * @param {readonly string[]} inputs
 */
export function writeStamp(path, inputs) {
  writeAtomically(path, hash(inputs));
}

/** @param {string} path */
export function removeStamp(path) {
  rmSync(path, { force: true });
}

/**
 * @param {string} path
 * @param {string} text
 */
export function writeAtomically(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

/** @param {readonly string[]} inputs */
function hash(inputs) {
  return createHash('sha256').update(inputs.join('\0')).digest('hex');
}
