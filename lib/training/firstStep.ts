import type { tf } from '../engine/tensorflow';
import { describeLeaks, leaksOf } from '../objectives/leaks';
import type { Embeddings, Objective } from '../objectives/objective';
import { constantTerms, ignoredViews, termSlopes } from '../objectives/termSlopes';

/**
 * What an objective's author would find out late or never, looked at once, at a run's first step: whether each term can be
 * trained, both views are used, and nothing is left behind. Takes a few more computations of the terms and their gradients.
 *
 * @param weights Trained weights that the terms use by themselves: the prototypes'.
 * @param warn Told of a view that no term uses, and of what the terms leave behind.
 * @throws If a term other than 0 has no gradient at all.
 */
export function checkFirstStep(
  objective: Objective,
  embeddings: Embeddings,
  weights: Readonly<Record<string, tf.Tensor>> = {},
  warn: (message: string) => void = console.warn,
): void {
  const { name } = objective;
  const slopes = termSlopes(objective, embeddings, weights);
  const [constant] = constantTerms(slopes);
  if (constant !== undefined) {
    throw new Error(
      `${name}: expected the term '${constant}' to depend on the embeddings by differentiable operations, got no gradient by any (${Object.keys(slopes[0]!.slopes).join(', ')}), so that nothing would make it smaller; read nothing from tensors (.dataSync(), .arraySync()) to compute it, and look for operations that only count or compare.`,
    );
  }
  for (const view of ignoredViews(objective, slopes)) {
    warn(
      `${name}: no term has a gradient by ${view}, so that view is not trained. If that is not meant, use ${view} in a term without stopGradient.`,
    );
  }
  const left = describeLeaks(leaksOf(objective, embeddings));
  if (left) warn(`${name}: ${left}.`);
}
