import { uniform } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { checkSize, defineModule, type Module } from './module';

export interface PrototypesOptions {
  /** K, the features of the embeddings. */
  readonly inputSize: number;
  /** How many prototypes. */
  readonly count: number;
}

/** Each column divided by its length, or by 1e-12 if it is shorter, as torch.nn.functional.normalize. */
function unitColumns(weight: tf.Tensor): tf.Tensor {
  return weight.mul(weight.square().sum(0).maximum(1e-24).rsqrt());
}

/**
 * The prototypes of SwAV (Caron et al. 2020): a linear layer without bias whose prototypes, the columns of `weight`
 * [inputSize, count], are divided by their lengths; [N, inputSize] to scores [N, count]. For embeddings of length 1 the
 * scores are cosines. They start uniform on the ±1/√inputSize of torch.nn.Linear, then divided by their lengths.
 *
 * facebookresearch/swav, lightly and solo-learn divide the stored weight in place before each step. Here the division is
 * part of the function, so that `apply` changes no weight and the gradient is the function's own: along the sphere, not the
 * part across it that their next division throws away. While lengths are 1 the two steps agree to first order in the rate;
 * here lengths grow a little with each step of plain SGD, which shortens the later ones. Linear in its input, so piecewise affine.
 *
 * @throws If a size is not a whole number of at least 1.
 * @example
 * const scores = prototypes({ inputSize: 4, count: 10 });
 * scores.apply(scores.init(key(0)), normalizeRows(normal(key(1), [5, 4]))).shape; // [5, 10]
 */
export function prototypes({ inputSize, count }: PrototypesOptions): Module {
  checkSize('prototypes', 'inputSize', inputSize);
  checkSize('prototypes', 'count', count);
  const shape = [inputSize, count];
  const bound = 1 / Math.sqrt(inputSize);
  return defineModule({
    name: 'prototypes',
    inputShape: [inputSize],
    outputShape: [count],
    piecewiseAffine: true,
    weights: { weight: { shape, initial: (k) => tf.tidy(() => unitColumns(uniform(k, shape, -bound, bound))) } },
    run: (w, x) => tf.matMul(x, unitColumns(w.weight!)),
  });
}
