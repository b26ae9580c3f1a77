import { tf } from '../engine/tensorflow';
import { linearWeights } from './linearWeights';
import { checkRank, checkSize, defineModule, type Layer } from './module';

export interface DenseOptions {
  /** Output features. */
  readonly units: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Given, `weight` starts normal with this standard deviation and `bias` at 0; default: both uniform on ±1/√in. */
  readonly initialStd?: number;
}

/**
 * x ↦ x · weight + bias for vectors. `weight` is [in, units] (PyTorch's is its transpose), `bias` [units]. Both start uniform
 * on ±1/√in, the default of torch.nn.Linear (its documentation's "Variables"), unless `initialStd` is given.
 *
 * @throws If units is not a whole number of at least 1, or the input is no vector.
 * @example
 * const layer = dense({ units: 2 })([3]);
 * layer.apply(layer.init(key(0)), tf.ones([4, 3])).shape; // [4, 2]
 */
export function dense({ units, bias = true, initialStd }: DenseOptions): Layer {
  checkSize('dense', 'units', units);
  return (inputShape) => {
    checkRank('dense', inputShape, 'features');
    const weights = linearWeights([inputShape[0]!, units], initialStd);
    return defineModule({
      name: 'dense',
      inputShape,
      outputShape: [units],
      piecewiseAffine: true,
      weights: bias ? weights : { weight: weights.weight },
      run(w, x) {
        const y = tf.matMul(x, w.weight!);
        return bias ? y.add(w.bias!) : y;
      },
    });
  };
}
