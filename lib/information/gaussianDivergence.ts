import { cholesky } from '../engine/cholesky';
import { diagonalPart, identityLike } from '../engine/matrix';
import { offTape, rematerialize } from '../engine/rematerialize';
import { tf } from '../engine/tensorflow';
import { solveTriangular } from '../engine/triangularSolve';
import { BLOCK, joined, parts } from './blocks';
import type { GaussianMixture } from './gaussianMixture';
import { type MahalanobisMethod, squaredMahalanobis } from './mahalanobis';
import type { Divergence } from './pairDist';
import { requireMixture } from './requireMixture';
import { scaleDivergence } from './scaleDivergence';
import { standardComponents } from './standardComponents';

/** α of −ln ∫ p^α q^{1−α}; undefined for KL. */
function chernoffAlpha(divergence: Divergence): number | undefined {
  if (divergence === 'kl') return undefined;
  return divergence === 'bhattacharyya' ? 0.5 : divergence.chernoff;
}

/** @throws If it is none of the divergences. */
export function requireDivergence(name: string, divergence: Divergence): void {
  const alpha = typeof divergence === 'object' ? divergence?.chernoff : 0.5;
  const known = divergence === 'kl' || divergence === 'bhattacharyya' || typeof divergence === 'object';
  if (known && alpha > 0 && alpha < 1) return;
  throw new Error(
    `${name}: expected the divergence 'kl', 'bhattacharyya' or { chernoff: a number between 0 and 1 }, got ${JSON.stringify(divergence)}`,
  );
}

/** Some components against all: their means and roots, and those of all. */
interface Pairs {
  readonly rows: tf.Tensor;
  readonly rowRoots: tf.Tensor | undefined;
  readonly means: tf.Tensor;
  readonly roots: tf.Tensor | undefined;
}

/** One covariance for all. */
function equal({ rows, means, roots }: Pairs, alpha: number | undefined, method: MahalanobisMethod): tf.Tensor {
  const factor = alpha === undefined ? 0.5 : (alpha * (1 - alpha)) / 2;
  return squaredMahalanobis(rows, means, roots, method).mul(factor);
}

function isotropic(pairs: Pairs, alpha: number | undefined, { byProducts }: MahalanobisMethod): tf.Tensor {
  const k = pairs.means.shape[1]!;
  const squares = squaredMahalanobis(pairs.rows, pairs.means, undefined, { kind: 'unit', byProducts });
  const shift = squares.div(pairs.roots!.square());
  const rowRoots = pairs.rowRoots!.expandDims(1);
  const shape = scaleDivergence(rowRoots, pairs.roots!, alpha).mul(k);
  if (alpha === undefined) return shift.add(shape).mul(0.5);
  const mixed = rowRoots
    .div(pairs.roots!)
    .square()
    .mul(1 - alpha)
    .add(alpha);
  return shift
    .div(mixed)
    .mul(alpha * (1 - alpha))
    .add(shape)
    .mul(0.5);
}

/**
 * Where no coordinate's largest deviation is this many times its smallest, KL is taken by way of the mean deviations.
 */
const ALIKE = 2;

/** Whether the rows of deviations [N, K] are alike, coordinate by coordinate. Reads one number back. */
function areAlike(roots: tf.Tensor): boolean {
  return offTape(() => roots.max(0).div(roots.min(0)).max().dataSync()[0]!) < ALIKE;
}

/**
 * Σ_k r − 1 − ln r of the ratios r of variances of all pairs, by a product of matrices. For `alike` ones, with s their
 * mean: what i is from s, plus what s is from j, plus Σ_k (σ_i²/s² − 1)(s²/σ_j² − 1): terms as small as the
 * divergences.
 */
function diagonalShapes(rowRoots: tf.Tensor, roots: tf.Tensor, alike: boolean): tf.Tensor {
  if (!alike) {
    const logs = rowRoots.log().sum(1, true).sub(roots.log().sum(1));
    const traces = tf.matMul(rowRoots.square(), roots.square().reciprocal(), false, true);
    return traces.sub(roots.shape[1]!).sub(logs.mul(2));
  }
  const mean = roots.mean(0);
  const excess = (a: tf.Tensor, b: tf.Tensor) => {
    const step = a.sub(b).div(b);
    return step.mul(step.add(2));
  };
  return tf
    .matMul(excess(rowRoots, mean), excess(mean, roots), false, true)
    .add(scaleDivergence(rowRoots, mean).sum(1, true))
    .add(scaleDivergence(mean, roots).sum(1));
}

function diagonal(pairs: Pairs, alpha: number | undefined, method: MahalanobisMethod, alike: boolean) {
  const { rows, rowRoots, means, roots } = pairs;
  if (alpha === undefined) {
    return squaredMahalanobis(rows, means, roots, method)
      .add(diagonalShapes(rowRoots!, roots!, alike))
      .mul(0.5);
  }
  const own = rowRoots!.expandDims(1);
  const mixed = own
    .div(roots!)
    .square()
    .mul(1 - alpha)
    .add(alpha);
  return rows
    .expandDims(1)
    .sub(means)
    .div(roots!)
    .square()
    .div(mixed)
    .mul(alpha * (1 - alpha))
    .add(scaleDivergence(own, roots!, alpha))
    .sum(2)
    .mul(0.5);
}

/**
 * All in the coordinates where the second Gaussian's covariance is I: there the first one's root is I + E, E = L_j⁻¹
 * (L_i − L_j).
 */
function full({ rows, rowRoots, means, roots }: Pairs, alpha: number | undefined): tf.Tensor {
  const [n, k] = means.shape as [number, number];
  const count = rows.shape[0]!;
  const inverses = solveTriangular(roots!, identityLike(roots!));
  const shift = tf.matMul(inverses, rows.transpose().expandDims(0).sub(means.expandDims(2)));
  const side = rowRoots!.transpose([1, 0, 2]).sub(roots!.expandDims(2));
  const e = tf.matMul(inverses, side.reshape([n, k, count * k])).reshape([n, k, count, k]);
  const diagonals = [diagonalPart(rowRoots!).expandDims(1), diagonalPart(roots!)] as const;
  if (alpha === undefined) {
    const below = tf.range(0, k).expandDims(1).greater(tf.range(0, k)).toFloat().reshape([k, 1, k]);
    const squares = shift
      .square()
      .sum(1)
      .add(e.mul(below).square().sum([1, 3]));
    return squares
      .transpose()
      .add(scaleDivergence(...diagonals).sum(2))
      .mul(0.5);
  }
  const logs = diagonals[0].div(diagonals[1]).log().sum(2);
  const m = e
    .transpose([2, 0, 1, 3])
    .reshape([count * n, k, k])
    .add(tf.eye(k));
  const mixed = tf
    .matMul(m, m, false, true)
    .mul(1 - alpha)
    .add(identityLike(m).mul(alpha));
  const factor = cholesky(mixed);
  const white = solveTriangular(factor, shift.transpose([2, 0, 1]).reshape([count * n, k, 1]));
  const quadratic = white
    .square()
    .sum([1, 2])
    .mul((alpha * (1 - alpha)) / 2);
  return quadratic
    .add(diagonalPart(factor).log().sum(1))
    .reshape([count, n])
    .sub(logs.mul(1 - alpha));
}

/** Numbers a pair takes, of the largest tensors on the way. */
function numbersPerPair(
  shared: boolean,
  kind: string,
  k: number,
  alpha: number | undefined,
  byProducts: boolean,
): number {
  if (shared) return byProducts ? 1 : k;
  if (kind === 'full') return k ** 2;
  if (kind === 'diagonal' && alpha !== undefined) return k;
  return byProducts ? 1 : k;
}

/**
 * `summarize` of the divergences D(p_i, p_j) of some rows i and all j, [rows, N], block by block, joined along the
 * rows. A gradient in progress computes each block again in place of keeping it. To be called inside a tidy.
 */
export function overDivergences(
  mixture: GaussianMixture,
  divergence: Divergence,
  summarize: (block: tf.Tensor, ...parameters: tf.Tensor[]) => tf.Tensor,
  ...parameters: tf.Tensor[]
): tf.Tensor {
  const { means, root, shared, method } = standardComponents(mixture, mixture.means);
  const { kind } = mixture.covariance;
  const [n, k] = means.shape;
  const alpha = chernoffAlpha(divergence);
  const alike = kind === 'diagonal' && !shared && alpha === undefined && areAlike(root!);
  const own = root ? (shared ? 1 : 2) : 0;
  const block = (...inputs: tf.Tensor[]) => {
    const [rows, all, ...rest] = inputs as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
    const pairs = { rows, means: all, roots: root && rest[0], rowRoots: shared ? undefined : rest[1] };
    const forms = { isotropic, diagonal, full };
    return summarize((shared ? equal : forms[kind])(pairs, alpha, method, alike), ...rest.slice(own));
  };
  const size = Math.max(1, Math.floor(BLOCK / (n * numbersPerPair(shared, kind, k, alpha, method.byProducts))));
  const rowRoots = shared ? [] : parts(root!, size);
  const blocks = parts(means, size).map((rows, i) =>
    rematerialize(block, rows, means, ...(root ? [root] : []), ...(shared ? [] : [rowRoots[i]!]), ...parameters),
  );
  return joined(blocks);
}

/**
 * The divergences D(p_i, p_j) of all pairs of a mixture's components, [N, N], in nats: at least 0 up to rounding, 0 for
 * i = j. With Δ = μ_i − μ_j (Kolchinsky & Tracey 2017, arXiv 1706.02419, gives these closed forms for Gaussians):
 * - `kl`: ½ [Δᵀ Σ_j⁻¹ Δ + tr(Σ_j⁻¹ Σ_i) − K + ln |Σ_j| / |Σ_i|], which is not symmetric;
 * - Chernoff α, −ln ∫ p_i^α p_j^{1−α}: ½ α (1 − α) Δᵀ Σ_α⁻¹ Δ + ½ ln (|Σ_α| / |Σ_i|^{1−α} |Σ_j|^α), Σ_α = (1 − α) Σ_i +
 *   α Σ_j; `bhattacharyya` is α = ½.
 *
 * Float32: distances of means as `logDensity`'s, some 1e-6 K at the most; the covariances' part to some 1e-5 of itself
 * also where they are nearly equal, save for two: KL of `diagonal` ones of which a coordinate's deviations differ
 * twofold or more, and Chernoff of `full` ones, which are good to some 1e-6 K. Differentiable any number of times in
 * means and covariances. `full` covariances of their own: N² K³ operations; `diagonal` ones: N² K (matrix products for
 * KL).
 *
 * @param mixture N components.
 * @param divergence Which of them.
 * @throws If it is none of these divergences or a covariance is singular.
 * @example
 * const mixture = gaussianMixture({ means: [[0], [2]], sigma: 1 });
 * // d²/2σ² and d²/8σ² for d = 2.
 * gaussianDivergences(mixture, 'kl'); // [[0, 2], [2, 0]]
 * gaussianDivergences(mixture, 'bhattacharyya'); // [[0, 0.5], [0.5, 0]]
 */
export function gaussianDivergences(mixture: GaussianMixture, divergence: Divergence): tf.Tensor2D {
  requireDivergence('gaussianDivergences', divergence);
  requireMixture('gaussianDivergences', mixture);
  return tf.tidy(() => overDivergences(mixture, divergence, (block) => block) as tf.Tensor2D);
}
