import { describe, expect, it } from 'vitest';
import { key } from '../../lib/engine/random';
import { mean } from '../../lib/statistics/summary';
import { type BoundTrial, type BoundTrials, boundTrials } from '../../lib/theory/generalization/boundTrials';
import { finiteWorld } from '../../lib/theory/generalization/finiteWorld';
import { expectNoLeak } from '../matchers';

const world = finiteWorld({ key: key(2) });
const over = ({ rows }: BoundTrials, value: (row: BoundTrial) => number) => mean(rows.map(value));

describe('boundTrials', () => {
  it('has the size and trend of theory.md’s example: risk about 0.3, a core above it, a bound that halves', async () => {
    const small = await boundTrials(world, { n: 50, m: 500, trials: 10, rademacherTrials: 5, key: key(1) });
    const large = await boundTrials(world, { n: 1000, m: 2000, trials: 10, rademacherTrials: 5, key: key(1) });
    for (const result of [small, large]) {
      expect(result.violations.violations.count).toBe(0);
      expect(result.coreViolations.violations.count).toBe(0);
      expect(over(result, (row) => row.risk)).toBeGreaterThan(0.2);
      expect(over(result, (row) => row.risk)).toBeLessThan(0.4);
    }
    const totals = [small, large].map((result) => over(result, (row) => row.bound.total));
    expect(totals[0]).toBeGreaterThan(8);
    expect(totals[0]).toBeLessThan(13);
    expect(totals[1]).toBeGreaterThan(0.4 * totals[0]!);
    expect(totals[1]).toBeLessThan(0.6 * totals[0]!);
    const cores = [small, large].map((result) => over(result, (row) => row.terms.core));
    expect(cores[0]).toBeLessThan(1.5);
    expect(cores[1]).toBeLessThan(cores[0]!);
    expect(cores[1]).toBeGreaterThan(0.8);
  });

  it('takes given constants, reports progress, gives the same bits for the same key and leaves no tensor', async () => {
    const options = { n: 20, m: 40, trials: 3, rademacherTrials: 2, key: key(3) };
    const first = await expectNoLeak(() => boundTrials(world, options));
    const seen: number[] = [];
    const onProgress = (trial: number, trials: number) => seen.push(trial, trials);
    expect(await boundTrials(world, { ...options, constants: first.constants, onProgress })).toEqual(first);
    expect(seen).toEqual([1, 3, 2, 3, 3, 3]);
  });

  it('stops when told, and refuses sizes that are none', async () => {
    const options = { n: 20, m: 40, trials: 3, rademacherTrials: 2, key: key(3) };
    const stopped = boundTrials(world, { ...options, signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
    await expect(boundTrials(world, { ...options, trials: 0 })).rejects.toThrow('boundTrials: expected trials');
    await expect(boundTrials(world, { ...options, n: 0 })).rejects.toThrow('sampleWorld: expected n');
    const tiny = boundTrials(world, { ...options, weightBound: 1e-6 });
    await expect(tiny).rejects.toThrow('take a larger B');
  });
});
