import { addRelu } from '../engine/addRelu';
import { tf } from '../engine/tensorflow';
import { batchNorm } from './batchNorm';
import { conv2d } from './conv2d';
import { applyChild, checkInput, initChildren, type Module } from './module';
import { sequential } from './sequential';

/**
 * relu(main(x) + shortcut(x)), the frame of a residual block. The shortcut is x itself, or, where shape changes, `downsample`: a 1×1
 * convolution of this stride and a batch normalisation. He et al. 2016, "Deep Residual Learning", option B.
 *
 * @param main The modules of the main path in order; the last is the ReLU, which comes after the sum.
 */
export function residualBlock(
  name: string,
  inputShape: readonly number[],
  stride: number,
  main: Readonly<Record<string, Module>>,
): Module {
  const path = Object.keys(main);
  const last = path.pop()!;
  const { outputShape } = main[last]!;
  const children: Record<string, Module> = { ...main };
  const reshapes = stride !== 1 || inputShape[2] !== outputShape[2];
  if (reshapes) {
    const shortcut = [conv2d({ filters: outputShape[2]!, kernelSize: 1, stride }), batchNorm()];
    children.downsample = sequential('downsample', inputShape, shortcut);
  }
  const module: Module = {
    name,
    inputShape,
    outputShape,
    piecewiseAffine: true,
    init: (k) => initChildren(children, k),
    apply(w, x, options = {}) {
      checkInput(module, x, options.path);
      const run = (child: string, input: tf.Tensor) => applyChild(children, child, w, input, options);
      return tf.tidy(() => {
        const residual = path.reduce((input, child) => run(child, input), x);
        const shortcut = reshapes ? run('downsample', x) : x;
        // Who observes the last ReLU sees its input, the sum.
        return options.observe ? run(last, residual.add(shortcut)) : addRelu(residual, shortcut);
      });
    },
  };
  return module;
}
