import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { alignment } from '../../lib/information/alignment';
import { logDet } from '../../lib/information/logDet';
import { type Divergence, pairDist } from '../../lib/information/pairDist';
import { rankMe } from '../../lib/information/rankMe';
import { uniformity } from '../../lib/information/uniformity';

interface Case {
  name: string;
  n: number;
  k: number;
  z: number[];
  other: number[];
  sigmas: number[];
  weights: number[];
  values: Record<string, number>;
}
const golden = JSON.parse(readFileSync(join(__dirname, '../golden/information.json'), 'utf8')) as { cases: Case[] };

test.each(golden.cases)('NumPy and SciPy, $name', ({ n, k, z, other, sigmas, weights, values }) => {
  const [x, y] = [tf.tensor2d(z, [n, k]), tf.tensor2d(other, [n, k])];
  const computed: Record<string, tf.Scalar> = {
    'logDet 1': logDet(x),
    'logDet 20': logDet(x, { beta: 20 }),
    'logDet uncentred': logDet(x, { beta: 0.5, centred: false }),
    rankMe: rankMe(x),
    'alignment 2': alignment(x, y),
    'alignment 1': alignment(x, y, { alpha: 1 }),
    'uniformity 2': uniformity(x),
    'uniformity 40': uniformity(x, { t: 40 }),
  };
  const divergences: Record<string, Divergence> = {
    kl: 'kl',
    bhattacharyya: 'bhattacharyya',
    'chernoff 0.3': { chernoff: 0.3 },
  };
  for (const [label, divergence] of Object.entries(divergences)) {
    computed[`pairDist ${label}`] = pairDist(x, { sigma: 0.7, divergence });
    computed[`pairDist weighted ${label}`] = pairDist(x, { sigma: 0.7, divergence, weights });
    computed[`pairDist own sigmas ${label}`] = pairDist(x, { sigma: sigmas, divergence, weights });
  }
  expect(Object.keys(computed).sort()).toEqual(Object.keys(values).sort());
  for (const [label, value] of Object.entries(values)) {
    expect(computed[label]!, label).toMatchNumbers([value], { rtol: 1e-5, atol: 3e-6 });
  }
  // The cheap way sees the same spectrum, where it does not fall far.
  expect(rankMe(x, { method: 'gram' })).toMatchNumbers([values.rankMe!], { rtol: 1e-3 });
});
