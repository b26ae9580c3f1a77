import { mlp } from './mlp';
import type { Module } from './module';

export interface ProjectorOptions {
  /** Features that the encoder gives; default 512, ResNet-18's of width 64. */
  readonly inputSize?: number;
  /** Features of each linear layer, the last the embeddings'; default [2048, 2048, 2048], solo-learn's for VICReg on CIFAR-10. */
  readonly sizes?: readonly number[];
}

/**
 * VICReg's expander, as `Projector` of facebookresearch/vicreg's main_vicreg.py builds it: linear, batch normalisation and
 * ReLU for each size but the last, then a linear layer without bias. (The reference takes 8192-8192-8192 after ResNet-50.)
 * [N, inputSize] to [N, last size]; piecewise affine at inference.
 *
 * @example
 * const head = projector({ inputSize: 8, sizes: [16, 16, 4] });
 * head.apply(head.init(key(0)), normal(key(1), [5, 8])).shape; // [5, 4]
 */
export function projector({ inputSize = 512, sizes = [2048, 2048, 2048] }: ProjectorOptions = {}): Module {
  return mlp({ sizes: [inputSize, ...sizes], normalize: true, outputBias: false, name: 'projector' });
}
