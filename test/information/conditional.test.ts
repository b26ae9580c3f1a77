import { describe, expect, it } from 'vitest';
import { foldIn, key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianConditional, isotropicConditional } from '../../lib/information/conditional';
import { expectedLogConditional } from '../../lib/information/jointGaussian';
import { randomCovariance } from './randomCovariance';

describe('isotropicConditional', () => {
  it('has the isotropic q among the affine ones', () => {
    for (let trial = 0; trial < 50; trial++) {
      tf.tidy(() => {
        const k = foldIn(key(12), trial);
        const dimension = 1 + (trial % 6);
        const s = 0.3 + trial / 20;
        const joint = { covariance: randomCovariance(k, 2 * dimension), split: dimension };
        const exact = expectedLogConditional(joint, { covariance: tf.eye(dimension).mul(s * s) as tf.Tensor2D });
        const z = normal(foldIn(k, 1), [4, dimension]) as tf.Tensor2D;
        const given = normal(foldIn(k, 2), [4, dimension]) as tf.Tensor2D;
        const covariance = tf.eye(dimension).mul(s * s) as tf.Tensor2D;
        expect(isotropicConditional(z, given, { sigma: s })).toMatchNumbers(
          gaussianConditional(z, given, { covariance }),
          {
            rtol: 1e-5,
            atol: 1e-5,
          },
        );
        // E ‖z − z'‖² = tr (S_zz − 2 S_zx + S_xx).
        const d = tf.concat([tf.eye(dimension), tf.eye(dimension).neg()], 1) as tf.Tensor2D;
        const square = tf
          .matMul(tf.matMul(d, joint.covariance), d, false, true)
          .mul(tf.eye(dimension))
          .sum()
          .dataSync()[0]!;
        const byHand = -(dimension / 2) * Math.log(2 * Math.PI * s * s) - square / (2 * s * s);
        expect(exact).toMatchNumbers([byHand], { rtol: 1e-4, atol: 1e-4 });
      });
    }
  });
});
