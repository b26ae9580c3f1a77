import { foldIn } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { depthwiseConv2d } from './depthwiseConv2d';
import { feedForward } from './feedForward';
import { layerNorm } from './layerNorm';
import { applyChild, checkInput, checkRank, defineModule, initChildren, type Layer, type Module } from './module';

/**
 * ConvNeXt's block: x + gamma · mlp(norm(conv_dw(x))), a 7×7 depthwise convolution, a layer normalisation of the channels, and
 * at each pixel a linear layer to four times the channels, GELU and one back. `gamma` [channels], the layer scale, starts at
 * 1e-6, so that the block starts as the identity nearly. Liu et al. 2022; names as ConvNeXtBlock of timm's convnext.py.
 *
 * @throws If the input is no image.
 * @example
 * const block = convNextBlock()([8, 8, 4]);
 * block.outputShape; // [8, 8, 4]
 * countParameters(block.init(key(0))); // 360
 */
export function convNextBlock(): Layer {
  return (inputShape) => {
    checkRank('convNextBlock', inputShape, 'height, width, channels');
    const channels = inputShape[2]!;
    const layerScale = defineModule({
      name: 'layerScale',
      inputShape,
      outputShape: inputShape,
      piecewiseAffine: true,
      weights: { gamma: { shape: [channels], initial: () => tf.fill([channels], 1e-6) } },
      run: (w, x) => x.mul(w.gamma!),
    });
    const residual: Record<string, Module> = {
      conv_dw: depthwiseConv2d({ kernelSize: 7 })(inputShape),
      norm: layerNorm()(inputShape),
      mlp: feedForward()(inputShape),
    };
    const module: Module = {
      name: 'convNextBlock',
      inputShape,
      outputShape: inputShape,
      piecewiseAffine: false,
      init: (k) => ({ ...layerScale.init(foldIn(k, 0)), ...initChildren(residual, foldIn(k, 1)) }),
      apply(w, x, options = {}) {
        checkInput(module, x, options.path);
        const run = (child: string, input: tf.Tensor) => applyChild(residual, child, w, input, options);
        return tf.tidy(() => x.add(layerScale.apply(w, run('mlp', run('norm', run('conv_dw', x))), options)));
      },
    };
    return module;
  };
}
