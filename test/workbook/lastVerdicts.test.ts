import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../lib/datasets/projectRoot';
import { lastVerdicts } from '../../lib/workbook/lastVerdicts';

test('a notebook that was not run here has the verdicts it is committed with, at their scale alone', () => {
  const notebooks = readdirSync(join(projectRoot(), 'notebooks')).filter((file) => /^0[1-9].*\.ipynb$/.test(file));
  const named = new Set(lastVerdicts('quick').map(({ notebook }) => `${notebook}.ipynb`));
  expect([...named].sort()).toEqual(notebooks.sort());
  for (const scale of ['smoke', 'quick', 'paper'] as const) {
    for (const { verdict } of lastVerdicts(scale)) expect(verdict.scale).toBe(scale);
  }
});
