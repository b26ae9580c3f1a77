const { SourceMap } = require('node:module');
const { readFileSync } = require('node:fs');
const { inspect } = require('node:util');
const { frameLine, traceErrors } = require('./stackTraces.cjs');

/**
 * @typedef {import('tslab/dist/converter').Diagnostic} Diagnostic
 * @typedef {{ ename: string, evalue: string, traceback: string[] }} CellError as Jupyter's protocol has it
 * @typedef {import('./stackTraces.cjs').Place} Place
 * @typedef {{ name: string, map: string }} MappedFile
 * @typedef {import('./stackTraces.cjs').Frame} Frame
 */

/** Lines that tslab puts before a cell's text. */
const PREFIX_LINES = 1;

/** How the kernel names an interrupt, after Python's, which Jupyter's users know. */
const INTERRUPT = { ename: 'KeyboardInterrupt', evalue: 'the cell was interrupted' };

/** So many are shown of the calls below an error, of the errors in an AggregateError, and of a cell's type errors. */
const MOST_CALLS = 8;
const MOST_CAUSES = 3;
const MOST_TYPE_ERRORS = 5;

/** The source and the maps of so many cells are kept; of one before them an error has only the cell's number. */
const MOST_CELLS = 500;

/** How TensorFlow's native library words an error. */
const NATIVE_MESSAGE = /^Invalid TF_Status: \d+\s+Message: (.*)$/s;

/** TypeScript numbers errors of syntax from 1000 to 1999. @param {{ code: number }} diagnostic */
const isSyntax = ({ code }) => code >= 1000 && code < 2000;

/**
 * Leaves out what has been said, and what only follows: TypeScript numbers from 4000 what keeps it from writing the types
 * of a cell's names down.
 * @param {Diagnostic} diagnostic
 * @param {number} i
 * @param {readonly Diagnostic[]} all
 */
const isFirstCause = ({ code, messageText }, i, all) =>
  all.findIndex((one) => one.messageText === messageText) === i &&
  (Math.floor(code / 1000) !== 4 || all.every((one) => Math.floor(one.code / 1000) === 4));

/** A file's text; nothing if it has gone since it was compiled. @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * @param {string} map
 * @param {number} line counted from 0
 * @param {number} column counted from 0
 */
function originalPosition(map, line, column) {
  const entry = new SourceMap(JSON.parse(map)).findEntry(line, column);
  return 'originalLine' in entry ? { line: entry.originalLine, column: entry.originalColumn } : { line, column };
}

/**
 * Turns what a cell threw, or what the compiler found, into what Jupyter shows: the message and the cell's own line
 * first, then the library's lines; never the kernel's.
 * @param {string} root
 * @param {(path: string) => MappedFile | undefined} sourceMap of a compiled module
 */
function cellErrors(root, sourceMap) {
  /** @type {Map<string, { source: string, maps: readonly string[], lines: number, label: string }>} */
  const cells = new Map();

  /**
   * @param {string} script
   * @param {number} line
   * @param {number} column
   * @returns {Place | undefined}
   */
  const place = (script, line, column) => {
    const cell = cells.get(script);
    if (cell !== undefined) {
      if (line > cell.lines) return undefined; // where tslab calls the cell
      let position = { line: line - 1, column: column - 1 };
      for (const map of [...cell.maps].reverse()) position = originalPosition(map, position.line, position.column);
      const at = position.line - PREFIX_LINES;
      return { label: `${cell.label}, line ${at + 1}`, text: cell.source.split('\n')[at]?.trim(), cell: true };
    }
    const forgotten = /^cell(\[\d+\])$/.exec(script);
    if (forgotten) return { label: `cell ${forgotten[1]}`, text: undefined, cell: true };
    if (!script.startsWith(`${root}/`) || script.startsWith(__dirname) || script.includes('/node_modules/'))
      return undefined;
    const mapped = sourceMap(script);
    const path = (mapped?.name ?? script).slice(root.length + 1);
    const position = mapped && originalPosition(mapped.map, line - 1, column - 1);
    return { label: `${path}:${position ? position.line + 1 : line}`, text: undefined, cell: false };
  };

  const traceOf = traceErrors(place);

  /**
   * The cell's line, then the calls that led to the error, from the innermost; one that calls itself, once.
   * @param {readonly Frame[]} frames
   */
  const lines = (frames) => {
    const first = frames.find(({ cell }) => cell);
    const shown =
      first === undefined ? [] : [`  in ${first.label}${first.text === undefined ? '' : `:  ${first.text}`}`];
    /** @type {{ line: string, times: number }[]} */
    const calls = [];
    for (const frame of frames) {
      if (frame === first) continue;
      const line = frameLine(frame);
      const last = calls.at(-1);
      if (last?.line === line) last.times++;
      else calls.push({ line, times: 1 });
    }
    shown.push(...calls.slice(0, MOST_CALLS).map(({ line, times }) => (times > 1 ? `${line}, ${times} times` : line)));
    if (calls.length > MOST_CALLS) shown.push(`    … ${calls.length - MOST_CALLS} more`);
    return shown;
  };

  /**
   * @param {unknown} thrown
   * @param {Set<Error>} seen each error is described once, for causes can go round in a ring
   * @returns {CellError}
   */
  const described = (thrown, seen) => {
    if (!(thrown instanceof Error)) {
      const evalue = typeof thrown === 'string' ? thrown : inspect(thrown);
      return { ename: 'Thrown', evalue, traceback: [`Thrown: ${evalue}`] };
    }
    seen.add(thrown);
    const interrupted = /** @type {NodeJS.ErrnoException} */ (thrown).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
    if (interrupted || thrown.message === 'Interrupted asynchronously') {
      return { ...INTERRUPT, traceback: [`${INTERRUPT.ename}: ${INTERRUPT.evalue}`] };
    }
    const { frames, operation } = traceOf(thrown);
    const native = NATIVE_MESSAGE.exec(thrown.message);
    const ename = native ? 'TensorFlowError' : String(thrown.name);
    const evalue = native ? `${operation === '' ? '' : `${operation}: `}${native[1]}` : String(thrown.message);
    const traceback = [evalue === '' ? ename : `${ename}: ${evalue}`, ...lines(frames)];
    const causes = thrown instanceof AggregateError ? thrown.errors.slice(0, MOST_CAUSES) : [];
    for (const cause of thrown.cause === undefined ? causes : [thrown.cause, ...causes]) {
      if (seen.has(cause)) continue;
      const [head, ...rest] = described(cause, seen).traceback;
      traceback.push(`Caused by ${head}`, ...rest);
    }
    return { ename, evalue, traceback };
  };

  /**
   * @param {unknown} thrown
   * @returns {CellError} also of what cannot be looked at, such as an object whose getters throw
   */
  const thrownError = (thrown) => {
    try {
      return described(thrown, new Set());
    } catch {
      const evalue = 'what was thrown cannot be shown';
      return { ename: 'Error', evalue, traceback: [`Error: ${evalue}`] };
    }
  };

  return {
    thrownError,

    /**
     * Gives a compiled cell the name under which the engine reports its lines.
     * @param {number} count the cell's execution count
     * @param {string} source
     * @param {readonly string[]} maps source maps, from TypeScript on
     * @param {number} lines how many lines it was compiled to
     */
    nameCell(count, source, maps, lines) {
      const name = `cell[${count}]`;
      cells.set(name, { source, maps, lines, label: `cell [${count}]` });
      for (const oldest of [...cells.keys()].slice(0, -MOST_CELLS)) cells.delete(oldest);
      return name;
    },

    /**
     * @param {readonly Diagnostic[]} diagnostics at least one
     * @param {string} source the cell's text
     * @param {number} count the cell's execution count
     * @returns {CellError}
     */
    typeErrors(diagnostics, source, count) {
      const text = source.trimEnd();
      const last = text.split('\n').length - 1;
      // What follows an error of syntax is mostly its consequence.
      const syntax = diagnostics.find(isSyntax);
      const reported = syntax === undefined ? diagnostics.filter(isFirstCause) : [syntax];
      const messages = reported.map(({ fileName, start, code, messageText }) =>
        fileName === undefined && isSyntax({ code }) && start.offset >= text.length
          ? `the cell ends too early: ${messageText}`
          : messageText,
      );
      const traceback = reported.slice(0, MOST_TYPE_ERRORS).flatMap(({ fileName, start, end }, i) => {
        const all = fileName === undefined ? text : textOf(`${root}/${fileName}`);
        const at = fileName === undefined ? Math.min(start.line, last) : start.line;
        const line = all.split('\n')[at] ?? '';
        const indent = line.length - line.trimStart().length;
        const label = `  in ${fileName ?? `cell [${count}]`}, line ${at + 1}:  `;
        const from = at === start.line ? start.character : line.length;
        const width = at === start.line && end.line === at ? end.character - from : line.length - from;
        const caret = `${' '.repeat(label.length + Math.max(0, from - indent))}${'^'.repeat(Math.max(1, width))}`;
        return [`${i === 0 ? 'TypeScriptError: ' : ''}${messages[i]}`, `${label}${line.trim()}`, caret];
      });
      const unshown = reported.length - MOST_TYPE_ERRORS;
      if (unshown > 0) traceback.push(`… and ${unshown} more`);
      const more = reported.length > 1 ? ` (and ${reported.length - 1} more)` : '';
      return { ename: 'TypeScriptError', evalue: `${messages[0]}${more}`, traceback };
    },
  };
}

module.exports = { cellErrors };
