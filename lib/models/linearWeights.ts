import { type Key, normal, uniform } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { WeightDefinition } from './module';

/**
 * `weight` [..., out] and `bias` [out] of a linear map. Without a standard deviation both start uniform on ±1/√in, where `in` is the
 * product of the weight's other axes: the default of torch.nn.Linear and Conv2d. With one, `weight` starts normal and
 * `bias` at 0. (timm's `trunc_normal_(std=.02)` cuts at ±2, a hundred deviations: nothing to cut.)
 */
export function linearWeights(
  shape: readonly number[],
  initialStd?: number,
): { readonly weight: WeightDefinition; readonly bias: WeightDefinition } {
  const out = shape.slice(-1);
  if (initialStd !== undefined) {
    return {
      weight: { shape, initial: (k: Key) => normal(k, shape, 0, initialStd) },
      bias: { shape: out, initial: () => tf.zeros([...out]) },
    };
  }
  const bound = 1 / Math.sqrt(shape.slice(0, -1).reduce((product, size) => product * size, 1));
  const drawn = (of: readonly number[]) => ({ shape: of, initial: (k: Key) => uniform(k, of, -bound, bound) });
  return { weight: drawn(shape), bias: drawn(out) };
}
