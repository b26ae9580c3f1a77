import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkEngine } from './engine.mjs';
import { runProcess } from './process.mjs';
import { isStamped, removeStamp, writeStamp } from './step.mjs';
import { engineFolder, tensorflowLibraries, tensorflowWheels } from './tensorflow.mjs';

/** @typedef {import('./step.mjs').Step} Step */
/** @typedef {import('./preflight.mjs').EngineKind} EngineKind */
/** @typedef {import('./preflight.mjs').Program} Program */

/**
 * The Node addon of @tensorflow/tfjs-node-gpu, compiled against the TensorFlow library where pip put it: the CUDA build finds
 * NVIDIA's libraries relative to its own place.
 * @param {string} root
 * @param {EngineKind} kind
 * @param {Program} compiler
 * @returns {Step}
 */
export function addonStep(root, kind, compiler) {
  const tfjs = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  const folder = join(tfjs, 'lib', 'napi-v8');
  const addon = join(folder, 'tfjs_binding.node');
  const stamp = join(folder, '.infossl');
  const inputs = [engineFolder(root, kind), ...tensorflowWheels(kind), process.arch];
  return {
    name: `the native engine's addon, compiled with ${compiler.command}`,
    gigabytes: 0.1,
    isDone: () => isStamped(stamp, inputs),
    item: 'TensorFlow addon',
    undo: () => removeStamp(stamp),
    async examine() {
      if (!existsSync(addon)) return { state: 'missing', found: 'it is not compiled' };
      const engine = await checkEngine(root);
      const { tensorflow, tensorflowJs } = engine;
      if (!isStamped(stamp, inputs)) {
        return { state: 'broken', found: `${addon} was made for another engine or folder` };
      }
      return {
        engine,
        state: 'ok',
        found: `loads TensorFlow ${tensorflow} in TensorFlow.js ${tensorflowJs}; a product, a convolution's gradients and a Cholesky factor are right`,
      };
    },
    async run({ env }) {
      removeStamp(stamp);
      mkdirSync(folder, { recursive: true });
      for (const file of readdirSync(folder)) if (file.endsWith('.tmp')) rmSync(join(folder, file)); // of one that was killed
      const { include, folder: libraryFolder, libraries } = tensorflowLibraries(root, kind);
      const temporary = `${addon}.${process.pid}.tmp`;
      await runProcess(
        "compiling the native engine's addon",
        compiler.command,
        [
          ...['-O2', '-std=c++17', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'],
          ...[join(root, 'node_modules', 'node-api-headers', 'include'), tfjs, join(tfjs, 'binding'), include].map(
            (path) => `-I${path}`,
          ),
          ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(tfjs, 'binding', file)),
          ...libraries,
          ...['-Xlinker', '-rpath', '-Xlinker', libraryFolder], // not -Wl: a folder's name may hold a comma
          ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
          ...['-o', temporary],
        ],
        { env },
      );
      renameSync(temporary, addon);
      await checkEngine(root, env);
      writeStamp(stamp, inputs);
    },
  };
}
