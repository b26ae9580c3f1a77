import { cholesky } from '../engine/cholesky';
import { diagonalPart, identityLike } from '../engine/matrix';
import { rematerialize } from '../engine/rematerialize';
import { tf } from '../engine/tensorflow';
import { solveTriangular } from '../engine/triangularSolve';
import { BLOCK, joined, parts } from './blocks';
import type { GaussianMixture } from './gaussianMixture';
import { type MahalanobisMethod, mahalanobisMethod, squaredMahalanobis } from './mahalanobis';
import type { Divergence } from './pairDist';
import { requireMixture } from './requireMixture';
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

/** One covariance for all, I here. */
function shared({ rows, means }: Pairs, alpha: number | undefined, method: MahalanobisMethod): tf.Tensor {
  const factor = alpha === undefined ? 0.5 : (alpha * (1 - alpha)) / 2;
  return squaredMahalanobis(rows, means, undefined, method).mul(factor);
}

function isotropic(pairs: Pairs, alpha: number | undefined, { byProducts }: MahalanobisMethod): tf.Tensor {
  const k = pairs.means.shape[1]!;
  const squares = squaredMahalanobis(pairs.rows, pairs.means, undefined, { kind: 'unit', byProducts });
  const own = pairs.roots!.square();
  const ratio = pairs.rowRoots!.expandDims(1).div(pairs.roots!).square();
  const shift = squares.div(own);
  if (alpha === undefined) return shift.add(ratio.sub(1).sub(ratio.log()).mul(k)).mul(0.5);
  const mixed = ratio.mul(1 - alpha).add(alpha);
  const shape = mixed.log().sub(ratio.log().mul(1 - alpha));
  return shift
    .div(mixed)
    .mul(alpha * (1 - alpha))
    .add(shape.mul(k))
    .mul(0.5);
}

function diagonal({ rows, rowRoots, means, roots }: Pairs, alpha: number | undefined, method: MahalanobisMethod) {
  if (alpha === undefined) {
    const traces = tf.matMul(rowRoots!.square(), roots!.square().reciprocal(), false, true);
    const logs = rowRoots!.log().sum(1, true).sub(roots!.log().sum(1));
    const shift = squaredMahalanobis(rows, means, roots, method);
    return shift.add(traces.sub(means.shape[1]!)).mul(0.5).sub(logs);
  }
  const ratio = rowRoots!.expandDims(1).div(roots!).square();
  const shift = rows.expandDims(1).sub(means).div(roots!).square();
  const mixed = ratio.mul(1 - alpha).add(alpha);
  const shape = mixed.log().sub(ratio.log().mul(1 - alpha));
  return shift
    .div(mixed)
    .mul(alpha * (1 - alpha))
    .add(shape)
    .sum(2)
    .mul(0.5);
}

/** All in the coordinates where the second Gaussian's covariance is I: there the first one's root is M = L_j⁻¹ L_i. */
function full({ rows, rowRoots, means, roots }: Pairs, alpha: number | undefined): tf.Tensor {
  const [n, k] = means.shape as [number, number];
  const count = rows.shape[0]!;
  const inverses = solveTriangular(roots!, identityLike(roots!));
  const shift = tf.matMul(inverses, rows.transpose().expandDims(0).sub(means.expandDims(2)));
  const side = rowRoots!.transpose([1, 0, 2]).reshape([k, count * k]);
  const relative = tf.matMul(inverses.reshape([n * k, k]), side).reshape([n, k, count, k]);
  const logs = diagonalPart(rowRoots!).log().sum(1, true).sub(diagonalPart(roots!).log().sum(1));
  if (alpha === undefined) {
    const squares = shift
      .square()
      .sum(1)
      .add(relative.square().sum([1, 3]).sub(k));
    return squares.transpose().mul(0.5).sub(logs);
  }
  const m = relative.transpose([2, 0, 1, 3]).reshape([count * n, k, k]);
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
function numbersPerPair(kind: string, k: number, alpha: number | undefined, byProducts: boolean): number {
  if (kind === 'full') return k ** 2;
  if (kind === 'diagonal' && alpha !== undefined) return k;
  return byProducts ? 1 : k;
}

/**
 * `summarize` of the divergences D(p_i, p_j) of some rows i and all j, [rows, N], block by block, joined along the rows. A gradient
 * in progress computes each block again in place of keeping it. To be called inside a tidy.
 */
export function overDivergences(
  mixture: GaussianMixture,
  divergence: Divergence,
  summarize: (block: tf.Tensor, ...parameters: tf.Tensor[]) => tf.Tensor,
  ...parameters: tf.Tensor[]
): tf.Tensor {
  const { kind, means, root, coordinates } = standardComponents(mixture);
  const [n, k] = means.shape;
  const alpha = chernoffAlpha(divergence);
  const method = mahalanobisMethod(means, { kind, means, coordinates, ...(root ? { root } : {}) });
  const block = (...inputs: tf.Tensor[]) => {
    const given = [...inputs];
    const [rows, all] = [given.shift()!, given.shift()!];
    const [rowRoots, roots] = root ? [given.shift(), given.shift()] : [undefined, undefined];
    const pairs = { rows, rowRoots, means: all, roots };
    const forms = { unit: shared, isotropic, diagonal, full };
    return summarize(forms[kind](pairs, alpha, method), ...given);
  };
  const size = Math.max(1, Math.floor(BLOCK / (n * numbersPerPair(kind, k, alpha, method.byProducts))));
  const rowRoots = root ? parts(root, size) : [];
  const blocks = parts(means, size).map((rows, i) =>
    rematerialize(block, rows, means, ...(root ? [rowRoots[i]!, root] : []), ...parameters),
  );
  return joined(blocks);
}

/**
 * The divergences D(p_i, p_j) of all pairs of a mixture's components, [N, N], in nats: at least 0 up to rounding, 0 for i = j. With
 * Δ = μ_i − μ_j (Kolchinsky & Tracey 2017, arXiv 1706.02419, gives these closed forms for Gaussians):
 * - `kl`: ½ [Δᵀ Σ_j⁻¹ Δ + tr(Σ_j⁻¹ Σ_i) − K + ln |Σ_j| / |Σ_i|], which is not symmetric;
 * - Chernoff α, −ln ∫ p_i^α p_j^{1−α}: ½ α (1 − α) Δᵀ Σ_α⁻¹ Δ + ½ ln (|Σ_α| / |Σ_i|^{1−α} |Σ_j|^α), Σ_α = (1 − α) Σ_i + α Σ_j;
 *   `bhattacharyya` is α = ½.
 *
 * Computed in the second Gaussian's coordinates, so that nearly equal covariances lose no digits. Differentiable any number of times
 * in means and covariances. `full` covariances of their own: N² K³ operations; `diagonal` ones: N² K (matrix products for KL).
 *
 * @throws If it is none of these divergences or a covariance is singular.
 */
export function gaussianDivergences(mixture: GaussianMixture, divergence: Divergence): tf.Tensor2D {
  requireDivergence('gaussianDivergences', divergence);
  requireMixture('gaussianDivergences', mixture);
  return tf.tidy(() => overDivergences(mixture, divergence, (block) => block) as tf.Tensor2D);
}
