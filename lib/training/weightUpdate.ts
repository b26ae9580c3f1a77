import { withLender } from '../engine/inPlace';
import { runKernelMulti } from '../engine/kernel';
import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';

/** One weight, or several vectors end to end that are treated alike, with its gradient and what is remembered of it. */
export interface Piece<S> {
  readonly weight: tf.Tensor;
  readonly gradient: tf.Tensor;
  readonly memories: readonly tf.Tensor[];
  readonly settings: S;
  /** A scalar, made once an update: making one costs as much as a kernel on a small tensor. */
  readonly scalar: (value: number) => tf.Scalar;
}

export interface Update<S> {
  /** The optimizer's, for errors. */
  readonly name: string;
  /** The names in the state of what is remembered of a weight, in the order of `memories`. */
  readonly memories: (weightName: string) => readonly string[];
  /** What the rule has to know of a weight. Vectors of equal settings are updated in one piece. */
  readonly settings: (weightName: string, weight: tf.Variable) => S;
  /** The weight and the memories after the step. Entry by entry, unless `settings` says that the piece is alone. */
  readonly rule: (piece: Piece<S>) => { readonly weight: tf.Tensor; readonly memories: readonly tf.Tensor[] };
  /**
   * The same by kernels that write where they read, for large weights: `rule` reads and writes memory several times more.
   * `take` gives the resource handle of the weight or of a memory, which the piece's own tensor then no longer has.
   */
  readonly inPlace?: (piece: Piece<S>, take: (part: tf.Tensor) => tf.Tensor) => void;
}

/** Entries from which on the in-place kernels win: below, their calls cost more than the memory traffic that they save. */
const large = 32768;

function onGpu(): boolean {
  return (tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice;
}

interface Entry {
  readonly gradient: tf.Tensor;
  /** The weight and then its memories. */
  readonly variables: readonly tf.Variable[];
}

/**
 * Moves every weight for which there is a gradient, and its memories, by the rule. Vectors (biases, a normalisation's scales)
 * of equal settings are joined end to end first: a network has many, and each kernel on one costs its fixed 10 µs.
 */
export function updateWeights<S>(
  { name, memories, settings, rule, inPlace }: Update<S>,
  { weights, state, gradients }: { weights: Weights; state: Weights; gradients: tf.NamedTensorMap },
): void {
  tf.tidy(() => {
    const scalars = new Map<number, tf.Scalar>();
    const scalar = (value: number) => {
      const made = scalars.get(value) ?? tf.scalar(value);
      scalars.set(value, made);
      return made;
    };
    const groups = new Map<string, { settings: S; entries: Entry[] }>();
    for (const [weightName, gradient] of Object.entries(gradients)) {
      const variables = [weights[weightName], ...memories(weightName).map((memory) => state[memory])];
      if (variables.some((variable) => variable === undefined)) {
        throw new Error(
          `${name}: a gradient came for '${weightName}', which init did not know; make the state by init of the same weights.`,
        );
      }
      const own = settings(weightName, variables[0]!);
      const key = gradient.rank === 1 ? JSON.stringify(own) : weightName;
      const group = groups.get(key) ?? { settings: own, entries: [] };
      group.entries.push({ gradient, variables: variables as tf.Variable[] });
      groups.set(key, group);
    }
    withLender((lender) => {
      for (const { settings: own, entries } of groups.values()) {
        const [{ gradient, variables }] = entries as [Entry];
        if (inPlace && entries.length === 1 && gradient.size >= large && !onGpu()) {
          const [weight, ...remembered] = variables as [tf.Variable, ...tf.Variable[]];
          const piece = { weight, gradient, memories: remembered, settings: own, scalar };
          lender.lend((take) => inPlace(piece, (variable) => take(variable as tf.Variable, gradient)));
        } else applyRule(rule, scalar, { settings: own, entries });
      }
    });
  });
}

function applyRule<S>(
  rule: Update<S>['rule'],
  scalar: Piece<S>['scalar'],
  { settings, entries }: { settings: S; entries: readonly Entry[] },
): void {
  const join = (parts: readonly tf.Tensor[]) => (parts.length === 1 ? parts[0]! : tf.concat([...parts]));
  const [weight, ...memories] = entries[0]!.variables.map((_, i) =>
    join(entries.map(({ variables }) => variables[i]!)),
  );
  const gradient = join(entries.map((entry) => entry.gradient));
  const moved = rule({ weight: weight!, gradient, memories, settings, scalar });
  const sizes = entries.map((entry) => entry.gradient.size);
  [moved.weight, ...moved.memories].forEach((value, i) => {
    const parts = entries.length === 1 ? [value] : tf.split(value, sizes);
    entries.forEach(({ variables }, n) => {
      variables[i]!.assign(parts[n]!);
    });
  });
}

/** TensorFlow's in-place kernel `ResourceApply…` on handles and tensors of float32. */
export function applyInPlace(kernel: 'GradientDescent' | 'Momentum' | 'Adam', inputs: readonly tf.Tensor[]): void {
  runKernelMulti(`ResourceApply${kernel}`, { T: { type: 'float32' } }, inputs, 0);
}
