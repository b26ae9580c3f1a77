import { tf } from '../engine/tensorflow';
import { applyChild, checkInput, initChildren, type Layer, type Module } from './module';

/** Numbered children ('0', '1', …, as in PyTorch's Sequential), or named ones. */
export type Children = readonly (Layer | Module)[] | Readonly<Record<string, Layer | Module>>;

function place(name: string, child: string, layer: Layer | Module, shape: readonly number[]): Module {
  if (typeof layer === 'function') return layer(shape);
  if (layer.inputShape.join() === shape.join()) return layer;
  throw new Error(
    `${name}: child '${child}' (${layer.name}) expects an input of shape [${layer.inputShape.join(', ')}], ` +
      `but what comes before it gives [${shape.join(', ')}]`,
  );
}

/**
 * One module after another, each told the shape that the one before gives. A child `a` has its weights under `a.`.
 * Piecewise affine if all its children are.
 *
 * @param inputShape Without the batch axis.
 * @throws If it has no children, a child does not fit, or a child's name has a dot or is a whole number (JavaScript would
 *   reorder those: pass an array for numbered children).
 * @example
 * const network = sequential('tiny', [8, 8, 3], [conv2d({ filters: 4, kernelSize: 3 }), relu(), globalAveragePool()]);
 * network.outputShape; // [4]
 * Object.keys(network.init(key(0))); // ['0.weight']
 */
export function sequential(name: string, inputShape: readonly number[], children: Children): Module {
  const named = Object.entries(children) as [string, Layer | Module][];
  if (named.length === 0) throw new Error(`${name}: expected at least one child, got none`);
  const modules: Record<string, Module> = {};
  let shape = inputShape;
  for (const [child, layer] of named) {
    if (child.includes('.') || child === '' || (!Array.isArray(children) && /^\d+$/.test(child))) {
      throw new Error(`${name}: expected children's names without dots and not whole numbers, got '${child}'`);
    }
    modules[child] = place(name, child, layer, shape);
    shape = modules[child].outputShape;
  }
  const module: Module = {
    name,
    inputShape,
    outputShape: shape,
    piecewiseAffine: Object.values(modules).every((child) => child.piecewiseAffine),
    init: (k) => initChildren(modules, k),
    apply(w, x, options = {}) {
      checkInput(module, x, options.path);
      return tf.tidy(() => {
        let y = x;
        for (const child of Object.keys(modules)) {
          const before = y;
          y = applyChild(modules, child, w, before, options);
          // Inference over many images then holds two layers' outputs at a time, not all of them.
          if (before !== x && before !== y && !before.kept) before.dispose();
        }
        return y;
      });
    },
  };
  return module;
}
