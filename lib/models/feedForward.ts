import { gelu } from './activations';
import type { Layer } from './module';
import { pointwise } from './pointwise';
import { sequential } from './sequential';

/**
 * The MLP of ConvNeXt and Vision Transformers: at each pixel or token `fc1` to four times the features, GELU (`act`), and `fc2` back.
 * Weights start normal with standard deviation 0.02, biases at 0. Names as Mlp of timm's mlp.py.
 */
export function feedForward(): Layer {
  return (inputShape) => {
    const features = inputShape.at(-1)!;
    return sequential('mlp', inputShape, {
      fc1: pointwise({ units: 4 * features, initialStd: 0.02 }),
      act: gelu(),
      fc2: pointwise({ units: features, initialStd: 0.02 }),
    });
  };
}
