// Loads the native engine in a process of its own (one that is broken can end it), computes what can be checked by hand, and
// prints one line of JSON. TensorFlow's own messages go to standard error.
const tf = require('@tensorflow/tfjs-node-gpu');

/** @type {string[]} */
const wrong = [];

/**
 * @param {string} name
 * @param {any} tensor
 * @param {number[]} expected
 */
function check(name, tensor, expected) {
  const values = [...tensor.dataSync()];
  const off = values.length !== expected.length || values.some((value, i) => !(Math.abs(value - expected[i]) < 1e-4));
  if (off) wrong.push(`${name} gives ${values.map((value) => Number(value.toPrecision(6)))}, expected ${expected}`);
}

if (tf.getBackend() !== 'tensorflow') wrong.push(`the backend is ${tf.getBackend()}, not tensorflow`);
const backend = /** @type {any} */ (tf.backend());
check(
  'a matrix product',
  tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])),
  [19, 22, 43, 50],
);
// The sum over a 2×2 filter's four places on a 3×3 image: each weight's gradient is the sum of what it met, and each pixel's of
// the weights that met it.
const [image, filter] = tf.grads((/** @type {any} */ x, /** @type {any} */ w) => tf.conv2d(x, w, 1, 'valid').sum())([
  tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]),
  tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1]),
]);
check("a convolution's gradient to its filter", filter, [12, 16, 24, 28]);
check("a convolution's gradient to its image", image, [1, 3, 2, 4, 10, 6, 3, 7, 4]);
const matrix = tf.tensor2d([4, 2, 2, 3], [2, 2]);
check('a Cholesky factor', backend.executeSingleOutput('Cholesky', [], [matrix]), [2, 0, 1, Math.SQRT2]);

const side = 1024;
const [a, b] = [tf.ones([side, side]), tf.ones([side, side])];
let seconds = Number.POSITIVE_INFINITY;
for (let i = 0; i < 4; i++) {
  const start = process.hrtime.bigint();
  tf.matMul(a, b).max().dataSync();
  seconds = Math.min(seconds, Number(process.hrtime.bigint() - start) / 1e9);
}

console.log(
  JSON.stringify({
    tensorflow: backend.binding.TF_Version,
    tensorflowJs: tf.version.tfjs,
    gpu: Boolean(backend.isUsingGpuDevice),
    gigaflops: Math.round((2 * side ** 3) / seconds / 1e9),
    wrong,
  }),
);
