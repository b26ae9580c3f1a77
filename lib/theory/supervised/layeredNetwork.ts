import type { tf } from '../../engine/tensorflow';

/** One linear (affine, with a bias) map of a network, any batch normalisation after it folded in. */
export type LinearLayer =
  | {
      readonly kind: 'dense';
      /** [in, out]: x ↦ x · kernel + bias. */
      readonly kernel: tf.Tensor2D;
      /** [out]. */
      readonly bias?: tf.Tensor1D;
    }
  | {
      readonly kind: 'conv2d';
      /** [kernel height, kernel width, in, out]: a cross-correlation, as PyTorch's conv2d. */
      readonly kernel: tf.Tensor4D;
      /** [out]. */
      readonly bias?: tf.Tensor1D;
      readonly stride: number;
      /** Zeros on every side. */
      readonly padding: number;
      /** [height, width] of the images that this layer reads in the network. */
      readonly inputSize: readonly [number, number];
    };

/** A classifier seen as its linear maps: what norm-based measures of generalization read. */
export interface LayeredNetwork {
  readonly name: string;
  /** In the order of evaluation: the first reads the input, and tells its shape. A shortcut's convolution is one of them. */
  readonly layers: readonly LinearLayer[];
  /** Runs the network with any layers of these shapes in place of its own: logits [N, classes] of x [N, height, width, channels] or [N, in]. */
  apply(layers: readonly LinearLayer[], x: tf.Tensor): tf.Tensor2D;
}
