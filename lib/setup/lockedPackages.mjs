import fs from 'node:fs';
import { join } from 'node:path';
import { isMusl } from './preflight.mjs';

/**
 * @typedef {object} LockedPackage
 * @property {string} version
 * @property {boolean} [optional]
 * @property {boolean} [link]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {string} [integrity]
 */

/**
 * What of the lock file's packages is not in node_modules, or in another version, each by its folder; `unfinished` are those that
 * lie there, though npm has not come to its end since: it lists what it installed last of all.
 * @param {string} root
 * @returns {{ count: number, missing: string[], other: string[], unfinished: string[] }}
 */
export function compareWithLock(root) {
  const expected = Object.entries(readLock(join(root, 'package-lock.json'))).filter(
    ([folder, entry]) => folder !== '' && !entry.link && runsHere(entry),
  );
  const listed = readLock(join(root, 'node_modules', '.package-lock.json'));
  const unfinished = [];
  const missing = [];
  const other = [];
  let count = 0;
  for (const [folder, { version, optional, os, cpu, integrity }] of expected) {
    const installed = installedVersion(join(root, folder));
    const name = folder.replace(/^node_modules\//, '');
    const isChoice = optional && !os && !cpu; // of a package for another system
    if (installed === undefined) {
      if (!isChoice) missing.push(name);
    } else if (installed !== version) other.push(`${name} is ${installed}, expected ${version}`);
    else if (listed[folder]?.version !== version || listed[folder].integrity !== integrity) unfinished.push(name);
    else count++;
  }
  return { count, missing, other, unfinished };
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>} none where npm has not written it
 */
function readLock(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).packages : {};
}

/**
 * @param {string} folder
 * @returns {string | undefined}
 */
function installedVersion(folder) {
  try {
    return String(JSON.parse(fs.readFileSync(join(folder, 'package.json'), 'utf8')).version);
  } catch (error) {
    return fs.existsSync(join(folder, 'package.json')) ? `broken (${/** @type {Error} */ (error).message})` : undefined;
  }
}

/** @param {LockedPackage} entry */
function runsHere({ os, cpu, libc }) {
  return matches(os, process.platform) && matches(cpu, process.arch) && matches(libc, isMusl() ? 'musl' : 'glibc');
}

/**
 * npm's rule: named, or not named with a "!".
 * @param {string[] | undefined} names
 * @param {string} own
 */
function matches(names, own) {
  if (!names || names.length === 0) return true;
  if (names.includes(`!${own}`)) return false;
  return names.includes(own) || names.some((name) => name.startsWith('!'));
}
