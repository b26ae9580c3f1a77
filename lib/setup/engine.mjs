import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setUpAgain } from './finding.mjs';
import { SetupProblem } from './problem.mjs';

/**
 * What the native engine is, and whether it computes rightly.
 * @typedef {object} EngineReport
 * @property {string} tensorflow
 * @property {string} tensorflowJs
 * @property {boolean} gpu whether it computes on an NVIDIA GPU
 * @property {number} gigaflops billions of operations a second in a matrix product, as busy as the machine is now
 * @property {string[]} wrong the results that are not what a calculation by hand gives
 * @property {string} messages what TensorFlow said when it loaded
 */

const program = fileURLToPath(new URL('./engineCheck.cjs', import.meta.url));
const longest = 120_000;

/** How TensorFlow and CUDA say that a GPU has no memory left. */
const memoryTaken = /CUDA_ERROR_OUT_OF_MEMORY|RESOURCE_EXHAUSTED|ResourceExhausted|OOM when allocating/;

/** The GPU's memory is taken, so that nothing can be told of the engine, and nothing is to be made anew. */
class EngineInUse extends SetupProblem {
  /** @type {'note'} */
  state = 'note';
  constructor() {
    super(
      "in use: the GPU's memory is taken by another program, so its numbers were not checked",
      'shut down the notebooks (or what nvidia-smi lists) and run npm run doctor to check them',
    );
  }
}

/**
 * Starts the native engine in a process of its own and has it compute what was computed by hand.
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<EngineReport>}
 * @throws SetupProblem if it does not start or gives wrong numbers
 */
export function checkEngine(root, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], {
      cwd: root,
      // TensorFlow takes all of a GPU's memory at once; a notebook's kernel may hold it now.
      env: { ...env, TF_CPP_MIN_LOG_LEVEL: '0', TF_FORCE_GPU_ALLOW_GROWTH: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: longest,
    });
    let output = '';
    let messages = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      messages += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const line = output.split('\n').find((text) => text.startsWith('{"tensorflow"'));
      if ((code !== 0 || line === undefined) && memoryTaken.test(messages)) {
        reject(new EngineInUse());
        return;
      }
      if (code !== 0 || line === undefined) {
        reject(new SetupProblem(`the native engine does not start (${reason(messages, code, signal)})`, setUpAgain));
        return;
      }
      const report = { .../** @type {EngineReport} */ (JSON.parse(line)), messages };
      if (report.wrong.length === 0) resolve(report);
      else reject(new SetupProblem(`the native engine computes wrongly: ${report.wrong.join('; ')}`, setUpAgain));
    });
  });
}

/**
 * @param {string} messages
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function reason(messages, code, signal) {
  if (signal === 'SIGTERM') return `no result within ${longest / 1000} s`;
  if (signal === 'SIGKILL') return 'it was killed, as for want of memory';
  if (signal === 'SIGILL')
    return 'SIGILL: this processor lacks instructions that the library was built with, AVX first';
  if (signal) return `it ended by ${signal}`;
  const lines = messages.split('\n').map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? `exit code ${code}`;
}
