import { describe, it } from 'vitest';
import { key, normal, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianConditional, isotropicConditional } from '../../lib/information/conditional';
import { expectedLogIsotropic } from '../../lib/information/isotropicExpectation';
import { expectedLogConditional, gaussianEntropy, trueConditional } from '../../lib/information/jointGaussian';
import {
  correlatedMutualInformation,
  gaussianMutualInformation,
  variationalBound,
  variationalEstimate,
} from '../../lib/information/mutualInformation';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';

describe('gradients', () => {
  const spd = (n: number) => (a: tf.Tensor) =>
    tf.matMul(a as tf.Tensor2D, a as tf.Tensor2D, false, true).add(tf.eye(n)) as tf.Tensor2D;

  it('are those of finite differences', async () => {
    const a = normal(key(40), [4, 4]);
    const s = spd(4);
    const rows = normal(key(41), [5, 2]);
    const other = normal(key(42), [5, 2]);
    const small = normal(key(43), [2, 2]);
    const traces = uniform(key(44), [5], 0.5, 1);
    const joint = { covariance: s(normal(key(54), [4, 4])), split: 2 };
    await expectGradient((x) => gaussianMutualInformation(s(x!), 2), [a], key(45));
    await expectGradient((x) => correlatedMutualInformation(x!), [uniform(key(46), [4], -0.7, 0.7)], key(47));
    await expectGradient(
      (x, y) => expectedLogConditional({ covariance: s(x!), split: 2 }, { covariance: spd(2)(y!) }),
      [a, small],
      key(48),
    );
    await expectGradient(
      (x) => {
        const other = { covariance: s(x!), split: 2 };
        const entropy = gaussianEntropy(other.covariance.slice([0, 0], [2, 2]));
        return variationalBound({ entropy, logConditional: expectedLogConditional(joint, trueConditional(other)) });
      },
      [a],
      key(49),
    );
    await expectGradient(
      (z, y, c) => gaussianConditional(z as tf.Tensor2D, y as tf.Tensor2D, { covariance: spd(2)(c!) }),
      [rows, other, small],
      key(50),
    );
    await expectGradient(
      (z, y, t) => isotropicConditional(z as tf.Tensor2D, y as tf.Tensor2D, { sigma: t!.exp().sum() as tf.Scalar }),
      [rows, other, normal(key(51), [1])],
      key(52),
    );
    for (const sigma of ['best', 0.7] as const) {
      await expectGradient(
        (z, y, t) =>
          expectedLogIsotropic(
            { means: z as tf.Tensor2D, traces: t as tf.Tensor1D },
            { means: y as tf.Tensor2D, traces: t as tf.Tensor1D },
            { sigma },
          ),
        [rows, other, traces],
        key(53),
      );
    }
  });

  it('leave no tensor behind', async () => {
    const s = spd(4)(normal(key(60), [4, 4]));
    const z = normal(key(61), [3, 2]) as tf.Tensor2D;
    const joint = { covariance: s, split: 2 };
    await expectNoLeak(() => gaussianMutualInformation(s, 2), 1);
    const q = await expectNoLeak(() => trueConditional(joint), 3);
    await expectNoLeak(() => expectedLogConditional(joint, q), 1);
    await expectNoLeak(() => gaussianConditional(z, z, q), 1);
    await expectNoLeak(() => isotropicConditional(z, z, { sigma: 1 }), 1);
    const view = { means: z, traces: tf.ones([3]) as tf.Tensor1D };
    await expectNoLeak(() => expectedLogIsotropic(view, view, { sigma: 'best' }), 1);
    const logConditional = tf.ones([3]) as tf.Tensor1D;
    await expectNoLeak(() => variationalBound({ entropy: 1, logConditional }), 1);
    await expectNoLeak(() => variationalEstimate({ entropy: 1, logConditional }));
  });
});
