import { tf } from '../engine/tensorflow';
import type { Weights } from './module';
import { trainableWeights } from './weights';

/**
 * Moves a momentum copy (`copyWeights`) towards the network in training, in place: target ← τ · target + (1 − τ) · online, for
 * the trainable weights only. Batch normalisation's running statistics stay the target's own, moved by its own passes in
 * training mode, as in solo-learn's MomentumUpdater and MoCo's code, which average `parameters()` and no buffers.
 *
 * @param tau From 0 (a copy) to 1 (nothing moves); BYOL takes 0.99 or more.
 * @throws If tau is out of range, or the two have other trainable weights or shapes.
 * @example
 * const online = mlp({ sizes: [1, 1] }).init(key(0));
 * const target = copyWeights(online);
 * online['fc1.bias']!.assign(tf.ones([1]));
 * target['fc1.bias']!.assign(tf.zeros([1]));
 * momentumUpdate(target, online, 0.9);
 * target['fc1.bias']!; // [0.1]
 */
export function momentumUpdate(target: Weights, online: Weights, tau: number): void {
  if (!(tau >= 0 && tau <= 1)) throw new Error(`momentumUpdate: expected tau from 0 to 1, got ${tau}`);
  const [moved, followed] = [trainableWeights(target), trainableWeights(online)];
  for (const name of new Set([...Object.keys(moved), ...Object.keys(followed)])) {
    const [a, b] = [moved[name], followed[name]];
    if (a && b && a.shape.join() === b.shape.join()) continue;
    const shown = (weight?: tf.Tensor) => (weight ? `[${weight.shape.join(', ')}]` : 'none');
    throw new Error(
      `momentumUpdate: expected the same trainable weights in target and online, got '${name}' ${shown(a)} in target and ` +
        `${shown(b)} in online; make the target by copyWeights(online).`,
    );
  }
  if (tau === 1) return;
  tf.tidy(() => {
    const rate = tf.scalar(1 - tau);
    // As a difference: in float32 τ and 1 − τ do not sum to 1, and over many steps the target would shrink or grow by that.
    const mean = (a: tf.Tensor, b: tf.Tensor) => (tau === 0 ? b.clone() : a.add(b.sub(a).mul(rate)));
    const names = Object.keys(moved);
    for (const name of names.filter((each) => moved[each]!.rank !== 1)) {
      moved[name]!.assign(mean(moved[name]!, followed[name]!));
    }
    // The vectors, of which a network has many, end to end: each kernel on one costs its fixed time.
    const vectors = names.filter((name) => moved[name]!.rank === 1);
    if (vectors.length === 0) return;
    const joined = (w: Weights) => tf.concat(vectors.map((name) => w[name]!));
    const sizes = vectors.map((name) => moved[name]!.size);
    tf.split(mean(joined(moved), joined(followed)), sizes).forEach((part, i) => {
      moved[vectors[i]!]!.assign(part);
    });
  });
}
