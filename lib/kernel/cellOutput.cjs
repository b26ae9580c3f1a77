const { randomUUID } = require('node:crypto');
const { limitOutput } = require('./outputLimit.cjs');
const { streamOutput } = require('./streamOutput.cjs');

/**
 * What a cell prints, gathered into few messages and bounded.
 * @param {(type: string, content: Record<string, unknown>) => void} publish
 */
function cellOutput(publish) {
  const { write, flush } = streamOutput((name, text) => publish('stream', { name, text }));
  const transient = { display_id: randomUUID() };
  let type = 'display_data';
  const notice = (/** @type {string} */ text) => {
    flush();
    publish(type, { data: { 'text/plain': text }, metadata: {}, transient });
    type = 'update_display_data';
  };
  const output = { flush, ...limitOutput({ write, notice }) };

  return {
    ...output,

    /** From now on the process's own streams are the cell's. */
    capture() {
      const decoder = new TextDecoder();
      for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
        process[name].write = (
          /** @type {string | Uint8Array} */ part,
          /** @type {unknown} */ encoding,
          /** @type {unknown} */ written = encoding,
        ) => {
          output.write(name, typeof part === 'string' ? part : decoder.decode(part));
          if (typeof written === 'function') written();
          return true;
        };
      }
    },
  };
}

module.exports = { cellOutput };
