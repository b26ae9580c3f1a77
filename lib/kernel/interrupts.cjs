/** Milliseconds that a cell with its own handler of SIGINT, such as a training loop, has to end by itself. */
const GRACE = 2_000;

/** What the control thread reads of this one: whether a cell's code runs, how many listen to SIGINT, the cell's number. */
const RUNS = 0;
const LISTENERS = 1;
const CELL = 2;
/** What it writes: the number of the cell whose code it has ended by force. */
const FORCED = 3;

/** Emitted after such an end, of which no `finally` ran: what would stay for ever is given back (lib/datasets/fileLock.ts). */
const FORCED_END = 'infossl:ended by force';

/**
 * Ends the running cell on SIGINT: at once; or, if the cell listens to SIGINT itself, when it has not ended after a
 * while, or on the second SIGINT. A cell that runs without yielding is ended by the engine before this is called.
 * @param {() => void} endCell
 */
function watchInterrupts(endCell) {
  const state = new Int32Array(new SharedArrayBuffer(16));
  let running = false;
  /** @type {NodeJS.Timeout | undefined} */
  let grace;
  /** Those that listened to SIGINT before the cell. @type {Set<Function>} */
  let before = new Set();

  process.on('newListener', (event) => {
    if (event === 'SIGINT') Atomics.store(state, LISTENERS, process.listenerCount('SIGINT') + 1);
  });
  process.on('removeListener', (event) => {
    if (event === 'SIGINT') Atomics.store(state, LISTENERS, process.listenerCount('SIGINT'));
  });

  const onInterrupt = () => {
    if (!running) return;
    const othersListen = process.listenerCount('SIGINT') > 1;
    if (othersListen && grace === undefined) grace = setTimeout(endCell, GRACE);
    else endCell();
  };
  process.on('SIGINT', onInterrupt);

  return {
    /** Shared with the control thread. */
    state,

    /** To be called when a cell starts. */
    started() {
      running = true;
      before = new Set(process.rawListeners('SIGINT'));
      Atomics.add(state, CELL, 1);
      Atomics.store(state, RUNS, 1);
    },

    /**
     * To be called after the part of a cell that runs without yielding. The engine handles SIGINT by itself in that
     * part; then it gives the signal back to Node only if nobody began to listen meanwhile, else to the default, which
     * ends the process. The kernel's handler comes first, to see those that remove themselves when called.
     */
    listenAgain() {
      const others = process.rawListeners('SIGINT').filter((listener) => listener !== onInterrupt);
      process.removeAllListeners('SIGINT');
      process.on('SIGINT', onInterrupt);
      for (const listener of others) process.on('SIGINT', /** @type {NodeJS.SignalsListener} */ (listener));
    },

    /** To be called when a cell has ended. */
    finished() {
      running = false;
      Atomics.store(state, RUNS, 0);
      clearTimeout(grace);
      grace = undefined;
      if (Atomics.load(state, FORCED) !== Atomics.load(state, CELL)) return;
      Atomics.store(state, FORCED, 0);
      for (const listener of process.rawListeners('SIGINT')) {
        if (!before.has(listener)) process.removeListener('SIGINT', /** @type {NodeJS.SignalsListener} */ (listener));
      }
      process.emit(/** @type {NodeJS.Signals} */ (FORCED_END));
    },

    /**
     * Runs the compiler, which a forced interrupt would leave in pieces.
     * @template T
     * @param {() => T} work
     * @returns {T}
     */
    shielded(work) {
      const before = Atomics.exchange(state, RUNS, 0);
      try {
        return work();
      } finally {
        Atomics.store(state, RUNS, before);
      }
    },
  };
}

module.exports = { CELL, FORCED, LISTENERS, RUNS, watchInterrupts };
