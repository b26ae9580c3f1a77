/** A cell shows so many lines and characters of what it prints, and then the last so many. */
const FIRST = { lines: 2_000, characters: 1_000_000 };
const LAST = { lines: 100, characters: 20_000 };

/** Milliseconds between two counts of what is left out, while a cell goes on printing. */
const RECOUNT = 1_000;

const NEWLINE = '\n';

/**
 * Where the first `lines` lines of a text end; its length, if it has no more.
 * @param {string} text
 * @param {number} lines
 */
function endOfLines(text, lines) {
  let end = 0;
  for (let line = 0; line < lines; line++) {
    const next = text.indexOf(NEWLINE, end);
    if (next === -1) return text.length;
    end = next + 1;
  }
  return end;
}

/** @param {string} text */
function countLines(text) {
  let count = 0;
  for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/**
 * The last lines of a text, and what comes before them.
 * @param {string} text
 */
function splitLast(text) {
  let start = Math.max(0, text.length - LAST.characters);
  let before = text.length - 1;
  for (let line = 0; line < LAST.lines && before >= start; line++) before = text.lastIndexOf(NEWLINE, before - 1);
  if (before >= start) start = before + 1;
  return { dropped: text.slice(0, start), kept: text.slice(start) };
}

/**
 * Bounds what a cell prints: a million lines would stop the browser and swell the notebook.
 * @param {{ write(name: string, text: string): void, notice(text: string): void }} output `notice` shows a line, in the
 *   place of the one it showed before
 */
function limitOutput(output) {
  let lines = FIRST.lines;
  let characters = FIRST.characters;
  let exceeded = false;
  let ended = false;
  let omitted = { lines: 0, characters: 0 };
  /** The latest text that was not shown, by stream. @type {Map<string, string>} */
  const latest = new Map();
  let counted = 0;

  const omit = (/** @type {string} */ text) => {
    omitted = { lines: omitted.lines + countLines(text), characters: omitted.characters + text.length };
  };

  const tell = () => {
    counted = performance.now();
    const count = omitted.lines === 0 ? '' : `${omitted.lines.toLocaleString('en')} lines`;
    const size = omitted.characters < 1e5 ? '' : `${(omitted.characters / 1e6).toFixed(1)} million characters`;
    const both = count === '' || size === '' ? count + size : `${count} (${size})`;
    output.notice(
      `… ${both} left out: a cell shows the first ${FIRST.lines.toLocaleString('en')} and the last ${LAST.lines} lines that it prints; write more to a file.`,
    );
  };

  /** @param {string} name @param {string} text */
  const hold = (name, text) => {
    if (ended) omit(text);
    else {
      const all = (latest.get(name) ?? '') + text;
      const enough = 2 * LAST.characters;
      if (all.length < enough) latest.set(name, all);
      else {
        const { dropped, kept } = splitLast(all);
        omit(dropped);
        latest.set(name, kept);
      }
    }
    if (performance.now() - counted > RECOUNT) tell();
  };

  return {
    /** @param {string} name @param {string} text */
    write(name, text) {
      if (exceeded) return hold(name, text);
      const end = Math.min(endOfLines(text, lines), characters);
      output.write(name, text.slice(0, end));
      lines -= countLines(text.slice(0, end));
      characters -= end;
      if (end === text.length) return;
      exceeded = true;
      counted = performance.now();
      hold(name, text.slice(end));
    },

    /** Shows what was printed last; to be called when the cell has ended. */
    end() {
      if (exceeded && !ended) {
        const texts = [...latest].map(([name, text]) => ({ name, ...splitLast(text) }));
        for (const { dropped } of texts) omit(dropped);
        if (omitted.characters > 0) tell();
        for (const { name, kept } of texts) output.write(name, kept);
        latest.clear();
      }
      ended = true;
    },
  };
}

module.exports = { limitOutput };
