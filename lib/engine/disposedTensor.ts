import { type KernelTensor, observeKernels } from './observeKernels';
import { tf } from './tensorflow';

/** Whether an error is what TensorFlow.js, or its native backend, says of a tensor that is no more. */
export function isOfDisposedTensor(error: unknown): boolean {
  return error instanceof Error && /Tensor is disposed|reading 'backend'|is a disposed tensor/.test(error.message);
}

class Found extends Error {
  constructor(readonly tensor: Pick<KernelTensor, 'shape' | 'dtype'>) {
    super('found');
  }
}

/**
 * The disposed tensor that f uses: f is computed once more, in a tidy, and watched. Undefined if it uses none now, or fails before.
 */
export function disposedTensorIn(f: () => unknown): Pick<KernelTensor, 'shape' | 'dtype'> | undefined {
  const { tensorInfo } = (tf.engine() as unknown as { state: { tensorInfo: { has(id: object): boolean } } }).state;
  const check = tf.Tensor.prototype.throwIfDisposed;
  tf.Tensor.prototype.throwIfDisposed = function (this: tf.Tensor) {
    if (this.isDisposed) throw new Found(this);
  };
  try {
    tf.tidy(() => {
      observeKernels(f, {
        before(_, inputs) {
          const gone = inputs.find(({ dataId }) => !tensorInfo.has(dataId));
          if (gone) throw new Found(gone);
        },
      });
    });
    return undefined;
  } catch (error) {
    return error instanceof Found ? error.tensor : undefined;
  } finally {
    tf.Tensor.prototype.throwIfDisposed = check;
  }
}
