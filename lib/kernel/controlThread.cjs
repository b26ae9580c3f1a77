// Runs in a thread of its own, so that interrupt and shutdown are heard while a cell computes.
const { Session } = require('node:inspector');
const { createRequire } = require('node:module');
const { parentPort, workerData } = require('node:worker_threads');
const { CELL, FORCED, LISTENERS, RUNS } = require('./interrupts.cjs');
const { messageType, replyFrames } = require('./protocol.cjs');

/** Milliseconds after which a cell, or the kernel, that did not react is stopped by force. */
const PATIENCE = 1_800;
const SHUTDOWN_PATIENCE = 1_000;
const FAREWELL = 100;
const PARENT_POLL = 1_000;

const { connection, parentPid, tslab } = workerData;
/** Written by interrupts.cjs. @type {Int32Array} */
const state = workerData.state;
const zmq = createRequire(tslab)('zeromq');
const kernel = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

/** The interrupts that wait for an answer: any one shows that the main thread handles messages. @type {Set<() => void>} */
const waiting = new Set();

/** Whether the main thread still handles messages. */
function responsive() {
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ answered) => {
      clearTimeout(timer);
      waiting.delete(answer);
      resolve(answered);
    };
    const answer = () => end(true);
    const timer = setTimeout(() => end(false), PATIENCE);
    waiting.add(answer);
    kernel.postMessage('ping');
  });
}

/** The number of the cell to which an interrupt came that the kernel has not reacted to. @type {number | undefined} */
let asked;

/**
 * As SIGINT does; and if a loop after an `await` holds the kernel, where no signal reaches it, ends that loop. A cell
 * that listens to SIGINT itself, such as a training in a long step, is given until the second interrupt.
 */
async function interrupt() {
  const cell = Atomics.load(state, CELL);
  const again = asked === cell;
  asked = cell;
  process.kill(process.pid, 'SIGINT');
  if (await responsive()) return;
  const cellListens = Atomics.load(state, LISTENERS) > 1;
  const ended = Atomics.load(state, RUNS) === 0 || Atomics.load(state, CELL) !== cell;
  if (ended || (cellListens && !again)) return;
  const session = new Session();
  session.connectToMainThread();
  Atomics.store(state, FORCED, cell);
  session.post('Runtime.terminateExecution', () => session.disconnect());
}

/** Ends the process if it does not end by itself. */
function ensureExit() {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), SHUTDOWN_PATIENCE);
}

const control = new zmq.Router({ linger: 200, sendTimeout: 0 });
const heartbeat = new zmq.Reply({ linger: 0 });

async function answerControl() {
  await control.bind(`${connection.transport}://${connection.ip}:${connection.control_port}`);
  for await (const frames of control) {
    const type = messageType(frames);
    if (type === 'interrupt_request') {
      void control.send(replyFrames(connection.key, frames, 'interrupt_reply', { status: 'ok' }));
      void interrupt();
      continue;
    }
    if (type === 'shutdown_request') ensureExit();
    kernel.postMessage(frames);
  }
}

async function answerHeartbeat() {
  await heartbeat.bind(`${connection.transport}://${connection.ip}:${connection.hb_port}`);
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

kernel.on('message', (/** @type {'pong' | 'close' | (Uint8Array | string)[]} */ message) => {
  if (message === 'pong') {
    asked = undefined;
    for (const answer of waiting) answer();
  } else if (message === 'close') {
    // Sockets still open when the thread ends would abort the process; and the reply needs a moment to leave.
    control.close();
    heartbeat.close();
    setTimeout(() => process.exit(), FAREWELL);
  } else void control.send(message.map((frame) => Buffer.from(frame)));
});
setInterval(() => {
  if (process.ppid === parentPid) return;
  process.kill(process.pid, 'SIGTERM');
  ensureExit();
}, PARENT_POLL);
void answerControl();
void answerHeartbeat();
