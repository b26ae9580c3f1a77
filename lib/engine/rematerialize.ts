import { isRecording, recording, withGradient } from './gradient';
import { tf } from './tensorflow';

/** The gradients of ⟨dy, f(inputs)⟩ by the inputs, 0 where `f` does not depend on one. Works inside another gradient's backward pass. */
function vectorJacobian(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const state = recording();
  // Outside any forward pass the engine would take the tape that is being walked for its own, and clear it.
  const outer = state.activeTape;
  try {
    const { grads } = tf.engine().gradients(() => f(inputs), inputs, dy, true);
    return inputs.map((input, i) => (grads[i] as tf.Tensor | undefined) ?? tf.zerosLike(input));
  } finally {
    if (state.gradientDepth === 0) state.activeTape = outer;
  }
}

/**
 * f(inputs), of which a gradient in progress keeps only the inputs: the backward pass computes `f` again for what it needs
 * (`jax.checkpoint`; `torch.utils.checkpoint`). A long computation in blocks, each inside this, needs the memory of one block
 * for its gradient too, for the time of one more forward pass. Differentiable as often as `f`; a gradient of the gradient
 * keeps everything.
 *
 * @param f Of the given inputs only: what it takes from elsewhere counts as constant. The same inputs give the same result.
 */
export function rematerialize<T extends tf.Tensor>(f: (...inputs: tf.Tensor[]) => T, ...inputs: tf.Tensor[]): T {
  return withGradient(inputs, () => ({
    value: f(...inputs),
    saved: inputs,
    gradient: (dy, saved) => vectorJacobian((given) => f(...given), saved, dy),
  })) as T;
}

/** The number that `f` computes, of which a gradient in progress keeps nothing. */
export function offTape(f: () => number): number {
  if (!isRecording()) return tf.tidy(f);
  return tf.tidy(() => {
    const none = tf.scalar(0);
    const value = withGradient([none], () => ({
      value: tf.scalar(f()),
      saved: [],
      gradient: () => [tf.scalar(0)],
    }));
    return value.dataSync()[0]!;
  });
}
