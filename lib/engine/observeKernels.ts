import { tf } from './tensorflow';

/** A tensor as the native backend is given it. */
export type KernelTensor = Pick<tf.TensorInfo, 'dataId' | 'shape' | 'dtype'>;

export interface KernelObserver {
  /** Told of each kernel before it runs. */
  before?(name: string, inputs: readonly KernelTensor[]): void;
  /** Told of each kernel that has run. */
  after?(name: string, inputs: readonly KernelTensor[], outputs: readonly KernelTensor[]): void;
}

type Execute = (name: string, attributes: unknown, inputs: readonly KernelTensor[], outputs?: number) => unknown;

interface ObservedBackend {
  executeSingleOutput: Execute;
  executeMultipleOutputs: Execute;
}

const methods = ['executeSingleOutput', 'executeMultipleOutputs'] as const;

/**
 * f(), while the observer is told of every native kernel, by the name of its op in TensorFlow (`Log`, `MatMul`). For diagnoses: it
 * slows every operation down.
 */
export function observeKernels<Result>(f: () => Result, observer: KernelObserver): Result {
  const backend = tf.backend() as unknown as ObservedBackend;
  const own = methods.map((method) => Object.getOwnPropertyDescriptor(backend, method));
  for (const method of methods) {
    const execute = backend[method].bind(backend);
    backend[method] = (name, attributes, inputs, outputs) => {
      observer.before?.(name, inputs);
      const result =
        outputs === undefined ? execute(name, attributes, inputs) : execute(name, attributes, inputs, outputs);
      observer.after?.(name, inputs, (Array.isArray(result) ? result : [result]) as KernelTensor[]);
      return result;
    };
  }
  try {
    return f();
  } finally {
    for (const [i, method] of methods.entries()) {
      const before = own[i];
      if (before) Object.defineProperty(backend, method, before);
      else delete (backend as Partial<ObservedBackend>)[method];
    }
  }
}
