import { batch, type Dataset } from '../datasets/dataset';
import { tf } from '../engine/tensorflow';
import type { Module, Weights } from '../models/module';
import { nonTrainableWeights } from '../models/weights';
import { type ChannelStatistics, normalize } from '../views/normalize';

/**
 * Sets batch normalisation's running statistics, of the encoder and, given one, of the projector after it, to those of
 * the data set's first 256 images, in place; no other weight changes. It is where training passes over these images
 * would take them.
 *
 * An untrained network, or one after a few steps, is judged fairly only so: its running statistics are still mostly the
 * 0 and 1 that they began at, whereas in training it normalises by its batches' from the first step.
 *
 * @param statistics What the images are normalized by.
 * @param encoder Its module, and its weights, whose running statistics are set.
 * @param projector The same after it; default: none.
 * @param dataset The images; their labels are not used.
 * @throws If the networks, weights and images do not fit each other.
 * @example
 * const encoder = sequential('pool', [32, 32, 3], { pool: globalAveragePool(), norm: batchNorm() });
 * const weights = encoder.init(key(0));
 * const dataset = shapes({ count: 32 });
 * settleStatistics({ encoder }, { encoder: weights }, dataset, { mean: [0, 0, 0], std: [1, 1, 1] });
 * // From 0 to the images' mean colour.
 * weights['norm.running_mean']; // [0.497, 0.527, 0.535]
 */
export function settleStatistics(
  { encoder, projector }: { readonly encoder: Module; readonly projector?: Module },
  weights: { readonly encoder: Weights; readonly projector?: Weights },
  dataset: Dataset,
  statistics: ChannelStatistics,
): void {
  const running = [weights.encoder, ...(projector ? [weights.projector!] : [])].flatMap((own) =>
    Object.values(nonTrainableWeights(own)),
  );
  if (running.length === 0) return;
  tf.tidy(() => {
    const count = Math.min(256, dataset.count);
    const indices = Int32Array.from({ length: count }, (_, i) => i);
    const images = normalize(batch(dataset, indices), statistics);
    const began = running.map((variable) => variable.clone());
    for (const variable of running) variable.assign(tf.zerosLike(variable));
    const pass = () => {
      const features = encoder.apply(weights.encoder, images, { training: true });
      projector?.apply(weights.projector!, features.reshape([count, -1]), { training: true });
      return running.map((variable) => variable.clone());
    };
    // A pass moves r to (1 − m) r + m b, with this batch's statistics b, the same each time: from 0 to mb, then to (2 − m) mb.
    const [once, twice] = [pass(), pass()];
    running.forEach((variable, i) => {
      const [first, second] = [once[i]!, twice[i]!];
      const squared = first.square().sum().dataSync()[0]!;
      const momentum = 2 - first.mul(second).sum().dataSync()[0]! / squared;
      // One that does not move is none of a batch's.
      variable.assign(squared > 0 ? first.div(momentum) : began[i]!);
    });
  });
}
