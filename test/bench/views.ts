import { channelStatistics } from '../../lib/datasets/channelStatistics';
import { batch, type Dataset } from '../../lib/datasets/dataset';
import { foldIn, key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type Recipe, recipes, twoViews } from '../../lib/views/recipe';
import { type BenchLine, median, rounded, timedLine } from './benchLine';
import { type Repeats, timed } from './timed';
import { vicregStep } from './trainingStep';

/**
 * Both views of `size` images by each recipe, and by turns with them one training step at this width on as many: `times_training`
 * is how many times faster views are made than they are trained on (the medians of both).
 *
 * @throws After the lines, if a recipe's `times_training` is below `least`, default 3.
 */
export function* views(
  dataset: Dataset,
  { width = 16, size = 128, least = 3 }: { readonly width?: number; readonly size?: number; readonly least?: number },
  repeats: Repeats,
): Generator<BenchLine> {
  const statistics = channelStatistics(dataset);
  const images = batch(
    dataset,
    Int32Array.from({ length: size }, (_, i) => i),
  );
  let made = 0;
  const make = (recipe: Recipe) => () => {
    const both = twoViews(recipe, foldIn(key(0), made++), images, statistics);
    both[1].dataSync();
    tf.dispose(both);
  };
  const step = vicregStep(dataset, { width, size });
  const makers = Object.fromEntries(Object.entries(recipes).map(([name, recipe]) => [name, make(recipe)]));
  const times = timed<string>({ ...makers, step: step.take }, repeats);
  step.dispose();
  images.dispose();
  const training = median(times.step!);
  const slow: string[] = [];
  for (const name of Object.keys(recipes)) {
    const ratio = training / median(times[name]!);
    if (!(ratio >= least)) slow.push(`${name} at ${ratio.toFixed(2)}`);
    yield timedLine(`views/${name}`, times[name]!, { images: 2 * size, times_training: rounded(ratio) });
  }
  if (slow.length === 0) return;
  throw new Error(
    `views: expected each recipe's views at least ${least} times as fast as training at width ${width}, got ${slow.join(', ')}`,
  );
}
