import { tf } from '../engine/tensorflow';
import { linearWeights } from './linearWeights';
import { checkSize, defineModule, type Layer } from './module';

export interface PointwiseOptions {
  /** Output features. */
  readonly units: number;
  /** Given, `weight` starts normal with this standard deviation and `bias` at 0; default: both uniform on ±1/√in. */
  readonly initialStd?: number;
}

/**
 * One linear map of the last axis at every place: of each token [tokens, features], or of each pixel
 * [height, width, channels], there a 1×1 convolution. `weight` is [in, units], `bias` [units].
 *
 * @throws If there is no axis before the features: `dense` is for single vectors.
 * @example
 * pointwise({ units: 3 })([16, 8]).outputShape; // [16, 3]
 */
export function pointwise({ units, initialStd }: PointwiseOptions): Layer {
  checkSize('pointwise', 'units', units);
  return (inputShape) => {
    if (inputShape.length < 2) {
      throw new Error(
        `pointwise: expected an input shape [..., features] with places (without batch), got [${inputShape.join(', ')}]; ` +
          'dense maps single vectors.',
      );
    }
    const inputs = inputShape.at(-1)!;
    const outputShape = [...inputShape.slice(0, -1), units];
    return defineModule({
      name: 'pointwise',
      inputShape,
      outputShape,
      piecewiseAffine: true,
      weights: linearWeights([inputs, units], initialStd),
      run: (w, x) =>
        tf
          .matMul(x.reshape([-1, inputs]), w.weight!)
          .add(w.bias!)
          .reshape([x.shape[0]!, ...outputShape]),
    });
  };
}
