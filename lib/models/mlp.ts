import { gelu, leakyRelu, relu } from './activations';
import { batchNorm } from './batchNorm';
import { dense } from './dense';
import { checkSize, type Layer, type Module } from './module';
import { sequential } from './sequential';

export interface MlpOptions {
  /** Features of the input, of each hidden layer, and of the output: at least two. */
  readonly sizes: readonly number[];
  /** After each hidden layer; default `relu`. With `gelu` the network is not piecewise affine. */
  readonly activation?: 'relu' | 'leakyRelu' | 'gelu';
  /** A batch normalisation between each hidden layer and its activation; default false. */
  readonly normalize?: boolean;
  /** A bias on the last layer; default true. */
  readonly outputBias?: boolean;
  /** Default `mlp`. */
  readonly name?: string;
}

/**
 * A multilayer perceptron: linear layers `fc1`, `fc2`, …, with an activation (`relu1`, …) after each but the last.
 *
 * @throws If there are fewer than two sizes, or one is not a whole number.
 * @example
 * const network = mlp({ sizes: [2, 16, 3] });
 * const w = network.init(key(0));
 * Object.keys(w); // ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']
 * network.apply(w, tf.zeros([5, 2])).shape; // [5, 3]
 */
export function mlp({
  sizes,
  activation = 'relu',
  normalize = false,
  outputBias = true,
  name = 'mlp',
}: MlpOptions): Module {
  if (sizes.length < 2)
    throw new Error(`${name}: expected at least two sizes (input, output), got [${sizes.join(', ')}]`);
  for (const size of sizes) checkSize(name, 'each size', size);
  const activate = { relu, leakyRelu, gelu }[activation];
  if (!activate) throw new Error(`${name}: expected the activation 'relu', 'leakyRelu' or 'gelu', got '${activation}'`);
  const children: Record<string, Layer> = {};
  sizes.slice(1).forEach((units, i) => {
    const last = i === sizes.length - 2;
    children[`fc${i + 1}`] = dense({ units, bias: !last || outputBias });
    if (last) return;
    if (normalize) children[`bn${i + 1}`] = batchNorm();
    children[`${activation}${i + 1}`] = activate();
  });
  return sequential(name, sizes.slice(0, 1), children);
}
