import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

// Read by TensorFlow when its library loads, so this module comes before the import of tfjs.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
// oneDNN's share of a kernel also on the thread that waits for it, and its primitives kept for batches over 32 too, where
// TensorFlow would build them anew at each call. Together 5 % of a training step.
process.env.TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD ??= '1';
process.env.TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE ??= '0';

const tfjsPackage = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
const addon = join(tfjsPackage, 'lib', 'napi-v8', 'tfjs_binding.node');
if (!existsSync(addon)) {
  throw new Error(
    `infossl: the native TensorFlow engine is not built (no ${addon}). Run \`npm run setup\` in the project's folder.`,
  );
}
