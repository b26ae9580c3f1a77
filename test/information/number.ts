import { tf } from '../../lib/engine/tensorflow';

/** The value of a scalar made inside; nothing of it is left. */
export const number = (make: () => tf.Scalar) => tf.tidy(() => make().dataSync()[0]!);
