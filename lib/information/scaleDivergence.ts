import { withGradient } from '../engine/gradient';
import { tf } from '../engine/tensorflow';

/** Up to this |u| the series below is exact to float32; beyond it u − ln(1 + u) is. */
const NEAR = 0.3;

/** u − ln(1 + u) without cancellation for |u| ≤ NEAR: with r = u / (2 + u), ln(1 + u) = 2 artanh r, and u − 2r = u r. */
function excess(u: tf.Tensor): tf.Tensor {
  const r = u.div(u.add(2));
  const square = r.square();
  const series = square
    .mul(1 / 9)
    .add(1 / 7)
    .mul(square)
    .add(1 / 5)
    .mul(square)
    .add(1 / 3);
  return u.mul(r).sub(series.mul(square).mul(r).mul(2));
}

/**
 * Twice the divergence of N(0, a²) from N(0, b²) in one dimension, in nats: a²/b² − 1 − ln a²/b² for KL; for Chernoff's α
 * ln((1 − α) a²/b² + α) − (1 − α) ln a²/b². For each entry, with broadcasting; a and b positive. Good to some 1e-6 of the result
 * however near a and b are, as it is taken from their difference. Differentiable any number of times.
 */
export function scaleDivergence(a: tf.Tensor, b: tf.Tensor, alpha?: number): tf.Tensor {
  return tf.tidy(() => {
    const step = a.sub(b).div(b);
    const u = step.mul(step.add(2));
    const ratio = a.div(b).square();
    const mix = (x: tf.Tensor) => (alpha === undefined ? x : x.mul(1 - alpha).add(alpha));
    return withGradient([u, ratio], () => {
      const [near, far] =
        alpha === undefined
          ? [excess(u), u.sub(ratio.log())]
          : [
              excess(u)
                .mul(1 - alpha)
                .sub(excess(u.mul(1 - alpha))),
              mix(ratio)
                .log()
                .sub(ratio.log().mul(1 - alpha)),
            ];
      return {
        value: tf.where(u.abs().less(NEAR), near, far),
        saved: [u, ratio],
        // All by u: the ratio is 1 + u.
        gradient: (dy, [uSaved, ratioSaved]) => {
          const slope = uSaved!.div(ratioSaved!);
          const own = alpha === undefined ? slope : slope.div(mix(ratioSaved!)).mul(alpha * (1 - alpha));
          return [dy.mul(own), tf.zerosLike(ratioSaved!)];
        },
      };
    });
  });
}
