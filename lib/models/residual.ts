import { addRelu } from '../engine/addRelu';
import { tf } from '../engine/tensorflow';
import { relu } from './activations';
import { batchNorm } from './batchNorm';
import { conv2d } from './conv2d';
import { applyChild, checkInput, checkRank, initChildren, type Layer, type Module } from './module';
import { sequential } from './sequential';

export interface BasicBlockOptions {
  /** Output channels. */
  readonly filters: number;
  /** Of the first convolution and the shortcut; default 1. */
  readonly stride?: number;
  /** Start the last batch normalisation's scale at 0, so that the block starts as its shortcut; default false. */
  readonly zeroInit?: boolean;
}

/**
 * The residual block of ResNet-18: relu(bn2(conv2(relu1(bn1(conv1(x))))) + shortcut(x)), 3×3 convolutions with padding 1.
 * The shortcut is x itself, or, where shape changes, `downsample`: a 1×1 convolution and a batch normalisation. He et al.
 * 2016, "Deep Residual Learning", option B; names and order as BasicBlock of torchvision's resnet.py.
 */
export function basicBlock({ filters, stride = 1, zeroInit = false }: BasicBlockOptions): Layer {
  return (inputShape) => {
    checkRank('basicBlock', inputShape, 'height, width, channels');
    const conv1 = conv2d({ filters, kernelSize: 3, stride, padding: 1 })(inputShape);
    const inner = conv1.outputShape;
    const children: Record<string, Module> = {
      conv1,
      bn1: batchNorm()(inner),
      relu1: relu()(inner),
      conv2: conv2d({ filters, kernelSize: 3, padding: 1 })(inner),
      bn2: batchNorm(zeroInit ? { initialScale: 0 } : {})(inner),
      relu2: relu()(inner),
    };
    const reshapes = stride !== 1 || inputShape[2] !== filters;
    if (reshapes) {
      const shortcut = [conv2d({ filters, kernelSize: 1, stride }), batchNorm()];
      children.downsample = sequential('downsample', inputShape, shortcut);
    }
    const module: Module = {
      name: 'basicBlock',
      inputShape,
      outputShape: inner,
      piecewiseAffine: true,
      init: (k) => initChildren(children, k),
      apply(w, x, options = {}) {
        checkInput(module, x, options.path);
        const run = (child: string, input: tf.Tensor) => applyChild(children, child, w, input, options);
        return tf.tidy(() => {
          const residual = run('bn2', run('conv2', run('relu1', run('bn1', run('conv1', x)))));
          const shortcut = reshapes ? run('downsample', x) : x;
          // Who observes relu2 sees its input, the sum.
          return options.observe ? run('relu2', residual.add(shortcut)) : addRelu(residual, shortcut);
        });
      },
    };
    return module;
  };
}
