import { foldIn, type Key } from '../engine/random';
import { tf } from '../engine/tensorflow';

/**
 * The numbers of a network: plain records with dotted names like those of a PyTorch `state_dict`
 * (`layer1.0.conv1.weight`). A batch normalisation's running statistics are non-trainable variables among them.
 */
export type Weights = Record<string, tf.Variable>;

/** What kind of non-linearity a site is. */
export type NonLinearity = 'relu' | 'leakyRelu' | 'gelu' | 'maxPool';

/** A non-linearity of a network while it runs. The tensors belong to the network and live only during the call: read or `tf.keep` them. */
export interface Site {
  /** The dotted name of the non-linearity, such as `layer1.0.relu2`. */
  readonly name: string;
  /** Which non-linearity it is. */
  readonly kind: NonLinearity;
  /** [N, …] what it reads. */
  readonly input: tf.Tensor;
  /** [N, …] what it gives. */
  readonly output: tf.Tensor;
  /** Only of a max-pool, its square window: elements a side, step, and padding on every side that counts as minus infinity. */
  readonly window?: { readonly size: number; readonly stride: number; readonly padding: number };
}

export interface ApplyOptions {
  /** Default false. True: batch normalisation takes the batch's statistics, and updates the running ones in place. */
  readonly training?: boolean;
  /**
   * Called at each non-linearity, in the order of computation: for activation patterns, which name the affine
   * regions. Default: none.
   */
  readonly observe?: (site: Site) => void;
  /**
   * The dotted name of this module inside its network, set by the module around it; it names sites and errors.
   * Default: none.
   */
  readonly path?: string;
}

/**
 * A pure description of a function with weights: it owns no tensor. `apply` is deterministic, and differentiable once by
 * tfjs's gradients with respect to weights and input.
 */
export interface Module {
  /** What it is, such as `resnet18`; errors begin with it. */
  readonly name: string;
  /** Without the batch axis. */
  readonly inputShape: readonly number[];
  /** Without the batch axis. */
  readonly outputShape: readonly number[];
  /**
   * Whether x ↦ apply(w, x) is continuous and piecewise affine (theory.md, section 1). It speaks of inference: in training
   * mode batch normalisation divides by the batch's own standard deviation, so nothing that holds it is.
   */
  readonly piecewiseAffine: boolean;
  /** New weights: the same key gives the same numbers. Dispose them with `disposeWeights`. */
  init(k: Key): Weights;
  /**
   * The output [N, ...outputShape] of a float32 batch x [N, ...inputShape].
   * @throws If x has another shape or type, or a weight is missing or has another shape.
   */
  apply(w: Weights, x: tf.Tensor, options?: ApplyOptions): tf.Tensor;
}

/** A module that still has to learn its input's shape (without batch), as `sequential` tells it. */
export type Layer = (inputShape: readonly number[]) => Module;

export interface WeightDefinition {
  readonly shape: readonly number[];
  /** Default true. */
  readonly trainable?: boolean;
  initial(k: Key): tf.Tensor;
}

export interface ModuleDefinition {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly piecewiseAffine: boolean;
  readonly weights?: Readonly<Record<string, WeightDefinition>>;
  /** Runs in a tidy, with x and the weights checked. `observe` has the module's own site name in it. */
  run(w: Weights, x: tf.Tensor, context: RunContext): tf.Tensor;
}

export interface RunContext {
  readonly training: boolean;
  observe(kind: NonLinearity, input: tf.Tensor, output: tf.Tensor, window?: Site['window']): void;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function title(module: { readonly name: string }, path: string | undefined): string {
  return path ? `${module.name} '${path}'` : module.name;
}

/** @throws If x is not a float32 batch of at least one record of the module's input shape. */
export function checkInput(module: Pick<Module, 'name' | 'inputShape'>, x: tf.Tensor, path?: string): void {
  if (x.dtype === 'float32' && x.rank > 0 && x.shape[0]! > 0 && sameShape(x.shape.slice(1), module.inputShape)) return;
  const expected = ['N', ...module.inputShape].join(', ');
  throw new Error(
    `${title(module, path)}: expected a float32 batch [${expected}] with N >= 1, got ${x.dtype} [${x.shape.join(', ')}]; ` +
      'build the module with the inputShape of its data, and keep the batch axis.',
  );
}

function checkWeights(definition: ModuleDefinition, w: Weights, path: string | undefined): void {
  for (const [name, { shape }] of Object.entries(definition.weights ?? {})) {
    const full = path ? `${path}.${name}` : name;
    const weight = w[name];
    if (weight === undefined) {
      throw new Error(
        `${title(definition, path)}: weight '${full}' is missing; pass the weights that init(key) of the same module gave.`,
      );
    }
    if (!sameShape(weight.shape, shape)) {
      throw new Error(
        `${title(definition, path)}: weight '${full}' should have shape [${shape.join(', ')}], got [${weight.shape.join(', ')}]; ` +
          'these weights belong to a network of another size.',
      );
    }
  }
}

/** A module with no modules inside, from its weights and its function. */
export function defineModule(definition: ModuleDefinition): Module {
  const { name, inputShape, outputShape, piecewiseAffine } = definition;
  return {
    name,
    inputShape,
    outputShape,
    piecewiseAffine,
    init(k) {
      const entries = Object.entries(definition.weights ?? {}).map(([weight, { initial, trainable = true }], i) => {
        const value = initial(foldIn(k, i));
        const variable = tf.variable(value, trainable);
        value.dispose();
        return [weight, variable] as const;
      });
      return Object.fromEntries(entries);
    },
    apply(w, x, { training = false, observe, path } = {}) {
      checkInput(definition, x, path);
      checkWeights(definition, w, path);
      return tf.tidy(() =>
        definition.run(w, x, {
          training,
          observe: (kind, input, output, window) => observe?.({ name: path ?? name, kind, input, output, window }),
        }),
      );
    },
  };
}

function within(w: Weights, child: string): Weights {
  const prefix = `${child}.`;
  const inner: Weights = {};
  for (const name of Object.keys(w)) {
    if (name.startsWith(prefix)) inner[name.slice(prefix.length)] = w[name]!;
  }
  return inner;
}

/** Applies the child of this name of a composed module: its weights are those under `child.`. */
export function applyChild(
  children: Readonly<Record<string, Module>>,
  child: string,
  w: Weights,
  x: tf.Tensor,
  options: ApplyOptions,
): tf.Tensor {
  const path = options.path ? `${options.path}.${child}` : child;
  return children[child]!.apply(within(w, child), x, { ...options, path });
}

/** The weights of a composed module: each child's under `child.`, each child with its own key. */
export function initChildren(children: Readonly<Record<string, Module>>, k: Key): Weights {
  const weights: Weights = {};
  Object.entries(children).forEach(([child, module], i) => {
    for (const [name, weight] of Object.entries(module.init(foldIn(k, i)))) weights[`${child}.${name}`] = weight;
  });
  return weights;
}

/** @throws If a size is not a whole number of at least `min`. */
export function checkSize(where: string, what: string, value: number, min = 1): void {
  if (Number.isInteger(value) && value >= min) return;
  throw new Error(`${where}: expected ${what} to be a whole number of at least ${min}, got ${value}`);
}

/** @throws If a layer for images (or for vectors) is given another rank of input. */
export function checkRank(where: string, inputShape: readonly number[], axes: string): void {
  if (inputShape.length === axes.split(', ').length) return;
  throw new Error(`${where}: expected an input shape [${axes}] (without batch), got [${inputShape.join(', ')}]`);
}
