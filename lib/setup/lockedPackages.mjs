import fs from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} LockedPackage
 * @property {string} version
 * @property {boolean} [optional]
 * @property {boolean} [link]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/**
 * What of the lock file's packages is not in node_modules, or in another version, each by its folder.
 * @param {string} root
 * @returns {{ count: number, missing: string[], other: string[] }}
 */
export function compareWithLock(root) {
  const lock = JSON.parse(fs.readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages = /** @type {[string, LockedPackage][]} */ (Object.entries(lock.packages));
  const expected = packages.filter(([folder, entry]) => folder !== '' && !entry.link && runsHere(entry));
  const missing = [];
  const other = [];
  let count = 0;
  for (const [folder, { version, optional }] of expected) {
    const installed = installedVersion(join(root, folder));
    const name = folder.replace(/^node_modules\//, '');
    if (installed === version) count++;
    else if (installed !== undefined) other.push(`${name} is ${installed}, expected ${version}`);
    else if (!optional) missing.push(name);
  }
  return { count, missing, other };
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
function runsHere({ os, cpu }) {
  return matches(os, process.platform) && matches(cpu, process.arch);
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
