import { tf } from './tensorflow';

/** The TensorFlow types a kernel's attribute can name; float32 and int32 are those most kernels here want. */
export type KernelType = 'float32' | 'int32' | 'int64' | 'bool' | 'complex64' | 'string';

/** One attribute of a kernel, as its registration in TensorFlow declares it: the tag says which C type it is. */
export type KernelAttribute =
  | boolean
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly type: KernelType }
  | { readonly ints: readonly number[] }
  | { readonly shape: readonly number[] };

export type KernelAttributes = Readonly<Record<string, KernelAttribute>>;

interface NativeAttribute {
  name: string;
  type: number;
  value: boolean | number | string | number[];
}

interface Binding {
  TF_FLOAT: number;
  TF_INT32: number;
  TF_INT64: number;
  TF_BOOL: number;
  TF_COMPLEX64: number;
  TF_STRING: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_STRING: number;
  TF_ATTR_TYPE: number;
  TF_ATTR_SHAPE: number;
}

interface NativeBackend {
  binding: Binding;
  executeMultipleOutputs(
    name: string,
    attributes: NativeAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

function nativeBackend(): NativeBackend {
  if (tf.getBackend() !== 'tensorflow') {
    throw new Error(
      `runKernel: expected the native backend 'tensorflow', got '${tf.getBackend()}'. Run \`npm run setup\`.`,
    );
  }
  return tf.backend() as unknown as NativeBackend;
}

function nativeType(type: KernelType, binding: Binding): number {
  const codes: Record<KernelType, number> = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    int64: binding.TF_INT64,
    bool: binding.TF_BOOL,
    complex64: binding.TF_COMPLEX64,
    string: binding.TF_STRING,
  };
  return codes[type];
}

function nativeAttribute(name: string, attribute: KernelAttribute, binding: Binding): NativeAttribute {
  if (typeof attribute === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value: attribute };
  if ('int' in attribute) return { name, type: binding.TF_ATTR_INT, value: attribute.int };
  if ('float' in attribute) return { name, type: binding.TF_ATTR_FLOAT, value: attribute.float };
  if ('string' in attribute) return { name, type: binding.TF_ATTR_STRING, value: attribute.string };
  if ('ints' in attribute) return { name, type: binding.TF_ATTR_INT, value: [...attribute.ints] };
  if ('shape' in attribute) return { name, type: binding.TF_ATTR_SHAPE, value: [...attribute.shape] };
  return { name, type: binding.TF_ATTR_TYPE, value: nativeType(attribute.type, binding) };
}

/**
 * Runs any TensorFlow kernel that has several outputs, by the name of its op (`Svd`, `Qr`, `FusedBatchNormV3`, …).
 * No gradient is recorded: wrap it in `tf.customGrad` where one is needed.
 *
 * @param attributes Every attribute that the op declares without a default, and its input types (`{ T: { type: 'float32' } }`).
 * @param outputs How many outputs the op has.
 * @throws One error naming the kernel, the types and shapes of its inputs and TensorFlow's own message.
 */
export function runKernelMulti(
  name: string,
  attributes: KernelAttributes,
  inputs: readonly tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  const backend = nativeBackend();
  const disposed = inputs.findIndex((input) => input.isDisposed);
  if (disposed >= 0) {
    throw new Error(`runKernel ${name}: input ${disposed} is a disposed tensor; keep it (tf.keep) until it is used.`);
  }
  const native = Object.entries(attributes).map(([key, value]) => nativeAttribute(key, value, backend.binding));
  try {
    return backend.executeMultipleOutputs(name, native, inputs, outputs);
  } catch (error) {
    const given = inputs.map((input) => `${input.dtype}[${input.shape}]`).join(', ');
    const message = error instanceof Error ? error.message : String(error);
    const reason = message.replace(/^Invalid TF_Status: \d+\s*Message: /, '').trim();
    throw new Error(`runKernel ${name}: TensorFlow refused the inputs (${given}): ${reason}`);
  }
}

/** Runs any TensorFlow kernel that has one output; otherwise as `runKernelMulti`. */
export function runKernel(name: string, attributes: KernelAttributes, inputs: readonly tf.Tensor[]): tf.Tensor {
  return runKernelMulti(name, attributes, inputs, 1)[0];
}
