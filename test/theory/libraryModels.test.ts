import { expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { resnet18, resnet50 } from '../../lib/models/resnet';
import { disposeWeights } from '../../lib/models/weights';
import { activationPatterns, patternChanges } from '../../lib/theory/activationPattern';
import { affineErrors, affineMaps } from '../../lib/theory/affineMap';
import { frozenNetwork } from '../../lib/theory/network';

const rowsOfBlocks = [8, 4, 2, 1];

// Stem: 16 × 16 ReLUs a channel and 8 × 8 windows; then four stages at 8, 4, 2 and 1 pixels a side.
const stem = (16 * 16 + 8 * 8) * 2;
// Two blocks a stage of two ReLUs each, of as many channels.
const basic = rowsOfBlocks.reduce((sum, side, i) => sum + 4 * side * side * 2 * 2 ** i, 0);
// 3, 4, 6 and 3 blocks of ReLUs of 1, 1 and 4 times the stage's channels; the strided one's first is at the side before.
const deep = rowsOfBlocks.reduce((sum, side, i) => {
  const channels = 2 * 2 ** i;
  const first = i === 0 ? 0 : channels * ((2 * side) ** 2 - side ** 2);
  return sum + [3, 4, 6, 3][i]! * side * side * 6 * channels + first;
}, 0);

test.each([
  [resnet18, basic],
  [resnet50, deep],
] as const)(
  '%o with a max-pool stem: patterns count its windows, and its affine map holds where they do',
  (build, blocks) => {
    const module = build({ width: 2, stem: 'imagenet', inputShape: [32, 32, 3] });
    const weights = module.init(key(1));
    const network = frozenNetwork(module, weights);
    const x = normal(key(2), [1, 32, 32, 3]);
    expect(activationPatterns(network, x).activations).toBe(stem + blocks);
    const near = tf.tidy(() => x.add(normal(key(3), x.shape, 0, 1e-7)));
    expect(patternChanges(network, x, near).changed[0]).toBe(0);
    const far = tf.tidy(() => x.add(normal(key(4), x.shape, 0, 1)));
    expect(patternChanges(network, x, far).changed[0]).toBeGreaterThan(100);
    const maps = affineMaps(network, x);
    expect(affineErrors(network, maps, near)[0]).toBeLessThan(1e-4);
    tf.dispose([x, near, far, maps.jacobian, maps.offset]);
    disposeWeights(weights);
  },
);
