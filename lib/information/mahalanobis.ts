import { offTape } from '../engine/rematerialize';
import { tf } from '../engine/tensorflow';
import { solveTriangular } from '../engine/triangularSolve';
import { BLOCK } from './blocks';
import { crossSquaredDistances } from './crossSquaredDistances';

export interface MahalanobisMethod {
  readonly kind: 'unit' | 'isotropic' | 'diagonal' | 'full';
  /**
   * Whether ‖z‖² − 2 z·μ + ‖μ‖² will do, by products of matrices: much faster than differences, for which there is a [S, N, K]
   * to fill, but it loses digits where centres lie many standard deviations from their mean. Not for `full`.
   */
  readonly byProducts: boolean;
}

/** Up to this many variances a dimension from the mean, products keep squared distances to some 1e-6 of K. */
const NEAR = 16;

function largest(x: tf.Tensor): number {
  return x.max().dataSync<'float32'>()[0]!;
}

/** How distances of points [S, K] from means are best computed. Reads numbers back. */
export function mahalanobisMethod(
  kind: MahalanobisMethod['kind'],
  { points, means, root }: { readonly points: tf.Tensor2D; readonly means: tf.Tensor2D; readonly root?: tf.Tensor },
): MahalanobisMethod {
  if (kind === 'full') return { kind, byProducts: false };
  const spread = offTape(() => {
    const centre = means.mean(0);
    const norms = largest(points.sub(centre).square().sum(1)) + largest(means.sub(centre).square().sum(1));
    return root ? norms / root.square().min().dataSync()[0]! : norms;
  });
  return { kind, byProducts: spread < NEAR * points.shape[1] };
}

/** How many points go with how many components in a block. */
export function blockSizes(
  points: number,
  components: number,
  dimension: number,
  method: MahalanobisMethod,
): { readonly points: number; readonly components: number } {
  const pairs = Math.max(1, Math.floor(method.byProducts ? BLOCK : BLOCK / dimension));
  const own = Math.min(components, method.byProducts ? 4096 : Math.max(64, Math.floor(Math.sqrt(pairs))), pairs);
  return { points: Math.min(points, Math.max(1, Math.floor(pairs / own))), components: own };
}

/**
 * (z_s − μ_n)ᵀ Σ_n⁻¹ (z_s − μ_n) of points [S, K] and means [N, K], [S, N], for roots of N covariances or of one. In one piece:
 * for many pairs call it on blocks. Differentiable any number of times.
 */
export function squaredMahalanobis(
  points: tf.Tensor,
  means: tf.Tensor,
  root: tf.Tensor | undefined,
  { kind, byProducts }: MahalanobisMethod,
): tf.Tensor {
  return tf.tidy(() => {
    if (kind === 'full') {
      if (root!.shape[0] === 1) {
        const [count, n, k] = [points.shape[0]!, means.shape[0]!, means.shape[1]!];
        const differences = points
          .expandDims(1)
          .sub(means)
          .reshape([count * n, k]);
        return solveTriangular(root!.squeeze([0]), differences.transpose())
          .square()
          .sum(0)
          .reshape([count, n]);
      }
      const differences = points.transpose().expandDims(0).sub(means.expandDims(2));
      return solveTriangular(root!, differences).square().sum(1).transpose();
    }
    if (kind === 'diagonal') {
      const weights = root!.square().reciprocal().mul(tf.onesLike(means));
      return crossSquaredDistances(points, means, { weights, byProducts });
    }
    const distances = crossSquaredDistances(points, means, { byProducts });
    return root ? distances.div(root.square()) : distances;
  });
}
