import { runKernel, runKernelMulti } from './kernel';
import { tf } from './tensorflow';

const float = { dtype: { type: 'float32' } } as const;

/** Lends variables to kernels that write in place (`ResourceApplyMomentum`, …), which want a resource handle. */
export interface Lender {
  /**
   * Calls `work` with `take`, which lends a variable: until `work` ends its value is behind the handle, and the variable
   * itself holds `spare`, any tensor of its shape, so that the kernel finds no other owner of the memory and need not copy it.
   * Another tensor with the same memory (a clone, a copied variable) keeps its value: TensorFlow then copies first.
   */
  lend(work: (take: (variable: tf.Variable, spare: tf.Tensor) => tf.Tensor) => void): void;
}

/** Runs `work` with a lender of float32 variables, inside a tidy. Its resources are TensorFlow's and are empty afterwards. */
export function withLender(work: (lender: Lender) => void): void {
  const slots: tf.Tensor[] = [];
  const slot = (i: number) => {
    slots[i] ??= runKernel(
      'VarHandleOp',
      { ...float, shape: { shape: [] }, shared_name: { string: `infossl/lent/${i}` }, container: { string: '' } },
      [],
    );
    return slots[i];
  };
  const assign = (handle: tf.Tensor, value: tf.Tensor) => runKernelMulti('AssignVariableOp', float, [handle, value], 0);
  try {
    work({
      lend(use) {
        const lent: tf.Variable[] = [];
        try {
          use((variable, spare) => {
            const handle = slot(lent.length);
            assign(handle, variable);
            lent.push(variable);
            variable.assign(spare);
            return handle;
          });
        } finally {
          lent.forEach((variable, i) => {
            variable.assign(runKernel('ReadVariableOp', float, [slot(i)]));
          });
        }
      },
    });
  } finally {
    const nothing = tf.scalar(0);
    for (const handle of slots) assign(handle, nothing);
  }
}
