import type { LinearLayer } from '../../engine/linearLayer';
import { allFinite } from '../../engine/matrix';
import type { tf } from '../../engine/tensorflow';

export type { LinearLayer };

/** A classifier seen as its linear maps: what norm-based measures of generalization read. */
export interface LayeredNetwork {
  /** For errors. */
  readonly name: string;
  /**
   * In the order of evaluation: the first reads the input, and tells its shape. A shortcut's convolution is one of
   * them.
   */
  readonly layers: readonly LinearLayer[];
  /**
   * Runs the network with any layers of these shapes in place of its own: logits [N, classes] of x [N, height, width,
   * channels] or [N, in].
   */
  apply(layers: readonly LinearLayer[], x: tf.Tensor): tf.Tensor2D;
}

/**
 * @throws If there is no layer, or a kernel or bias of one has another rank, does not fit or is not finite. Reads a
 *   value back a tensor.
 */
export function requireLayers(caller: string, layers: readonly LinearLayer[]): void {
  if (layers.length === 0) throw new Error(`${caller}: expected at least one layer, got none`);
  layers.forEach((layer, i) => {
    const { kind, kernel, bias } = layer;
    const rank = kind === 'dense' ? 2 : 4;
    const where = `${caller}: layer ${i} (${kind})`;
    if (kernel.rank !== rank) {
      const axes = kind === 'dense' ? 'in, out' : 'kernel height, kernel width, in, out';
      throw new Error(`${where}: expected a kernel [${axes}], got [${kernel.shape.join(', ')}]`);
    }
    if (layer.kind === 'conv2d') {
      const [rows, columns] = layer.inputSize;
      const padded = [rows + 2 * layer.padding, columns + 2 * layer.padding];
      if (
        !(padded[0]! >= kernel.shape[0]! && padded[1]! >= kernel.shape[1]! && layer.stride >= 1 && layer.padding >= 0)
      ) {
        throw new Error(
          `${where}: expected a stride of at least 1 and a padded image no smaller than the kernel [${kernel.shape.join(', ')}], ` +
            `got stride ${layer.stride}, inputSize [${rows}, ${columns}] and padding ${layer.padding}`,
        );
      }
    }
    const out = kernel.shape[rank - 1]!;
    if (bias && (bias.rank !== 1 || bias.shape[0] !== out)) {
      throw new Error(`${where}: expected a bias [${out}], one value an output, got [${bias.shape.join(', ')}]`);
    }
    if (!allFinite(kernel) || (bias && !allFinite(bias))) {
      throw new Error(`${where}: expected finite weights, got NaN or infinity; did the training diverge?`);
    }
  });
}

/** @throws If the two lists differ in number, kind or shape of kernel. */
export function requireSameShapes(
  caller: string,
  layers: readonly LinearLayer[],
  initial: readonly LinearLayer[],
): void {
  const describe = ({ kind, kernel }: LinearLayer) => `${kind} [${kernel.shape.join(', ')}]`;
  if (layers.length !== initial.length) {
    throw new Error(`${caller}: expected as many initial layers as layers, ${layers.length}, got ${initial.length}`);
  }
  layers.forEach((layer, i) => {
    if (describe(layer) === describe(initial[i]!)) return;
    throw new Error(
      `${caller}: expected the initial layer ${i} to be ${describe(layer)}, got ${describe(initial[i]!)}; ` +
        'fold the weights that the same network started from.',
    );
  });
}
