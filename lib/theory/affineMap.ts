import { tf } from '../engine/tensorflow';
import { inputSize, type Network, outputs, requireBatch, requireCount, requirePiecewiseAffine } from './network';

/** One affine map z = A x + b for each of N points. The caller disposes both tensors. */
export interface AffineMaps {
  /** A: [N, K, D]. */
  readonly jacobian: tf.Tensor3D;
  /** b = f(x) - A x: [N, K]. */
  readonly offset: tf.Tensor2D;
}

/** How many rows at once. */
export interface JacobianOptions {
  /** Rows (point, output) in one backward pass, which bounds the memory; default 256. */
  readonly rowsPerPass?: number;
}

/**
 * Jacobians of a network at N points: [N, ...inputShape] to [N, K, D]. Each point is repeated once for every output k,
 * and one backward pass with the unit vectors as cotangents gives those rows together: K forward and K backward rows a
 * point, D never multiplies the cost. Works for any differentiable network.
 * By automatic differentiation.
 *
 * @param x N points: [N, ...inputShape].
 * @throws If x is no batch of the network's inputs, or rowsPerPass is not a whole number of at least 1.
 * @example
 * const network = frozenNetwork(sequential('relu', [2], { relu: relu() }), {});
 * // max(x, 0) passes the first coordinate on and stops the second.
 * jacobians(network, tf.tensor2d([[1, -1]])); // [[[1, 0], [0, 0]]]
 */
export function jacobians(network: Network, x: tf.Tensor, { rowsPerPass = 256 }: JacobianOptions = {}): tf.Tensor3D {
  requireBatch(network, x, 'jacobians');
  requireCount(rowsPerPass, 1, 'rowsPerPass', 'jacobians');
  const points = x.shape[0]!;
  const size = inputSize(network);
  return tf.tidy(() => {
    const units = outputs(network, x.slice([0], [1])).shape[1];
    const pieces: tf.Tensor2D[] = [];
    for (let start = 0; start < points * units; start += rowsPerPass) {
      const count = Math.min(rowsPerPass, points * units - start);
      const rows = Array.from({ length: count }, (_, i) => start + i);
      pieces.push(
        tf.tidy(() => {
          const at = (index: (row: number) => number) => tf.tensor1d(rows.map(index), 'int32');
          const repeated = tf.gather(
            x,
            at((row) => Math.floor(row / units)),
          );
          const chosen = tf.gather(
            tf.eye(units),
            at((row) => row % units),
          );
          const picked = (inputs: tf.Tensor) => outputs(network, inputs).mul(chosen).sum() as tf.Scalar;
          return tf.grad(picked)(repeated).reshape([count, size]) as tf.Tensor2D;
        }),
      );
    }
    return tf.concat(pieces, 0).reshape([points, units, size]) as tf.Tensor3D;
  });
}

/**
 * First-order maps of any differentiable network at N points: A its Jacobian, b = f(x) - A x, so that A x + b = f(x) at
 * the point itself by construction. Away from it the map holds in the point's region if the network is piecewise
 * affine, and only to first order if it is not (GELU).
 * Source: theory.md, section 1.
 *
 * @param x N points: [N, ...inputShape].
 * @throws If x is no batch of the network's inputs, or rowsPerPass is not a whole number of at least 1.
 * @example
 * // x Φ(x) has the slope ½ at 0.
 * const network = frozenNetwork(sequential('gelu', [1], { gelu: gelu() }), {});
 * tangentMaps(network, tf.tensor2d([[0]])); // { jacobian: [[[0.5]]], offset: [[0]] }
 */
export function tangentMaps(network: Network, x: tf.Tensor, options: JacobianOptions = {}): AffineMaps {
  requireBatch(network, x, 'tangentMaps');
  const jacobian = jacobians(network, x, options);
  const offset = tf.tidy(() => outputs(network, x).sub(product(jacobian, x)) as tf.Tensor2D);
  return { jacobian, offset };
}

/**
 * The affine maps (A_n, b_n) of the regions that hold N points: f(x) = A_n x + b_n all over region n.
 * [theory.md section 1, recalled: f(x) = sum over regions of (A x + b) 1[x in region], A the Jacobian, b = f(x) - A x.]
 * Throws for a network that is not piecewise affine.
 *
 * @param x N points: [N, ...inputShape].
 * @throws If the network is not piecewise affine, or x is no batch of its inputs.
 * @example
 * // max(x − 1, 0): x − 1 at 3, and 0 at 0.
 * const network = frozenNetwork(sequential('hinge', [1], { shift: dense({ units: 1 }), relu: relu() }), {
 *   'shift.weight': tf.variable(tf.tensor2d([[1]])),
 *   'shift.bias': tf.variable(tf.tensor1d([-1])),
 * });
 * affineMaps(network, tf.tensor2d([[3], [0]])); // { jacobian: [[[1]], [[0]]], offset: [[-1], [0]] }
 */
export function affineMaps(network: Network, x: tf.Tensor, options: JacobianOptions = {}): AffineMaps {
  requirePiecewiseAffine(network, 'affineMaps');
  requireBatch(network, x, 'affineMaps');
  return tangentMaps(network, x, options);
}

/**
 * A_n x_n + b_n for one input per map: [N, ...inputShape] to [N, K]; with a single map, any number of inputs.
 *
 * @param maps N maps, or one.
 * @param x [N, ...inputShape], or any number of inputs for one map.
 * @throws If the inputs have not as many coordinates as the maps, or there are not as many as maps, of which there is
 *   more than one.
 * @example
 * const map = { jacobian: tf.tensor3d([[[2, 0]]]), offset: tf.tensor2d([[1]]) };
 * // 2 x₁ + 1 of two inputs.
 * applyAffine(map, tf.tensor2d([[1, 5], [3, 0]])); // [[3], [7]]
 */
export function applyAffine(maps: AffineMaps, x: tf.Tensor): tf.Tensor2D {
  const mapCount = maps.jacobian.shape[0];
  const count = x.shape[0] ?? 0;
  if (x.size !== count * maps.jacobian.shape[2] || (mapCount !== 1 && mapCount !== count)) {
    throw new Error(
      `applyAffine: expected inputs with ${maps.jacobian.shape[2]} coordinates, one for each of ${mapCount} maps (or any ` +
        `number for a single map), got shape [${x.shape.join(', ')}]`,
    );
  }
  return tf.tidy(() => product(maps.jacobian, x).add(maps.offset) as tf.Tensor2D);
}

/**
 * How far the network is from its affine maps at other inputs: ||f(x_n) - (A_n x_n + b_n)|| / ||f(x_n)|| for each row.
 * Float rounding (about 1e-6) wherever x_n lies in region n; the size of the bend elsewhere.
 *
 * @param x One input for each map: [N, ...inputShape].
 * @param maps Of N points, `affineMaps` or `tangentMaps`.
 * @throws If x is no batch of the network's inputs, or does not fit the maps.
 * @example
 * const network = frozenNetwork(sequential('leaky', [1], { leaky: leakyRelu({ slope: 0.5 }) }), {});
 * const maps = affineMaps(network, tf.tensor2d([[1], [1]]));
 * // In the region of 1 the map is exact; at −1 it gives −1 for −0.5.
 * affineErrors(network, maps, tf.tensor2d([[2], [-1]])); // [0, 1]
 */
export function affineErrors(network: Network, maps: AffineMaps, x: tf.Tensor): Float32Array {
  requireBatch(network, x, 'affineErrors');
  return tf.tidy(() => {
    const truth = outputs(network, x);
    const error = tf.norm(truth.sub(applyAffine(maps, x)), 'euclidean', 1);
    return error.div(tf.norm(truth, 'euclidean', 1).maximum(1e-30)).dataSync() as Float32Array;
  });
}

/** A_n x_n: [N, K, D] (or [1, K, D]) times [N, ...] to [N, K]. */
function product(jacobian: tf.Tensor3D, x: tf.Tensor): tf.Tensor {
  const [maps, units, size] = jacobian.shape;
  const flat = x.reshape([x.shape[0]!, size]);
  if (maps === 1) return tf.matMul(flat as tf.Tensor2D, jacobian.reshape([units, size]) as tf.Tensor2D, false, true);
  return tf.matMul(jacobian, flat.reshape([maps, size, 1])).reshape([maps, units]);
}
