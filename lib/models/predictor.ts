import { relu } from './activations';
import { batchNorm } from './batchNorm';
import { dense } from './dense';
import { checkSize, type Module } from './module';
import { sequential } from './sequential';

export interface PredictorOptions {
  /** K, the features of the embeddings, and of what is predicted. */
  readonly inputSize: number;
  /** Features of the hidden layer; BYOL takes 4096 for K = 256, SimSiam 512 for K = 2048. */
  readonly hidden: number;
}

/**
 * The predictor of BYOL (Grill et al. 2020) and SimSiam (Chen & He 2021): linear `fc1`, batch normalisation `bn1`, ReLU,
 * linear `fc2`; [N, inputSize] to [N, inputSize]. `fc1` has no bias and `fc2` has one, as in facebookresearch/simsiam, in
 * solo-learn's SimSiam and in lightly's heads; solo-learn's BYOL gives `fc1` a bias too, which the normalisation cancels,
 * so it is the same function. Piecewise affine at inference.
 *
 * @throws If a size is not a whole number of at least 1.
 * @example
 * const head = predictor({ inputSize: 8, hidden: 32 });
 * head.apply(head.init(key(0)), normal(key(1), [4, 8])).shape; // [4, 8]
 */
export function predictor({ inputSize, hidden }: PredictorOptions): Module {
  checkSize('predictor', 'inputSize', inputSize);
  checkSize('predictor', 'hidden', hidden);
  return sequential('predictor', [inputSize], {
    fc1: dense({ units: hidden, bias: false }),
    bn1: batchNorm(),
    relu1: relu(),
    fc2: dense({ units: inputSize }),
  });
}
