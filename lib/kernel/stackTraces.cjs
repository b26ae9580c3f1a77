/**
 * @typedef {{ label: string, text: string | undefined, cell: boolean }} Place
 * @typedef {Place & { caller: string }} Frame
 * @typedef {{ frames: Frame[], operation: string }} Trace `operation`: the TensorFlow operation that was called, or ''
 */

/** So many calls are looked through for the cell: an operation of TensorFlow.js alone is a dozen. */
const LOOKED_THROUGH = 100;

/** A function's own name, of those that the engine and TensorFlow.js make of it. @param {string | null} name */
const ownName = (name) =>
  name
    ?.split('.')
    .at(-1)
    ?.replace(/_+(op)?$/, '') ?? '';

/**
 * From now on a stack, wherever it is shown, has the lines of cells and of the project's files as they were written, and
 * no others; one that passes through neither is left as it is.
 * @param {(script: string, line: number, column: number) => Place | undefined} place
 * @returns {(error: Error) => Trace} what is known of an error's calls
 */
function traceErrors(place) {
  /** @type {WeakMap<Error, Trace>} */
  const traces = new WeakMap();
  Error.stackTraceLimit = LOOKED_THROUGH;

  Error.prepareStackTrace = (error, calls) => {
    const head = String(error);
    const found = calls.map((call) => {
      const script = call.getScriptNameOrSourceURL() ?? '';
      const where = place(script, call.getLineNumber() ?? 1, call.getColumnNumber() ?? 1);
      return where && { ...where, caller: ownName(call.getFunctionName()) };
    });
    const frames = found.flatMap((frame) => frame ?? []);
    if (frames.length === 0) return [head, ...calls.map((call) => `    at ${call}`)].join('\n');
    const before = calls[found.findIndex((frame) => frame !== undefined) - 1];
    const native = /@tensorflow\//.test(before?.getFileName() ?? '');
    traces.set(error, {
      frames,
      operation: native ? ownName(before?.getFunctionName() ?? before?.getMethodName() ?? '') : '',
    });
    return [head, ...frames.map(frameLine)].join('\n');
  };

  return (error) => {
    void error.stack; // the engine prepares it when it is first looked at
    return traces.get(error) ?? { frames: [], operation: '' };
  };
}

/** @param {Frame} frame */
const frameLine = ({ caller, label }) => (caller === '' ? `    at ${label}` : `    at ${caller} (${label})`);

module.exports = { frameLine, traceErrors };
