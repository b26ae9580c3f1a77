import { type KernelTensor, observeKernels } from './observeKernels';
import { tf } from './tensorflow';

interface Seen extends KernelTensor {
  readonly finite: boolean;
  /** Such as `float32 [64] from -0.2 to 1.3`. */
  readonly text: string;
}

interface KernelCall {
  readonly name: string;
  readonly inputs: readonly Seen[];
}

/** Type, shape and range of a tensor on the device. */
function seen({ dataId, shape, dtype }: KernelTensor): Seen {
  const kind = `${dtype} [${shape.join(', ')}]`;
  if (dtype === 'string') return { dataId, shape, dtype, finite: true, text: kind };
  const values = (tf.backend() as unknown as { readSync(id: object): ArrayLike<number> }).readSync(dataId);
  let [low, high, broken] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) broken++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const digits = (value: number) => String(Number(value.toPrecision(3)));
  const range =
    values.length === 0 || low > high
      ? ''
      : low === high
        ? ` of ${digits(low)}`
        : ` from ${digits(low)} to ${digits(high)}`;
  return {
    dataId,
    shape,
    dtype,
    finite: broken === 0,
    text: `${kind}${broken === values.length && broken > 0 ? ' of NaN or infinity' : range}`,
  };
}

/**
 * Where NaN or infinity comes from: f is computed once more, and from what it gives the way is followed back to a kernel whose inputs were all
 * finite and whose output was not, or to an input that was not finite at the outset. For diagnoses: every tensor is read.
 *
 * @param f Its results; its tensors are freed.
 * @param given What f is made from, by name.
 * @returns Words such as `the operation Log, given float32 [64] from -0.2 to 1.3`; undefined if f is finite.
 */
export function nonFiniteOrigin(
  f: () => readonly tf.Tensor[],
  given: Readonly<Record<string, tf.Tensor>> = {},
): string | undefined {
  return tf.tidy(() => {
    for (const [name, tensor] of Object.entries(given)) {
      if (!seen(tensor).finite) return `${name}, which is not finite itself`;
    }
    const madeBy = new Map<object, KernelCall>();
    const results = observeKernels(f, {
      after(name, inputs, outputs) {
        const call = { name, inputs: inputs.map(seen) };
        for (const { dataId } of outputs) madeBy.set(dataId, call);
      },
    });
    let broken = results.map(seen).find(({ finite }) => !finite);
    if (!broken) return undefined;
    for (;;) {
      const call = madeBy.get(broken.dataId);
      if (!call) return `a constant, ${broken.text}`;
      const before = call.inputs.find(({ finite }) => !finite);
      if (!before) return `the operation ${call.name}, given ${call.inputs.map(({ text }) => text).join(' and ')}`;
      broken = before;
    }
  });
}
