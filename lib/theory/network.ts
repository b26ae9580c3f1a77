import { tf } from '../engine/tensorflow';

/**
 * What a model reports of one activation while it runs: every ReLU, leaky ReLU or max-pool, in order of evaluation.
 *
 * @param size Elements a side.
 * @param stride Elements from one window to the next.
 * @param padding On every side, of minus infinity.
 */
export interface ActivationSite {
  /** The dotted name of the non-linearity. */
  readonly name: string;
  /** 'relu', 'leakyRelu' and 'maxPool' are the kinds that carry a region's state. */
  readonly kind: string;
  /** What it is given; lives during the call only. */
  readonly input: tf.Tensor;
  /** What it gives; lives during the call only. */
  readonly output: tf.Tensor;
  /**
   * A max-pool's square window: elements a side (at most 16), step, and padding on every side that counts as minus
   * infinity. Only of a max-pool.
   */
  readonly window?: { readonly size: number; readonly stride: number; readonly padding: number };
}

/** Told of each activation while a network runs. */
export type Observe = (site: ActivationSite) => void;

/** A network with its weights in it: a deterministic function of the input alone, each row of a batch by itself. */
export interface Network {
  /** For errors and figures. */
  readonly name: string;
  /** Shape of one input, without the batch. */
  readonly inputShape: readonly number[];
  /** True if the function is continuous piecewise affine (ReLU, leaky ReLU, max-pool, batch norm at inference). */
  readonly piecewiseAffine: boolean;
  /** [N, ...inputShape] to [N, K] (or any shape that flattens to it). */
  readonly apply: (x: tf.Tensor, observe?: Observe) => tf.Tensor;
}

/** The shape of a model that `frozenNetwork` accepts; every module of lib/models has it. */
export interface NetworkModule<Weights> {
  /** For errors and figures. */
  readonly name: string;
  /** Of one input, without the batch. */
  readonly inputShape: readonly number[];
  /** Whether it is, at inference. */
  readonly piecewiseAffine: boolean;
  /** The output [N, ...] of a batch [N, ...inputShape]. */
  apply(
    weights: Weights,
    x: tf.Tensor,
    options?: { readonly training?: boolean; readonly observe?: Observe },
  ): tf.Tensor;
}

/**
 * The module with these weights as a function of its input: inference statistics in batch norm, so that one row never
 * depends on another. Holds the weights by reference: it follows them while they train.
 *
 * @param module, weights Held, not copied; the caller disposes the weights.
 * @example
 * const network = frozenNetwork(sequential('relu', [2], { relu: relu() }), {});
 * network.piecewiseAffine; // true
 * outputs(network, tf.tensor2d([[1, -1]])); // [[1, 0]]
 */
export function frozenNetwork<Weights>(module: NetworkModule<Weights>, weights: Weights): Network {
  return {
    name: module.name,
    inputShape: module.inputShape,
    piecewiseAffine: module.piecewiseAffine,
    apply: (x, observe) => module.apply(weights, x, observe ? { training: false, observe } : { training: false }),
  };
}

/** Number of input coordinates D. */
export function inputSize(network: Network): number {
  return network.inputShape.reduce((product, n) => product * n, 1);
}

/**
 * Outputs of a batch, flattened: [N, ...inputShape] to [N, K].
 *
 * @param observe Told of each activation; default: no one is.
 * @param x [N, ...inputShape].
 * @throws As the network's `apply`, where x is no batch of its inputs.
 * @example
 * // Images of 1 × 2 pixels come out as rows.
 * const network = frozenNetwork(sequential('relu', [1, 2, 1], { relu: relu() }), {});
 * outputs(network, tf.ones([3, 1, 2, 1])).shape; // [3, 2]
 */
export function outputs(network: Network, x: tf.Tensor, observe?: Observe): tf.Tensor2D {
  return tf.tidy(() => {
    const z = network.apply(x, observe);
    return z.reshape([x.shape[0]!, z.size / x.shape[0]!]) as tf.Tensor2D;
  });
}

/** Throws unless the network is continuous piecewise affine. */
export function requirePiecewiseAffine(network: Network, caller: string): void {
  if (network.piecewiseAffine) return;
  throw new Error(
    `${caller}: expected a continuous piecewise affine network (ReLU, leaky ReLU, max-pool), got '${network.name}', which is not: ` +
      'it has no regions on which it is affine. Use tangentMaps for its first-order map at a point.',
  );
}

/** Throws unless x is a batch [N, ...inputShape], N >= 1, of finite numbers. */
export function requireBatch(network: Network, x: tf.Tensor, caller: string): void {
  const [count, ...shape] = x.shape;
  if (!count || shape.length !== network.inputShape.length || shape.some((n, i) => n !== network.inputShape[i])) {
    throw new Error(
      `${caller}: expected inputs of shape [N, ${network.inputShape.join(', ')}] with N >= 1 for '${network.name}', ` +
        `got [${x.shape.join(', ')}]`,
    );
  }
  const finite = tf.tidy(() => tf.all(tf.isFinite(x)).dataSync()[0]);
  if (!finite) throw new Error(`${caller}: expected finite inputs, got NaN or infinity; check how they were loaded`);
}

/** Throws unless sigma is a finite standard deviation above zero. */
export function requireSigma(sigma: number, caller: string): void {
  if (sigma > 0 && Number.isFinite(sigma)) return;
  throw new Error(`${caller}: expected a noise scale sigma > 0, in units of the input, got ${sigma}`);
}

/** Throws unless count is a whole number of at least `least`. */
export function requireCount(count: number, least: number, what: string, caller: string): void {
  if (Number.isInteger(count) && count >= least) return;
  throw new Error(`${caller}: expected ${what} to be a whole number of at least ${least}, got ${count}`);
}

/**
 * The network with only these of its K outputs, in this order; for outputs that live, where others are constant.
 *
 * @param indices Numbers of outputs, in their new order.
 * @throws When it is applied: if there is no index, or one is not of an output.
 * @example
 * const network = frozenNetwork(sequential('relu', [3], { relu: relu() }), {});
 * outputs(selectOutputs(network, [2, 0]), tf.tensor2d([[1, 2, 3]])); // [[3, 1]]
 */
export function selectOutputs(network: Network, indices: readonly number[]): Network {
  return {
    ...network,
    name: `${network.name} (${indices.length} outputs)`,
    apply: (x, observe) =>
      tf.tidy(() => {
        const z = outputs(network, x, observe);
        const wrong = indices.find((i) => !Number.isInteger(i) || i < 0 || i >= z.shape[1]);
        if (wrong !== undefined || indices.length === 0) {
          throw new Error(
            `selectOutputs: expected at least one index in 0 … ${z.shape[1] - 1}, got [${indices.join(', ')}]`,
          );
        }
        return tf.gather(z, tf.tensor1d([...indices], 'int32'), 1);
      }),
  };
}
