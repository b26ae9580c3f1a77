import { tf } from '../engine/tensorflow';
import { type Network, outputs } from './network';

/**
 * The network followed by a linear map of its outputs to few, z ↦ z W: its projections on the columns of W. As
 * piecewise affine as the network. What a projection tells about another variable is never more than what the outputs
 * do (data processing), so a lower bound for the one holds for the other.
 *
 * @param directions W [K, d]; held by reference, the caller's to dispose.
 * @throws When it is applied: if the directions have not a row for each output.
 * @example
 * const network = frozenNetwork(sequential('relu', [2], { relu: relu() }), {});
 * outputs(projectOutputs(network, tf.ones([2, 1])), tf.tensor2d([[1, 2]])); // [[3]]
 */
export function projectOutputs(network: Network, directions: tf.Tensor2D): Network {
  return {
    ...network,
    name: `${network.name} (${directions.shape[1]} directions)`,
    apply: (x, observe) =>
      tf.tidy(() => {
        const z = outputs(network, x, observe);
        if (z.shape[1] !== directions.shape[0]) {
          throw new Error(
            `projectOutputs: expected directions of ${z.shape[1]} rows, one an output of '${network.name}', got [${directions.shape}]`,
          );
        }
        return tf.matMul(z, directions);
      }),
  };
}
