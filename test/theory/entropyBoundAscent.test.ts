import { describe, expect, it } from 'vitest';
import { logDeterminant } from '../../lib/engine/logDeterminant';
import { foldIn, key, normal } from '../../lib/engine/random';
import { symmetricEigen } from '../../lib/engine/symmetricEigen';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianEntropy } from '../../lib/information/jointGaussian';
import { sampleCovariance } from '../../lib/statistics/sampleCovariance';
import type { CovarianceBounds } from '../../lib/theory/covarianceBounds';
import { ascendEntropyBound, type EntropyBoundAscent } from '../../lib/theory/entropyBoundAscent';
import { expectNoLeak } from '../matchers';

const last = ({ rows }: EntropyBoundAscent) => rows.filter(({ step }) => step === rows.at(-1)!.step);
const first = ({ rows }: EntropyBoundAscent) => rows.filter(({ step }) => step === 0);
const matrices = (values: Float32Array, k: number) => tf.tensor3d(values, [values.length / k ** 2, k, k]);
const ball = { kind: 'mixture', components: 5, eigenvalues: [0.2, 1.5], centres: { ball: 2 } } as const;

describe('what the theorem rests on, over 500 random covariances', () => {
  const covariances = sampleCovariance(normal(key(1), [500, 12, 6]));
  const logarithms = logDeterminant(covariances).dataSync();
  const entries = covariances.arraySync() as number[][][];

  it('ln |Σ| ≤ Σ ln Σ_ii ≤ K ln (tr Σ / K), equal where Σ is diagonal, and isotropic', () => {
    entries.forEach((c, i) => {
      const diagonal = c.map((row, k) => row[k]!);
      const hadamard = diagonal.reduce((sum, v) => sum + Math.log(v), 0);
      expect(logarithms[i]!).toBeLessThan(hadamard);
      expect(hadamard).toBeLessThan(6 * Math.log(diagonal.reduce((a, b) => a + b) / 6));
    });
    const diagonal = tf.tensor1d([1, 2, 3]);
    expect(logDeterminant(tf.mul(tf.eye(3), diagonal))).toMatchNumbers([Math.log(6)]);
  });
});

describe('ascendEntropyBound, 200 random starts under each set of bounds', () => {
  const variances = [4, 2, 1, 0.5, 0.1];
  const sets: readonly [string, CovarianceBounds, number[]][] = [
    ['the unit diagonal', { kind: 'diagonal' }, [1, 1, 1, 1, 1]],
    ['an unequal diagonal', { kind: 'diagonal', variances }, variances],
    ['a trace of 10', { kind: 'trace', trace: 10 }, [2, 2, 2, 2, 2]],
    ['a mixture, centres in a ball', { ...ball, components: 6 }, [2.3, 2.3, 2.3, 2.3, 2.3]],
    ['more centres than it takes', { ...ball, components: 9 }, [2.3, 2.3, 2.3, 2.3, 2.3]],
  ];

  it.each(sets)('%s: every start ends at the diagonal covariance of the closed form', async (_, bounds, diagonal) => {
    const ascent = await ascendEntropyBound(bounds, { dimension: 5, starts: 200, steps: 150, every: 50, key: key(2) });
    const closed = gaussianEntropy(tf.mul(tf.eye(5), tf.tensor1d(diagonal)) as tf.Tensor2D).dataSync()[0]!;
    expect(ascent.maximum).toBeCloseTo(closed, 4);
    expect(Math.min(...first(ascent).map((row) => row.relativeFrobenius))).toBeGreaterThan(0.02);
    for (const row of last(ascent)) {
      expect(row.relativeFrobenius).toBeLessThan(0.01);
      expect(row.meanAbsoluteCorrelation).toBeLessThan(0.01);
      expect(Math.abs(row.entropyBound - closed)).toBeLessThan(1e-3);
    }
    const ends = matrices(ascent.covariances.at(-1)!.values, 5);
    const expected = tf.mul(tf.eye(5), tf.tensor1d(diagonal)).expandDims(0).tile([200, 1, 1]);
    expect(ends).toMatchNumbers(expected, { rtol: 0.02, atol: 0.02 });
  });

  it('never falls, and keeps the bounds at every step', async () => {
    const diagonal = await ascendEntropyBound(
      { kind: 'diagonal', variances },
      { dimension: 5, steps: 40, every: 1, key: key(3) },
    );
    for (const { values } of diagonal.covariances) {
      const own = matrices(values, 5)
        .arraySync()
        .map((c) => c.map((row, k) => row[k]!));
      for (const row of own) expect(row).toMatchNumbers(variances);
    }
    const mixture = await ascendEntropyBound(ball, { dimension: 4, starts: 50, steps: 40, every: 1, key: key(3) });
    for (const { rows, maximum } of [diagonal, mixture]) {
      const starts = first({ rows, covariances: [], maximum }).length;
      const falls = rows.slice(starts).filter((row, i) => row.entropyBound < rows[i]!.entropyBound);
      expect(falls).toEqual([]);
      for (const row of rows) expect(row.entropyBound).toBeLessThan(maximum! + 1e-4);
    }
  });

  it('measures what it says: the bound and the eigenvalues of the covariances it returns', async () => {
    const { rows, covariances } = await ascendEntropyBound(ball, {
      dimension: 4,
      starts: 3,
      steps: 7,
      every: 3,
      key: key(4),
    });
    expect(covariances.map(({ step }) => step)).toEqual([0, 3, 6, 7]);
    covariances.forEach(({ values }, at) => {
      tf.unstack(matrices(values, 4)).forEach((c, start) => {
        const row = rows[at * 3 + start]!;
        expect(row.start).toBe(start);
        expect(gaussianEntropy(c as tf.Tensor2D)).toMatchNumbers([row.entropyBound], { atol: 1e-4 });
        const eigenvalues = symmetricEigen(c).values.dataSync();
        expect([row.smallest, row.largest]).toMatchNumbers([eigenvalues[0]!, eigenvalues[3]!], { rtol: 1e-4 });
      });
    });
  });

  it('the same key gives the same bits, another key other starts', async () => {
    const run = (seed: number) =>
      ascendEntropyBound({ kind: 'trace' }, { dimension: 3, starts: 4, steps: 10, key: key(seed) });
    expect(await run(1)).toEqual(await run(1));
    expect((await run(1)).rows[0]!.entropyBound).not.toBe((await run(2)).rows[0]!.entropyBound);
  });
});

describe('bounds dropped', () => {
  const options = { dimension: 4, starts: 20, steps: 400, key: key(8) };

  it.each([
    [
      'all',
      { kind: 'none' },
      /no maximum under these bounds: after \d+ steps the largest eigenvalue is .* Bound the diagonal/,
    ],
    [
      'the greatest eigenvalue',
      { ...ball, eigenvalues: [0.1, Number.POSITIVE_INFINITY] },
      /no maximum .* Bound the eigenvalues from above/,
    ],
    [
      'the centres',
      { ...ball, centres: { ball: Number.POSITIVE_INFINITY } },
      /no maximum .* the centres \(ball or box\)/,
    ],
    ['one side of the box', { ...ball, centres: { box: [1, 1, 1, Number.POSITIVE_INFINITY] } }, /no maximum/],
    [
      'the least eigenvalue',
      { ...ball, eigenvalues: [0, 1], objective: 'information' },
      /singular, −ln \|Σ_i\| infinite.*a > 0/,
    ],
  ] as const)('%s: it says that there is no maximum, and why', async (_, bounds, message) => {
    await expectNoLeak(async () => {
      await expect(ascendEntropyBound(bounds, options)).rejects.toThrow(message);
    });
  });
});

describe('bad input', () => {
  const options = { dimension: 3, starts: 2, steps: 2, key: key(9) };
  it.each([
    [{ kind: 'diagonal', variances: [1, 2] }, {}, /expected one variance or 3 of them, got 2/],
    [{ kind: 'diagonal', variances: [1, 0, 1] }, {}, /variance to be positive and finite, got 0/],
    [{ kind: 'diagonal', variances: Number.NaN }, {}, /positive and finite, got NaN/],
    [
      { kind: 'trace', trace: Number.POSITIVE_INFINITY },
      {},
      /the trace to be positive and finite, got Infinity. Without that bound/,
    ],
    [{ ...ball, components: 1 }, {}, /at least 2 components, got 1/],
    [{ ...ball, eigenvalues: [2, 1] }, {}, /0 ≤ a ≤ b and b > 0, got \[2, 1\]/],
    [{ ...ball, eigenvalues: [Number.NaN, 1] }, {}, /got \[NaN, 1\]/],
    [{ ...ball, eigenvalues: [0, 1], objective: 'kl' }, {}, /a > 0 for 'kl', got a = 0/],
    [{ ...ball, centres: { ball: 0 } }, {}, /bounds to be above 0, got 0/],
    [{ ...ball, centres: { box: [1, 1] } }, {}, /one bound of the centres or 3, got 2/],
    [
      { ...ball, objective: 'mutual' as 'moment' },
      {},
      /objective 'moment', 'kl', 'bhattacharyya' or 'information', got "mutual"/,
    ],
    [{ kind: 'mixture', components: 5, eigenvalues: [1, 2] }, {}, /centres as \{ ball: r \}.*got undefined/],
    [{ ...ball, centres: null }, {}, /centres as .*got null/],
    [{ ...ball, centres: 2 }, {}, /centres as .*got 2/],
    [{ ...ball, centres: {} }, {}, /centres as .*got \{\}/],
    [{ ...ball, eigenvalues: undefined }, {}, /eigenvalues as \[a, b\], got undefined/],
    [{ ...ball, eigenvalues: 1 }, {}, /eigenvalues as \[a, b\], got 1/],
    [undefined, {}, /ascendEntropyBound: expected bounds of kind .*, got undefined/],
    [null, {}, /expected bounds of kind .*, got null/],
    [{ kind: 'variance' } as unknown as CovarianceBounds, {}, /kind 'diagonal', 'trace', 'mixture' or 'none'/],
    [{ kind: 'trace' }, { dimension: 1 }, /dimension to be a whole number of at least 2, got 1/],
    [{ kind: 'trace' }, { starts: 0 }, /starts to be a whole number of at least 1/],
    [{ kind: 'trace' }, { steps: 1.5 }, /steps to be a whole number/],
  ] as const)('%j %j', async (bounds, change, message) => {
    await expect(ascendEntropyBound(bounds as unknown as CovarianceBounds, { ...options, ...change })).rejects.toThrow(
      message,
    );
  });

  it('stops at a signal, tells of its progress, and leaves no tensor behind', async () => {
    const stop = new AbortController();
    const steps: number[] = [];
    const onProgress = (step: number) => {
      steps.push(step);
      if (step === 10) stop.abort(new Error('enough'));
    };
    await expectNoLeak(async () => {
      const work = ascendEntropyBound(ball, { ...options, steps: 100, onProgress, signal: stop.signal });
      await expect(work).rejects.toThrow('enough');
    });
    expect(steps).toEqual([0, 5, 10]);
    await expectNoLeak(() => ascendEntropyBound(ball, { ...options, key: foldIn(key(9), 1) }));
  });
});
