import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { kernelDensity } from '../../lib/information/kernelDensity';
import { kozachenkoLeonenko } from '../../lib/information/kozachenkoLeonenko';
import { momentBound } from '../../lib/information/momentBound';

interface Case {
  name: string;
  n: number;
  k: number;
  z: number[];
  values: Record<string, number>;
}
const golden = JSON.parse(readFileSync(join(__dirname, '../golden/entropies.json'), 'utf8')) as { cases: Case[] };

test.each(golden.cases)('SciPy and scikit-learn, $name', ({ n, k, z, values }) => {
  const x = tf.tensor2d(z, [n, k]);
  const computed: Record<string, tf.Scalar> = {};
  if ('momentBound' in values) computed.momentBound = momentBound(x);
  for (const own of [1, 3, 5]) computed[`kozachenkoLeonenko ${own}`] = kozachenkoLeonenko(x, { k: own });
  for (const bandwidth of [0.4, 'scott', 'silverman'] as const) {
    computed[`kernelDensity ${bandwidth}`] = kernelDensity(x, { bandwidth });
    computed[`kernelDensity all ${bandwidth}`] = kernelDensity(x, { bandwidth, leaveOneOut: false });
  }
  expect(Object.keys(computed).sort()).toEqual(Object.keys(values).sort());
  for (const [label, value] of Object.entries(values)) {
    expect(computed[label]!, label).toMatchNumbers([value], { rtol: 1e-5, atol: 1e-5 });
  }
});
