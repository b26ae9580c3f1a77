import './environment';
import * as tf from '@tensorflow/tfjs-node-gpu';

/**
 * TensorFlow.js on the native library. Every room imports it from here, so that one engine is loaded, with its settings.
 *
 * @example
 * tf.tidy(() => tf.tensor2d([[1, 2], [3, 4]]).matMul(tf.eye(2)).sum()); // 10
 */
export { tf };
