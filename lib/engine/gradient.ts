import { heldConstant } from './heldConstants';
import { tf } from './tensorflow';

interface Differentiable {
  /** The result. */
  readonly value: tf.Tensor;
  /** What the gradient needs; only inputs in it can be differentiated a second time. */
  readonly saved: readonly tf.Tensor[];
  /** From the gradient by the value to the gradients by each input. */
  readonly gradient: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
}

/**
 * `tf.customGrad` on these inputs: computes a value without the tape, and gives it the gradient that `forward` states. By no
 * input it is constant to the gradient.
 */
export function withGradient(inputs: readonly tf.Tensor[], forward: () => Differentiable): tf.Tensor {
  return inputs.length > 0 ? customGradient(inputs, forward) : heldConstant(() => customGradient(inputs, forward));
}

function customGradient(inputs: readonly tf.Tensor[], forward: () => Differentiable): tf.Tensor {
  const run = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const { value, saved, gradient } = forward();
    const save = given[inputs.length] as tf.GradSaveFunc;
    save([...saved]);
    return { value, gradFunc: gradient };
  });
  return run(...inputs);
}

/** The parts of the engine's state that a gradient in progress owns. */
interface Recording {
  gradientDepth: number;
  activeTape: readonly { readonly saved: readonly tf.Tensor[] }[] | null;
}

export function recording(): Recording {
  return (tf.engine() as unknown as { state: Recording }).state;
}

/**
 * The value of `f` and its gradient by each variable, in their order; null where `f` does not depend on it. Where `f` throws,
 * it frees what the tape has saved for the backward pass: the engine does so only after a backward pass.
 */
export function valueAndGradients(
  f: () => tf.Scalar,
  variables: readonly tf.Tensor[],
): { value: tf.Scalar; gradients: (tf.Tensor | null)[] } {
  try {
    // The tidy frees the value where the backward pass throws.
    const { value, grads } = tf.tidy(() => ({ ...tf.engine().gradients(f, [...variables], undefined, true) }));
    return { value: value as tf.Scalar, gradients: grads.map((gradient: tf.Tensor | null) => gradient ?? null) };
  } catch (error) {
    const state = recording();
    // Inside another gradient the tape is that one's too.
    if (state.gradientDepth === 0) {
      for (const { saved } of state.activeTape ?? []) tf.dispose([...saved]);
      state.activeTape = null;
    }
    throw error;
  }
}

/**
 * ⟨dy, f(inputs)⟩'s gradients by the inputs, for use inside a gradient, which makes its forward pass again: `tf.grads` there
 * would end the tape of the gradient in progress.
 */
export function gradientsWithin(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  dy: tf.Tensor,
): tf.Tensor[] {
  const state = recording();
  const tape = state.activeTape;
  try {
    return tf.grads(f)(inputs, dy);
  } finally {
    state.activeTape = tape;
  }
}

/** Whether operations are now recorded for a gradient to come. */
export function isRecording(): boolean {
  return recording().gradientDepth > 0;
}

/**
 * Asked inside a gradient: whether it is itself to be differentiated. Raw kernels leave no trace on the tape, so a gradient
 * that is one fused kernel has to take differentiable operations in its place then.
 */
export function gradientIsDifferentiated(): boolean {
  return isRecording();
}
