import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianConditional } from '../../lib/information/conditional';
import { expectedLogConditional, gaussianEntropy, trueConditional } from '../../lib/information/jointGaussian';
import { gaussianMutualInformation } from '../../lib/information/mutualInformation';

interface Golden {
  name: string;
  split: number;
  size: number;
  mean: number[];
  covariance: number[];
  q: { map: number[]; offset: number[]; covariance: number[] };
  samples: { count: number; z: number[]; x: number[] };
  values: { information: number; entropy: number; expected: number; atTruth: number };
  logs: number[];
}
const golden = JSON.parse(readFileSync(join(__dirname, '../golden/mutualInformation.json'), 'utf8')) as {
  cases: Golden[];
};

test.each(golden.cases)('NumPy and SciPy, $name', ({ split: k, size, mean, covariance, q, samples, values, logs }) => {
  const joint = { covariance: tf.tensor2d(covariance, [size, size]), split: k, mean: tf.tensor1d(mean) };
  const wrong = {
    map: tf.tensor2d(q.map, [k, size - k]),
    offset: tf.tensor1d(q.offset),
    covariance: tf.tensor2d(q.covariance, [k, k]),
  };
  const close = { rtol: 1e-5, atol: 3e-5 };
  expect(gaussianMutualInformation(joint.covariance, k)).toMatchNumbers([values.information], close);
  expect(gaussianEntropy(joint.covariance.slice([0, 0], [k, k]))).toMatchNumbers([values.entropy], close);
  expect(expectedLogConditional(joint, wrong)).toMatchNumbers([values.expected], close);
  expect(expectedLogConditional(joint, trueConditional(joint))).toMatchNumbers([values.atTruth], close);
  const [z, x] = [tf.tensor2d(samples.z, [samples.count, k]), tf.tensor2d(samples.x, [samples.count, size - k])];
  expect(gaussianConditional(z, x, wrong)).toMatchNumbers(logs, { rtol: 1e-5, atol: 1e-4 });
});
