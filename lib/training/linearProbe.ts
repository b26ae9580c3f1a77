import { runKernel } from '../engine/kernel';
import { tf } from '../engine/tensorflow';
import { checkLabels, type Features } from './embed';
import { Interrupted, watchInterrupt, yieldToEventLoop } from './interrupt';

/** How a linear probe is fitted. */
export interface LinearProbeOptions {
  /** λ of the penalty λ/2 ‖W‖² beside the mean cross-entropy; default 1 / count, scikit-learn's `C = 1`. */
  readonly penalty?: number;
  /** Stop when no entry of the gradient is greater; default 1e-5. */
  readonly tolerance?: number;
  /** Default 2,000. */
  readonly maxIterations?: number;
  /** Stops it, with `Interrupted`; default: only SIGINT does. */
  readonly signal?: AbortSignal;
}

/** A linear classifier of features: standardize, multiply, add, take the greatest. Plain numbers. */
export interface LinearProbe {
  /** Of the training features, [dimension]. */
  readonly mean: Float32Array;
  /** Of the training features, [dimension]; 1 where they do not vary. */
  readonly std: Float32Array;
  /** [dimension, classes], row-major, for standardized features. */
  readonly weight: Float32Array;
  /** [classes]. */
  readonly bias: Float32Array;
  /** False if `maxIterations` came before the tolerance. */
  readonly converged: boolean;
  /** How many steps were taken. */
  readonly iterations: number;
}

function standardize(x: tf.Tensor2D, mean: tf.Tensor, std: tf.Tensor): tf.Tensor2D {
  return x.sub(mean).div(std) as tf.Tensor2D;
}

/**
 * Offline linear probe: multinomial logistic regression on frozen features, standardized by the training set's own mean
 * and deviation, with an L2 penalty on the weights and none on the bias. The problem is convex and solved on the full
 * batch to its optimum, so the probe has no seed and no learning rate.
 *
 * Method: Böhning's bound (1992), by which ½ XᵀX / N ⊗ I is above the Hessian whatever the weights, gives a step
 * without line search, taken with Nesterov's momentum, restarted when the gradient turns against it (O'Donoghue and
 * Candès 2015). Warns on the console where `maxIterations` came before the tolerance.
 *
 * @param labels 0 … classes - 1, one for each feature vector.
 * @param features N vectors.
 * @param classes How many classes there are.
 * @throws If there is not such a label for each vector.
 * @throws Interrupted On SIGINT, or when `signal` aborts.
 * @throws If the gradient is not finite: with features that are not, or that overflow float32.
 * @example
 * // Two clusters on a line, at −1.5 and 1.5.
 * const features = { values: Float32Array.of(-2, -1, 1, 2), count: 4, dimension: 1 };
 * const probe = await fitLinearProbe(features, [0, 0, 1, 1], 2);
 * probe.converged; // true
 * accuracy(predictLinear(probe, features), [0, 0, 1, 1]); // 1
 */
export async function fitLinearProbe(
  features: Features,
  labels: ArrayLike<number>,
  classes: number,
  options: LinearProbeOptions = {},
): Promise<LinearProbe> {
  checkLabels('fitLinearProbe', features, labels, classes);
  const { count, dimension } = features;
  const { penalty = 1 / count, tolerance = 1e-5, maxIterations = 2000 } = options;
  const kept = tf.tidy(() => {
    const raw = tf.tensor2d(features.values, [count, dimension]);
    const { mean, variance } = tf.moments(raw, 0);
    const deviation = variance.sqrt();
    const std = tf.where(deviation.greater(1e-6), deviation, tf.onesLike(deviation));
    const x = tf.concat([standardize(raw, mean, std), tf.ones([count, 1])], 1) as tf.Tensor2D;
    const target = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), classes).toFloat() as tf.Tensor2D;
    const penalties = tf.tensor2d(new Float32Array(dimension + 1).fill(penalty, 0, dimension), [dimension + 1, 1]);
    return { mean, std, x, target, penalties, step: stepMatrix(x, penalties) };
  });
  try {
    const { solution, ...end } = await minimize(kept, tolerance, maxIterations, options.signal);
    return {
      mean: kept.mean.dataSync() as Float32Array,
      std: kept.std.dataSync() as Float32Array,
      weight: solution.slice(0, dimension * classes),
      bias: solution.slice(dimension * classes),
      ...end,
    };
  } finally {
    tf.dispose(kept);
  }
}

interface Problem {
  /** Standardized features with a last column of ones for the bias. */
  readonly x: tf.Tensor2D;
  /** One-hot labels. */
  readonly target: tf.Tensor2D;
  /** λ for each row of the weights, 0 for the bias's. */
  readonly penalties: tf.Tensor2D;
  readonly step: tf.Tensor2D;
}

/** The inverse of the bound on the Hessian, ½ XᵀX / N + λ, a little enlarged so that float32 can invert it. */
function stepMatrix(x: tf.Tensor2D, penalties: tf.Tensor2D): tf.Tensor2D {
  const [count, size] = x.shape;
  const gram = x.matMul(x, true).mul(0.5 / count);
  const enlarged = gram.add(tf.eye(size).mul(penalties.add(1e-6 * size)));
  return runKernel('MatrixInverse', { T: { type: 'float32' }, adjoint: false }, [enlarged]) as tf.Tensor2D;
}

function gradient({ x, target, penalties }: Problem, w: tf.Tensor2D): tf.Tensor2D {
  const excess = x.matMul(w).softmax().sub(target) as tf.Tensor2D;
  return x.matMul(excess, true).div(x.shape[0]).add(penalties.mul(w));
}

async function minimize(problem: Problem, tolerance: number, maxIterations: number, signal?: AbortSignal) {
  const shape: [number, number] = [problem.step.shape[0], problem.target.shape[1]];
  let current = tf.zeros(shape) as tf.Tensor2D;
  let ahead = current.clone();
  let inertia = 1;
  let iterations = 0;
  let steepest = Number.POSITIVE_INFINITY;
  let converged = false;
  const watch = watchInterrupt(signal);
  try {
    while (!converged && iterations < maxIterations) {
      const [next, extrapolated, facts] = tf.tidy(() => {
        const slope = gradient(problem, ahead);
        const moved = ahead.sub(problem.step.matMul(slope)) as tf.Tensor2D;
        const change = moved.sub(current) as tf.Tensor2D;
        const against = slope.mul(change).sum();
        const grown = (1 + Math.sqrt(1 + 4 * inertia * inertia)) / 2;
        const further = moved.add(change.mul((inertia - 1) / grown)) as tf.Tensor2D;
        inertia = grown;
        return [moved, further, tf.stack([slope.abs().max(), against])] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor];
      });
      const [greatest, against] = facts.dataSync() as unknown as [number, number];
      steepest = greatest;
      converged = steepest <= tolerance;
      iterations++;
      const restart = against > 0;
      if (restart) inertia = 1;
      tf.dispose([current, ahead, facts]);
      current = next;
      ahead = restart ? next.clone() : extrapolated;
      if (restart) extrapolated.dispose();
      if (!Number.isFinite(steepest) || !Number.isFinite(against)) {
        throw new Error(
          `fitLinearProbe: expected a finite gradient, got ${Number.isFinite(steepest) ? against : steepest} at iteration ${iterations}; look for NaN, infinite or huge features, as of an encoder that diverged.`,
        );
      }
      if (iterations % 20 !== 0) continue;
      await yieldToEventLoop();
      if (watch.requested) throw new Interrupted(`fitLinearProbe: stopped after ${iterations} iterations, as asked.`);
    }
    if (!converged) {
      console.warn(
        `fitLinearProbe: not converged after ${iterations} iterations, the greatest entry of the gradient ${steepest.toExponential(1)}, above the tolerance ${tolerance}; its accuracy is not the optimum's. Raise maxIterations or penalty.`,
      );
    }
    return { solution: current.dataSync() as Float32Array, converged, iterations };
  } finally {
    watch.stop();
    tf.dispose([current, ahead]);
  }
}

/**
 * The class that the probe gives each feature vector: the greatest logit.
 *
 * @param probe Of `fitLinearProbe` or `onlineClassifier`.
 * @param features N vectors.
 * @throws If the features have another dimension than the probe.
 * @example
 * const features = { values: Float32Array.of(-2, -1, 1, 2), count: 4, dimension: 1 };
 * const probe = await fitLinearProbe(features, [0, 0, 1, 1], 2);
 * predictLinear(probe, { values: Float32Array.of(-5, 0.1), count: 2, dimension: 1 }); // [0, 1]
 */
export function predictLinear(probe: LinearProbe, features: Features): Int32Array {
  const { mean, std, weight, bias } = probe;
  if (features.dimension !== mean.length) {
    throw new Error(`predictLinear: expected features of ${mean.length} dimensions, got ${features.dimension}`);
  }
  return tf.tidy(() => {
    const raw = tf.tensor2d(features.values, [features.count, features.dimension]);
    const x = standardize(raw, tf.tensor1d(mean), tf.tensor1d(std));
    const logits = x.matMul(tf.tensor2d(weight, [mean.length, bias.length])).add(tf.tensor1d(bias));
    return logits.argMax(1).dataSync() as Int32Array;
  });
}
