import { describe, expect, it } from 'vitest';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { isotropicEntropy } from '../../lib/information/pairDist';
import { ascendEntropyBound, type EntropyBoundAscent } from '../../lib/theory/entropyBoundAscent';
import { mixtureProblem } from '../../lib/theory/mixtureBounds';

const last = ({ rows }: EntropyBoundAscent) => rows.filter(({ step }) => step === rows.at(-1)!.step);
const first = ({ rows }: EntropyBoundAscent) => rows.filter(({ step }) => step === 0);
const ball = { kind: 'mixture', components: 5, eigenvalues: [0.2, 1.5], centres: { ball: 2 } } as const;

describe('a mixture', () => {
  const options = { dimension: 4, starts: 40, steps: 150, every: 150 };

  it('of too few centres reaches its maximum without being diagonal: isotropic only on the span of the centres', async () => {
    const ascent = await ascendEntropyBound({ ...ball, components: 3 }, { ...options, key: key(5) });
    for (const row of last(ascent)) {
      expect(row.entropyBound).toBeCloseTo(ascent.maximum!, 3);
      // b, and b + r² / (N − 1).
      expect([row.smallest, row.largest]).toMatchNumbers([1.5, 3.5], { rtol: 1e-3 });
    }
    const share = last(ascent).filter((row) => row.relativeFrobenius > 0.05).length / 40;
    expect(share).toBeGreaterThan(0.9);
  });

  it.each([
    [3, 5],
    [5, 7],
  ])(
    'in %i dimensions, of %i centres is not isotropic: two simplices, and no closed form',
    async (dimension, components) => {
      const ascent = await ascendEntropyBound(
        { ...ball, components },
        { ...options, dimension, starts: 20, steps: 300, key: key(11) },
      );
      expect(ascent.maximum).toBeNull();
      // A simplex of m of N centres on the sphere: variance m r² / (m − 1) N along each of its m − 1 directions.
      const simplex = (m: number) => Array.from({ length: m - 1 }, () => 1.5 + (4 * m) / ((m - 1) * components));
      const eigenvalues = [...simplex((dimension + 3) / 2), ...simplex((dimension + 1) / 2)];
      const reached = isotropicEntropy(dimension, 1) + eigenvalues.reduce((sum, v) => sum + Math.log(v), 0) / 2;
      const isotropic = isotropicEntropy(dimension, 1) + (dimension / 2) * Math.log(1.5 + 4 / dimension);
      const best = Math.max(...last(ascent).map((row) => row.entropyBound));
      expect(best).toBeCloseTo(reached, 4);
      expect(isotropic - best).toBeGreaterThan(4e-4);
      for (const row of last(ascent)) expect(row.largest / row.smallest).toBeGreaterThan(1.03);
      expect(last(ascent).filter((row) => row.relativeFrobenius > 0.01).length).toBeGreaterThan(15);
    },
  );

  it.each([
    [4, 6],
    [3, 6],
  ])('in %i dimensions, of %i centres reaches the isotropic maximum', async (dimension, components) => {
    const ascent = await ascendEntropyBound(
      { ...ball, components },
      { ...options, dimension, starts: 20, key: key(11) },
    );
    const best = last(ascent).reduce((a, c) => (c.entropyBound > a.entropyBound ? c : a));
    expect(best.entropyBound).toBeCloseTo(ascent.maximum!, 4);
    expect(best.relativeFrobenius).toBeLessThan(0.003);
  });

  it('in a box stays below the bound of the closed form, which balanced orthogonal columns reach', async () => {
    const box = [2, 1, 1];
    const bounds = { kind: 'mixture', components: 4, eigenvalues: [0.1, 1], centres: { box } } as const;
    const ascent = await ascendEntropyBound(bounds, { ...options, dimension: 3, key: key(6) });
    const hadamard = [
      [1, 1, 1],
      [1, -1, -1],
      [-1, 1, -1],
      [-1, -1, 1],
    ];
    const problem = mixtureProblem('test', bounds, 3);
    const best = problem.value([tf.eye(3).tile([4, 1]).reshape([1, 4, 3, 3]), tf.mul(hadamard, box).expandDims(0)]);
    expect(best).toMatchNumbers([ascent.maximum!], { rtol: 1e-5 });
    for (const row of last(ascent)) expect(row.entropyBound).toBeLessThan(ascent.maximum! + 1e-4);
  });

  it('has its covariances at the least eigenvalue where the whole objective is maximised, and still a diagonal Σ_Z', async () => {
    const ascent = await ascendEntropyBound({ ...ball, objective: 'information' }, { ...options, key: key(7) });
    for (const row of last(ascent)) {
      expect(row.entropyBound).toBeCloseTo(ascent.maximum!, 3);
      expect([row.smallest, row.largest]).toMatchNumbers([1.2, 1.2], { rtol: 1e-3 });
      expect(row.relativeFrobenius).toBeLessThan(0.01);
    }
  });

  it('has no closed maximum of the whole objective where one wide component exceeds that of all narrow ones', async () => {
    const bounds = { components: 10, eigenvalues: [1, 1e4], centres: { ball: 0.1 }, objective: 'information' } as const;
    const problem = mixtureProblem('test', { kind: 'mixture', ...bounds }, 2);
    const scales = tf.tensor1d([1e4, 1, 1, 1, 1, 1, 1, 1, 1, 1]).reshape([1, 10, 1, 1]);
    const wide = problem.value([scales.mul(tf.eye(2)), tf.zeros([1, 10, 2])]);
    // ln 2πe + ln 1000.9 − (2 / 10) ln 1e4, against ln 2πe + ln 1.005.
    expect(wide).toMatchNumbers([7.9045], { atol: 1e-3 });
    expect(wide.dataSync()[0]!).toBeGreaterThan(isotropicEntropy(2, 1) + Math.log(1.005) + 5);
    expect(problem.maximum).toBeNull();
  });

  it.each([
    ['a ball', 4, { ball: 0.4 }],
    ['a ball, few centres', 3, { ball: 0.4 }],
    ['a box', 4, { box: [0.2, 0.3, 0.5] }],
  ] as const)('%s: no mixture exceeds the whole objective’s maximum where one is given', (_, components, centres) => {
    const given = (b: number) => {
      const bounds = { kind: 'mixture', components, eigenvalues: [1, b], centres, objective: 'information' } as const;
      return mixtureProblem('test', bounds, 3);
    };
    const ratios = [1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 10, 100];
    const ends = ratios.filter((b) => given(b).maximum !== null);
    expect(ends.slice(0, 6)).toEqual([1, 1.5, 2, 2.5, 3, 3.5]);
    expect(ends).not.toContain(10);
    for (const b of ends) {
      const problem = given(b);
      const [own, places] = problem.initial(key(12), 300) as [tf.Tensor, tf.Tensor];
      // Random covariances, one wide component, all wide; about random centres and about one.
      const wide = tf.eye(3).mul(b).reshape([1, 1, 3, 3]).tile([300, 1, 1, 1]);
      const narrow = tf
        .eye(3)
        .reshape([1, 1, 3, 3])
        .tile([300, components - 1, 1, 1]);
      const mixtures = [own, tf.concat([wide, narrow], 1), wide.tile([1, components, 1, 1])];
      for (const covariances of mixtures) {
        for (const at of [places, places.mul(0)]) {
          const most = problem.value([covariances, at]).max().dataSync()[0]!;
          expect(most).toBeLessThan(problem.maximum! + 1e-4);
        }
      }
    }
  });

  it.each(['kl', 'bhattacharyya'] as const)(
    'goes diagonal by PairDist’s bound (%s) too, which sees its components',
    async (objective) => {
      const bounds = { ...ball, components: 4, centres: { ball: 1.5 }, objective };
      const ascent = await ascendEntropyBound(bounds, {
        dimension: 3,
        starts: 5,
        steps: 100,
        every: 100,
        key: key(10),
      });
      expect(ascent.maximum).toBeNull();
      expect(Math.min(...first(ascent).map((row) => row.relativeFrobenius))).toBeGreaterThan(0.02);
      for (const row of last(ascent)) {
        expect(row.relativeFrobenius).toBeLessThan(0.02);
        // Components at the greatest eigenvalue, centres on a regular simplex: b + r² / K.
        expect([row.smallest, row.largest]).toMatchNumbers([2.25, 2.25], { rtol: 0.02 });
      }
    },
  );

  it('has the total covariance of its parts, by samples', () => {
    const problem = mixtureProblem('test', ball, 2);
    const own = tf.tensor4d([
      [
        [
          [1, 0.5],
          [0.5, 1],
        ],
        [
          [2, 0],
          [0, 1],
        ],
      ],
    ]);
    const centres = tf.tensor3d([
      [
        [1, 0],
        [-1, 2],
      ],
    ]);
    // Means of the parts: [[1.5, .25], [.25, 1]]; of the centres, ±(1, −1): [[1, −1], [−1, 1]].
    expect(problem.covariance([own, centres])).toMatchNumbers(
      tf.tensor3d([
        [
          [2.5, -0.75],
          [-0.75, 2],
        ],
      ]),
    );
  });

  it('projects into its bounds, and leaves what is inside as it is', () => {
    const problem = mixtureProblem('test', { ...ball, components: 2 }, 2);
    const own = tf.tensor4d([
      [
        [
          [3, 0],
          [0, 0.1],
        ],
        [
          [1, 0.2],
          [0.2, 1],
        ],
      ],
    ]);
    const [clipped, moved] = problem.project([
      own,
      tf.tensor3d([
        [
          [3, 4],
          [0.5, -0.5],
        ],
      ]),
    ]);
    expect(clipped).toMatchNumbers(
      tf.tensor4d([
        [
          [
            [1.5, 0],
            [0, 0.2],
          ],
          [
            [1, 0.2],
            [0.2, 1],
          ],
        ],
      ]),
    );
    expect(moved).toMatchNumbers(
      tf.tensor3d([
        [
          [1.2, 1.6],
          [0.5, -0.5],
        ],
      ]),
    );
  });
});
