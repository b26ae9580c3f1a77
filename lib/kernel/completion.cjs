const { readdirSync } = require('node:fs');
const { dirname, join } = require('node:path');

/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').SourceFile} SourceFile
 * @typedef {import('@tslab/typescript-for-tslab').CompletionInfo} CompletionInfo
 * @typedef {{ text: string, type: string }} Match
 * @typedef {{ start: number, end: number, matches: Match[] }} Completion from where to where the matches go
 */

/** JupyterLab's completer stays quick with so many. */
const MOST_MATCHES = 2_000;

/** TypeScript's words for what a name is, where JupyterLab's users know others. @type {Record<string, string>} */
const KINDS = { const: 'variable', let: 'variable', var: 'variable', alias: 'import', method: 'function' };

/** How an import's path begins when nothing of it is written: with the library. */
const LIBRARY = './lib/index';

/**
 * Those that begin with what is written first, then those that begin so in other letters, then those that contain it.
 * @param {readonly Match[]} matches in their own order
 * @param {string} written
 */
function ranked(matches, written) {
  const lower = written.toLowerCase();
  const rank = (/** @type {Match} */ { text }) =>
    text.startsWith(written)
      ? 0
      : text.toLowerCase().startsWith(lower)
        ? 1
        : text.toLowerCase().includes(lower)
          ? 2
          : 3;
  const seen = new Set();
  return [0, 1, 2]
    .flatMap((wanted) => matches.filter((match) => rank(match) === wanted))
    .filter(({ text }) => !seen.has(text) && seen.add(text))
    .slice(0, MOST_MATCHES);
}

/**
 * The files and folders that an import's path may go on to, from the project's folder, where cells import from.
 * @param {string} root
 * @param {string} path what is written of it
 * @param {string} folder of the written path, with its last slash
 * @returns {Match[]}
 */
function paths(root, path, folder) {
  if (!path.startsWith('./')) return ['tslab', 'danfojs-node', LIBRARY].map((text) => ({ text, type: 'module' }));
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
      if (entry.isDirectory()) return { text: `${folder}${entry.name}/`, type: 'module' };
      return /(?<!\.d)\.ts$/.test(entry.name) ? { text: `${folder}${entry.name.slice(0, -3)}`, type: 'module' } : [];
    });
  } catch {
    return [];
  }
}

/**
 * @param {TypeScript} ts
 * @param {string} root
 * @param {SourceFile} file
 * @param {number} position in the file
 * @param {ReadonlySet<string>} familiar the words of the cells
 * @param {CompletionInfo | undefined} info what TypeScript found there
 * @returns {Completion} with positions in the file
 */
function completion(ts, root, file, position, familiar, info) {
  const before = file.text.slice(0, position);
  const after = file.text.slice(position);
  // Where any name may stand, those of the cells come before the language's.
  const isOfCells = (/** @type {{ name: string, kind: string }} */ { name, kind }) =>
    familiar.has(name) && kind !== 'keyword';
  const later = (/** @type {{ name: string, kind: string }} */ entry) =>
    info?.isGlobalCompletion && !isOfCells(entry) ? 1 : 0;
  const entries = [...(info?.entries ?? [])]
    .sort((a, b) => later(a) - later(b) || a.sortText.localeCompare(b.sortText))
    .map(({ name, kind }) => ({ text: name, type: KINDS[kind] ?? String(kind) }));

  const specifier = /(?:\bfrom|\bimport|\brequire\()\s*(['"])([^'"\n]*)$/.exec(before)?.[2];
  if (specifier !== undefined) {
    const written = specifier;
    const rest = /^[^'"\n]*/.exec(after)?.[0] ?? '';
    const folder = written.startsWith('./') ? `${dirname(`${written}x`)}/`.replace(/^(?!\.\/)/, './') : '';
    const matches = ranked(paths(root, written, folder), written);
    return { start: position - written.length, end: position + (written === '' ? 0 : rest.length), matches };
  }

  const literal = stringAt(ts, file, position);
  const name = /[\w$]*$/.exec(before)?.[0] ?? '';
  const start = literal === undefined ? position - name.length : literal.start;
  const end = literal === undefined ? position + (/^[\w$]*/.exec(after)?.[0].length ?? 0) : literal.end;
  const written = file.text.slice(start, position);
  return { start, end, matches: ranked(entries, written) };
}

/**
 * The text between the quotes of the literal around a position, finished or not.
 * @param {TypeScript} ts
 * @param {SourceFile} file
 * @param {number} position
 */
function stringAt(ts, file, position) {
  /** @type {{ start: number, end: number } | undefined} */
  let found;
  const visit = (/** @type {import('@tslab/typescript-for-tslab').Node} */ node) => {
    if (node.pos > position || node.end < position) return;
    if (ts.isStringLiteralLike(node) && node.getStart(file) < position) {
      const quote = file.text[node.getStart(file)];
      const closed = node.end - node.getStart(file) > 1 && file.text[node.end - 1] === quote;
      if (!closed || position < node.end) {
        // Of a literal that is not closed, only what is before the cursor is known to be of it.
        found = { start: node.getStart(file) + 1, end: closed ? node.end - 1 : position };
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

module.exports = { completion };
