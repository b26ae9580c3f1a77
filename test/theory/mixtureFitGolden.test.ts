import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { type GaussianMixture, gaussianMixture } from '../../lib/information/gaussianMixture';
import type { FittedCovariance } from '../../lib/theory/mixtureFit/emOptions';
import { emStep } from '../../lib/theory/mixtureFit/emStep';
import { fitMixture } from '../../lib/theory/mixtureFit/fitMixture';
import { responsibilities } from '../../lib/theory/mixtureFit/responsibilities';

interface State {
  logLikelihood: number;
  means: number[];
  covariances: number[];
  weights: number[];
}
interface Case {
  label: string;
  kind: 'spherical' | 'diag' | 'full' | 'fixed';
  equal: boolean;
  shape: [number, number];
  components: number;
  points: number[];
  steps: State[];
  responsibilities: number[];
}
const { cases } = JSON.parse(readFileSync(join(__dirname, '../golden/mixtureFit.json'), 'utf8')) as { cases: Case[] };

const covarianceOf = ({ kind, steps }: Case): FittedCovariance =>
  kind === 'fixed' ? { fixed: Math.sqrt(steps[0]!.covariances[0]!) } : kind === 'diag' ? 'diagonal' : kind;

function mixtureOf({ kind, components: n, shape: [, k] }: Case, { means, covariances, weights }: State) {
  const centres = { means: tf.tensor2d(means, [n, k]), weights };
  const sigmas = covariances.map(Math.sqrt);
  if (kind === 'full') return gaussianMixture({ ...centres, covariance: tf.tensor3d(covariances, [n, k, k]) });
  if (kind === 'diag') return gaussianMixture({ ...centres, sigmas: tf.tensor2d(sigmas, [n, k]) });
  return gaussianMixture({ ...centres, sigma: sigmas });
}

function covariancesOf({ covariance, means }: GaussianMixture): tf.Tensor {
  if (covariance.kind === 'full') return tf.matMul(covariance.factor, covariance.factor, false, true).flatten();
  if (covariance.kind === 'diagonal') return covariance.sigma.square().flatten();
  return covariance.sigma.square().mul(tf.ones([means.shape[0]]));
}

const far = 'far from the origin';

/**
 * The mixture is scikit-learn's: means and weights to 1e-5, of the points' width and, but far from the origin, of themselves; covariances,
 * which EM magnifies small differences of most, to 3e-5.
 */
function expectState(own: Case, mixture: GaussianMixture, state: State): void {
  tf.tidy(() => {
    const [n, k] = own.shape;
    const points = tf.tensor2d(own.points, [n, k]);
    const centre = points.mean(0);
    const scale = points.sub(centre).square().mean().sqrt().dataSync()[0]!;
    // A mean far from the origin is itself rounded: half a unit in the last place of it.
    const atol = 1e-5 * scale + 2 ** -24 * points.abs().max().dataSync()[0]!;
    expect(mixture.means.flatten()).toMatchNumbers(state.means, { rtol: own.label === far ? 0 : 1e-5, atol });
    expect(covariancesOf(mixture)).toMatchNumbers(state.covariances, { rtol: 3e-5, atol: 3e-5 * scale ** 2 });
    const weights = mixture.weights ?? tf.fill([own.components], 1 / own.components);
    expect(weights).toMatchNumbers(state.weights, { rtol: 1e-5, atol: 1e-6 });
  });
}

describe.each(cases.map((own) => [`${own.kind}, ${own.label}`, own] as const))('%s', (_, own) => {
  const points = tf.tensor2d(own.points, own.shape);
  const options = { covariance: covarianceOf(own), weights: own.equal ? 'equal' : 'free' } as const;

  test('the steps from one start are as in scikit-learn', async () => {
    const fit = await fitMixture(points, {
      ...options,
      initial: mixtureOf(own, own.steps[0]!),
      ...{ steps: own.steps.length - 1, tolerance: 0 },
      onStep: ({ step, mixture }) => {
        expectState(own, mixture, own.steps[step]!);
      },
    });
    expect(fit.logLikelihoods).toMatchNumbers(own.steps.map(({ logLikelihood }) => logLikelihood));
    const ours = responsibilities(points.slice([0, 0], [8, -1]), fit.mixture);
    // Far from the origin the fit's means are rounded when they are taken back there.
    expect(ours.flatten()).toMatchNumbers(own.responsibilities, { rtol: 1e-4, atol: own.label === far ? 1e-3 : 1e-5 });
  });

  // Far from the origin scikit-learn's means are not float32's: only `fitMixture`, which centres them once, can follow.
  test.skipIf(own.label === far)('each step from where scikit-learn stands', () => {
    own.steps.slice(1).forEach((state, i) => {
      const { mixture, logLikelihood } = emStep(points, mixtureOf(own, own.steps[i]!), options);
      expect([logLikelihood]).toMatchNumbers([own.steps[i]!.logLikelihood]);
      expectState(own, mixture, state);
    });
  });
});
