import { writeFileSync } from 'node:fs';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianMixture } from '../../lib/information/gaussianMixture';
import { fitMixture, type MixtureFit } from '../../lib/theory/mixtureFit/fitMixture';
import { type BenchLine, timedLine } from './benchLine';
import { numbers } from './numbers';
import type { Repeats } from './timed';

/** What covariances are fitted. */
export const fittedKinds = ['spherical', 'diagonal', 'full'] as const;
export type FittedKind = (typeof fittedKinds)[number];

/** How many points, centres and dimensions, and how many steps of EM. */
export interface MixtureFitSize {
  readonly points: number;
  readonly components: number;
  readonly dimension: number;
  readonly steps: number;
}

/** Points about standard normal centres, at distance 1 a dimension. */
function pointsOf({ points, components, dimension }: MixtureFitSize): tf.Tensor2D {
  return tf.tidy(() => {
    const centres = normal(key(1), [components, dimension]);
    const own = tf.range(0, points, 1, 'int32').mod(tf.scalar(components, 'int32')) as tf.Tensor1D;
    return normal(key(0), [points, dimension]).add<tf.Tensor2D>(centres.gather(own));
  });
}

/** The fit from the first points as centres, with deviations of 1. */
async function fitted(
  kind: FittedKind,
  points: tf.Tensor2D,
  { components, steps }: MixtureFitSize,
): Promise<MixtureFit> {
  const initial = tf.tidy(() => gaussianMixture({ means: points.slice([0, 0], [components, -1]), sigma: 1 }));
  try {
    return await fitMixture(points, { covariance: kind, initial, steps, tolerance: 0 });
  } finally {
    tf.dispose(initial);
  }
}

/** The milliseconds of a fit of so many steps. */
export async function* mixtureFitBench(
  kind: FittedKind,
  size: MixtureFitSize,
  { runs, warmUps }: Repeats,
): AsyncGenerator<BenchLine> {
  const points = pointsOf(size);
  const times: number[] = [];
  for (let run = -warmUps; run < runs; run++) {
    const start = performance.now();
    const { mixture } = await fitted(kind, points, size);
    if (run >= 0) times.push(performance.now() - start);
    tf.dispose(mixture);
  }
  points.dispose();
  yield timedLine(`mixtureFit/${kind}`, times, { steps: size.steps });
}

/** Writes points, start and what became of it as JSON, for `sklearnMixtureFit.py --check`. */
export async function writeMixtureFitValues(kind: FittedKind, size: MixtureFitSize, file: string): Promise<void> {
  const points = pointsOf(size);
  const { mixture, logLikelihoods } = await fitted(kind, points, size);
  const written = { kind, components: size.components, points: numbers(points), means: numbers(mixture.means) };
  writeFileSync(file, JSON.stringify({ ...written, logLikelihoods }));
  tf.dispose([points, mixture]);
}
