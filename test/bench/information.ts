import { writeFileSync } from 'node:fs';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { logDet } from '../../lib/information/logDet';
import { pairDist } from '../../lib/information/pairDist';
import { type BenchLine, rounded, timedLine } from './benchLine';
import { numbers } from './numbers';
import { type Repeats, timed } from './timed';

/** How many embeddings of how many dimensions, and pairDist's sigma or logDet's beta. */
export interface EmbeddingsSize {
  readonly rows: number;
  readonly dimension: number;
  readonly setting: number;
}

interface Result {
  readonly value: tf.Scalar;
  readonly gradient?: tf.Tensor;
}

function both(f: (z: tf.Tensor) => tf.Scalar, z: tf.Tensor): Result {
  const { value, grad } = tf.valueAndGrad(f)(z);
  return { value: value as tf.Scalar, gradient: grad };
}

/** What is timed, by name: value, or value and gradient. */
export const estimators = {
  pairDist: (z, sigma) => ({ value: pairDist(z, { sigma }) }),
  pairDistGradient: (z, sigma) => both((x) => pairDist(x, { sigma }), z),
  logDet: (z, beta) => ({ value: logDet(z, { beta }) }),
  logDetGradient: (z, beta) => both((x) => logDet(x, { beta }), z),
} satisfies Record<string, (z: tf.Tensor, setting: number) => Result>;

export type EstimatorName = keyof typeof estimators;

function estimate(name: EstimatorName, z: tf.Tensor, setting: number): Result {
  const own: (z: tf.Tensor, setting: number) => Result = estimators[name];
  return own(z, setting);
}

/** The milliseconds of an estimator on normal embeddings. */
export function informationBench(
  name: EstimatorName,
  { rows, dimension, setting }: EmbeddingsSize,
  repeats: Repeats,
): BenchLine[] {
  const z = normal(key(0), [rows, dimension]);
  const work = () =>
    tf.tidy(() => {
      const { value, gradient } = estimate(name, z, setting);
      value.dataSync();
      // One number, so that a GPU has to be done.
      gradient?.slice([0, 0], [1, 1]).dataSync();
    });
  const { times } = timed({ times: work }, repeats);
  z.dispose();
  return [timedLine(`information/${name}`, times)];
}

/** Writes embeddings and what the estimator makes of them as JSON, for `numpyInformation.py --check`. */
export function writeInformationValues(
  name: EstimatorName,
  { rows, dimension, setting }: EmbeddingsSize,
  file: string,
): void {
  tf.tidy(() => {
    const z = normal(key(0), [rows, dimension]);
    const { value, gradient } = estimate(name, z, setting);
    const written = { estimator: name, setting, z: numbers(z), value: value.dataSync()[0] };
    writeFileSync(file, JSON.stringify({ ...written, ...(gradient ? { gradient: numbers(gradient) } : {}) }));
  });
}

/**
 * One run on many embeddings, and the process's peak resident memory. They are joined from parts, so that making them does
 * not count.
 *
 * @throws After its line, if the peak is above `most` megabytes.
 */
export function* informationMemory(
  name: EstimatorName,
  { rows, dimension, setting }: EmbeddingsSize,
  most: number,
): Generator<BenchLine> {
  const z = tf.tidy(() => {
    const size = Math.ceil(rows / 10);
    const parts = Array.from({ length: Math.ceil(rows / size) }, (_, i) => Math.min(size, rows - i * size));
    return tf.concat(parts.map((count, i) => normal(key(i), [count, dimension])));
  });
  const start = performance.now();
  const { value, gradient } = estimate(name, z, setting);
  const seconds = (performance.now() - start) / 1000;
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  const line = `information/${rows}/${name}`;
  const found = value.dataSync()[0]!;
  tf.dispose([z, value, ...(gradient ? [gradient] : [])]);
  yield { name: line, rows, dimension, value: found, seconds: rounded(seconds), peak_rss_mb: peak };
  if (peak > most) throw new Error(`${line}: expected at most ${most} MB of resident memory, got ${peak}`);
}
