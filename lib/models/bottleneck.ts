import { addRelu } from '../engine/addRelu';
import { tf } from '../engine/tensorflow';
import { relu } from './activations';
import { batchNorm } from './batchNorm';
import { conv2d } from './conv2d';
import { applyChild, checkInput, checkRank, initChildren, type Layer, type Module } from './module';
import { sequential } from './sequential';

export interface BottleneckOptions {
  /** Channels of the first two convolutions; the output has 4 · filters. */
  readonly filters: number;
  /** Of the 3×3 convolution and the shortcut; default 1. */
  readonly stride?: number;
  /** Start the last batch normalisation's scale at 0, so that the block starts as its shortcut; default false. */
  readonly zeroInit?: boolean;
}

/**
 * The residual block of ResNet-50: 1×1, 3×3 and 1×1 convolutions, each with batch normalisation, ReLU between them and after
 * the sum with the shortcut. The shortcut is x itself, or, where shape changes, `downsample`: a 1×1 convolution and a batch
 * normalisation. Names and order as Bottleneck of torchvision's resnet.py, "ResNet v1.5": the stride is on the 3×3
 * convolution, where He et al. 2016 have it on the first 1×1.
 */
export function bottleneck({ filters, stride = 1, zeroInit = false }: BottleneckOptions): Layer {
  return (inputShape) => {
    checkRank('bottleneck', inputShape, 'height, width, channels');
    const outputs = 4 * filters;
    const conv1 = conv2d({ filters, kernelSize: 1 })(inputShape);
    const conv2 = conv2d({ filters, kernelSize: 3, stride, padding: 1 })(conv1.outputShape);
    const conv3 = conv2d({ filters: outputs, kernelSize: 1 })(conv2.outputShape);
    const children: Record<string, Module> = {
      conv1,
      bn1: batchNorm()(conv1.outputShape),
      relu1: relu()(conv1.outputShape),
      conv2,
      bn2: batchNorm()(conv2.outputShape),
      relu2: relu()(conv2.outputShape),
      conv3,
      bn3: batchNorm(zeroInit ? { initialScale: 0 } : {})(conv3.outputShape),
      relu3: relu()(conv3.outputShape),
    };
    const reshapes = stride !== 1 || inputShape[2] !== outputs;
    if (reshapes) {
      const shortcut = [conv2d({ filters: outputs, kernelSize: 1, stride }), batchNorm()];
      children.downsample = sequential('downsample', inputShape, shortcut);
    }
    const module: Module = {
      name: 'bottleneck',
      inputShape,
      outputShape: conv3.outputShape,
      piecewiseAffine: true,
      init: (k) => initChildren(children, k),
      apply(w, x, options = {}) {
        checkInput(module, x, options.path);
        const run = (child: string, input: tf.Tensor) => applyChild(children, child, w, input, options);
        return tf.tidy(() => {
          const first = run('relu1', run('bn1', run('conv1', x)));
          const second = run('relu2', run('bn2', run('conv2', first)));
          const residual = run('bn3', run('conv3', second));
          const shortcut = reshapes ? run('downsample', x) : x;
          // Who observes relu3 sees its input, the sum.
          return options.observe ? run('relu3', residual.add(shortcut)) : addRelu(residual, shortcut);
        });
      },
    };
    return module;
  };
}
