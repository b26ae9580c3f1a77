import { relu } from './activations';
import { batchNorm } from './batchNorm';
import { dense } from './dense';
import { checkSize, type Layer, type Module } from './module';
import { sequential } from './sequential';

export interface ProjectionHeadOptions {
  /** Features that the encoder gives. */
  readonly inputSize: number;
  /** Features of each linear layer, the last the embeddings'. */
  readonly sizes: readonly number[];
  /** A batch normalisation after each hidden linear layer; default true. */
  readonly normalize?: boolean;
  /**
   * A batch normalisation of the output: `none` (default), `affine`, or `standard`, without scale and shift
   * (`affine=False`), as SimSiam's paper and solo-learn have it.
   */
  readonly normalizeOutput?: 'none' | 'affine' | 'standard';
}

/**
 * The projection heads of the published methods: linear `fc1`, batch normalisation `bn1`, ReLU `relu1`, … and a last linear
 * layer. A linear layer that a normalisation follows has no bias, which it would cancel. [N, inputSize] to [N, last size];
 * piecewise affine at inference.
 *
 * @throws If a size is not a whole number of at least 1, or there are none.
 * @example
 * const head = projectionHead({ inputSize: 8, sizes: [16, 4], normalizeOutput: 'affine' });
 * head.apply(head.init(key(0)), normal(key(1), [5, 8])).shape; // [5, 4]
 */
export function projectionHead({
  inputSize,
  sizes,
  normalize = true,
  normalizeOutput = 'none',
}: ProjectionHeadOptions): Module {
  if (sizes.length === 0) throw new Error('projectionHead: expected at least one size, the embeddings’, got none');
  for (const size of [inputSize, ...sizes]) checkSize('projectionHead', 'each size', size);
  const children: Record<string, Layer> = {};
  sizes.forEach((units, i) => {
    const last = i === sizes.length - 1;
    const normalized = last ? normalizeOutput !== 'none' : normalize;
    children[`fc${i + 1}`] = dense({ units, bias: !normalized });
    if (normalized) children[`bn${i + 1}`] = batchNorm({ affine: !last || normalizeOutput === 'affine' });
    if (!last) children[`relu${i + 1}`] = relu();
  });
  return sequential('projectionHead', [inputSize], children);
}
