import { describe, expect, it } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { noiseCovariance } from '../../lib/theory/noiseCovariance';
import { expectNoLeak } from '../matchers';
import { affine, dense, randomLayers } from './networks';

const options = { sigmas: [0.1, 2], samples: 4000, key: key(1) };

describe('noiseCovariance', () => {
  it('of an affine network is that of A Aᵀ at every sigma and input: [[5, 2], [2, 2]]', async () => {
    const network = affine(
      [
        [1, 2, 0],
        [0, 1, -1],
      ],
      [3, -1],
    );
    const rows = await noiseCovariance(
      [network],
      tf.tensor2d([
        [1, 2, 3],
        [0, 0, 9],
      ]),
      options,
    );
    expect(rows.map(({ point, sigma, stage }) => [point, sigma, stage])).toEqual(
      [
        [0, 0.1],
        [0, 2],
        [1, 0.1],
        [1, 2],
      ].map((place) => [...place, 'affine']),
    );
    for (const row of rows) {
      expect(row.relativeFrobenius).toBeCloseTo(Math.sqrt(8 / 29), 1);
      expect(row.meanAbsoluteCorrelation).toBeCloseTo(2 / Math.sqrt(10), 1);
      expect(row.independentFrobenius).toBeCloseTo(Math.sqrt(20 / 29 / 3999), 3);
    }
  });

  it('of independent outputs lies at the null, for few copies too', async () => {
    const scale = affine(
      [
        [3, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 0.5],
      ],
      [0, 0, 0, 0],
    );
    const rows = await noiseCovariance([scale], tf.zeros([150, 4]), { ...options, sigmas: [1], samples: 20 });
    const sum = (f: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + f(row), 0);
    const squares = sum((row) => row.relativeFrobenius ** 2) / sum((row) => row.independentFrobenius ** 2);
    const correlations = sum((row) => row.meanAbsoluteCorrelation) / sum((row) => row.independentCorrelation);
    expect([squares, correlations]).toMatchNumbers([1, 1], { rtol: 0.2 });
  });

  it('feeds each stage with the outputs of the one before, and measures each on few coordinates, the same for all inputs', async () => {
    const first = { ...dense(randomLayers(key(2), [3, 6])), name: 'features' };
    const second = { ...dense(randomLayers(key(3), [6, 40])), name: 'embeddings' };
    const whole = { ...first, name: 'both', apply: (x: tf.Tensor) => tf.tidy(() => second.apply(first.apply(x))) };
    const x = normal(key(4), [2, 3]);
    const staged = await noiseCovariance([first, second], x, { ...options, coordinates: 40 });
    const once = await noiseCovariance([whole], x, { ...options, coordinates: 40 });
    expect(staged.map(({ stage }) => stage).slice(0, 3)).toEqual(['features', 'embeddings', 'features']);
    const of = (stage: string, rows: typeof staged) =>
      rows.filter((row) => row.stage === stage).map((row) => row.relativeFrobenius);
    expect(of('embeddings', staged)).toMatchNumbers(of('both', once), { rtol: 1e-3 });
    const few = await noiseCovariance([first, second], x, { ...options, coordinates: 8 });
    expect(of('features', few)).toMatchNumbers(of('features', staged));
    expect(of('embeddings', few)[0]!).toBeLessThan(of('embeddings', staged)[0]!);
  });

  it('measures the outputs whose indices are given', async () => {
    const network = affine(
      [
        [1, 1, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
      [0, 0, 0],
    );
    const of = async (indices: readonly number[]) => {
      const [row] = await noiseCovariance([network], tf.zeros([1, 3]), { ...options, coordinates: [indices] });
      return row!.meanAbsoluteCorrelation;
    };
    expect([await of([0, 1]), await of([2, 0])]).toMatchNumbers([1, 0], { atol: 0.05 });
    await expect(of([0, 3])).rejects.toThrow(/2 different coordinates of 'affine', each of 0 to 2, got \[0, 3\]/);
    await expect(of([1, 1])).rejects.toThrow(/different/);
    await expect(
      noiseCovariance([network], tf.zeros([1, 3]), {
        ...options,
        coordinates: [
          [0, 1],
          [0, 1],
        ],
      }),
    ).rejects.toThrow(/each of 1 stages, got 2/);
  });

  it('gives NaN where nothing varies, and says what is wrong', async () => {
    const dead = affine(
      [
        [0, 0],
        [0, 0],
      ],
      [1, 2],
    );
    const [row] = await noiseCovariance([dead], tf.zeros([1, 2]), { ...options, sigmas: [1], samples: 3 });
    expect([row!.relativeFrobenius, row!.meanAbsoluteCorrelation]).toEqual([Number.NaN, Number.NaN]);
    const x = tf.zeros([1, 2]);
    await expect(noiseCovariance([], x, options)).rejects.toThrow(/at least one stage/);
    await expect(noiseCovariance([dead], tf.zeros([1, 3]), options)).rejects.toThrow(/shape \[N, 2\]/);
    await expect(noiseCovariance([dead], x, { ...options, samples: 1 })).rejects.toThrow(
      /samples .* at least 2, got 1/,
    );
    await expect(noiseCovariance([dead], x, { ...options, sigmas: [0] })).rejects.toThrow(/sigma > 0/);
    await expect(noiseCovariance([dead], x, { ...options, coordinates: 1 })).rejects.toThrow(/coordinates/);
    await expect(noiseCovariance([dead], tf.tensor2d([[Number.NaN, 0]]), options)).rejects.toThrow(/finite/);
  });

  it('leaves no tensor behind, also when it is stopped', async () => {
    const network = affine(
      [
        [1, 0],
        [1, 1],
      ],
      [0, 0],
    );
    const x = tf.zeros([2, 2]);
    await expectNoLeak(() => noiseCovariance([network, network], x, { ...options, samples: 10 }));
    const stop = new AbortController();
    const onProgress = (done: number) => done === 2 && stop.abort(new Error('enough'));
    await expectNoLeak(() =>
      expect(noiseCovariance([network], x, { ...options, onProgress, signal: stop.signal })).rejects.toThrow('enough'),
    );
  });
});
