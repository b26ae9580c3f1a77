import { tf } from '../engine/tensorflow';
import { type NetworkModule, outputs, requireBatch, requirePiecewiseAffine } from './network';

/** Weights by their dotted names. */
type NamedWeights = Readonly<Record<string, tf.Tensor>>;

/** Of the batch normalisations. */
export interface BiasOffsetOptions {
  /** Of every batch normalisation; default 1e-5. */
  readonly epsilon?: number;
}

/**
 * The offset b of the region that holds x, along J directions u of the output, from the network's biases alone: [J].
 * With its activations' states fixed, the network is linear in its input and its additive constants together, so by
 * Euler's identity f(x) = A x + b with u'b = sum over the constants c of (d u'f / dc) c. [Derived here.] The constants
 * are every `NAME.bias`, less `NAME.weight` `NAME.running_mean` / sqrt(`NAME.running_var` + epsilon) in a batch
 * normalisation. Independent of b = f(x) - A x, which holds at x whatever A is: their agreement is what shows A right.
 * Throws for a network that is not piecewise affine, for which it is not true.
 *
 * @param x one input: [1, ...inputShape].
 * @param directions [J, K].
 * @param module, weights The network.
 * @throws If the network is not piecewise affine, or x is no batch of its inputs.
 * @example
 * const hinge = sequential('hinge', [1], { shift: dense({ units: 1 }), relu: relu() });
 * const weight = tf.variable(tf.tensor2d([[1]]));
 * const weights = { 'shift.weight': weight, 'shift.bias': tf.variable(tf.tensor1d([-1])) };
 * // max(x − 1, 0) is x − 1 around 3.
 * biasOffset(hinge, weights, tf.tensor2d([[3]]), tf.tensor2d([[1]])); // [-1]
 */
export function biasOffset<Weights extends NamedWeights>(
  module: NetworkModule<Weights>,
  weights: Weights,
  x: tf.Tensor,
  directions: tf.Tensor2D,
  { epsilon = 1e-5 }: BiasOffsetOptions = {},
): Float32Array {
  const network = { ...module, apply: (input: tf.Tensor) => module.apply(weights, input) };
  requirePiecewiseAffine(network, 'biasOffset');
  requireBatch(network, x, 'biasOffset');
  const names = Object.keys(weights).filter((name) => /(^|\.)bias$/.test(name));
  return tf.tidy(() => {
    const constants = names.map((name) => additiveConstant(weights, name, epsilon));
    const values = Float32Array.from({ length: directions.shape[0] }, (_, j) => {
      if (names.length === 0) return 0;
      const direction = directions.slice([j, 0], [1, -1]);
      const along = (...biases: tf.Tensor[]) => {
        const replaced = { ...weights, ...Object.fromEntries(names.map((name, i) => [name, biases[i]!])) };
        const run = { ...network, apply: (input: tf.Tensor) => module.apply(replaced as Weights, input) };
        return outputs(run, x).mul(direction).sum();
      };
      return tf.tidy(() => {
        const gradients = tf.grads(along)(names.map((name) => weights[name]!));
        return tf.addN(gradients.map((gradient, i) => gradient.mul(constants[i]!).sum())).dataSync()[0]!;
      });
    });
    return values;
  });
}

/** The bias, less what a batch normalisation of that name subtracts for its running mean. */
function additiveConstant(weights: NamedWeights, name: string, epsilon: number): tf.Tensor {
  const prefix = name.slice(0, -'bias'.length);
  const [mean, variance] = [weights[`${prefix}running_mean`], weights[`${prefix}running_var`]];
  const bias = weights[name]!;
  if (!mean || !variance) return bias;
  return bias.sub(mean.mul(weights[`${prefix}weight`]!).mul(variance.add(epsilon).rsqrt()));
}
