import type { Objective } from '../objectives/objective';
import { type GradientError, type GradientOptions, gradientErrors } from '../training/gradientErrors';
import { type ObjectiveCheck, type ObjectiveCheckOptions, objectiveChecks } from '../training/objectiveChecks';
import { showTable } from './display';

/**
 * Tries an objective before anything is trained with it, and shows what was found as a table: terms and gradients finite, present and
 * right, what changes them, collapses, a batch of two, leaks, time. Some seconds.
 *
 * @returns A row for each check: `right`, `wrong`, or a `note`, a property that is good or bad as it is meant.
 * @throws As `objective.terms`: what is no objective cannot be tried.
 * @example
 * checkObjective(vicreg()).some(({ verdict }) => verdict === 'wrong'); // false
 */
export function checkObjective(objective: Objective, options: ObjectiveCheckOptions = {}): ObjectiveCheck[] {
  const checks = objectiveChecks(objective, options);
  showTable(checks.map((row) => ({ ...row })));
  return checks;
}

/**
 * Holds an objective's gradients against differences of its terms, and shows them as a table: for each term and input the direction in
 * which they differ most. Along each term's own gradient and random directions, at a handful of steps, so that a kink beside
 * the point does no harm. In float32, so to some 1e-3.
 *
 * What is constant to the gradient is held at what it is at the point, and so not put to the test: what goes through `stopGradient`,
 * targets (`negativeCosine`), assignments (`sinkhorn`), which row is a nearest neighbor (`kozachenkoLeonenko` and other estimators by
 * neighbors), scales that estimators take from the data (`momentBound`, `kernelDensity`).
 *
 * @throws As `objective.terms`, if a term uses an operation without gradient, and if there are more or fewer such constants beside
 *   the point than at it, as where terms branch on values.
 * @example
 * checkGradient(vicreg()).every(({ agrees }) => agrees); // true
 */
export function checkGradient(objective: Objective, options: GradientOptions = {}): GradientError[] {
  const errors = gradientErrors(objective, options);
  showTable(
    errors.map(({ term, input, norm, direction, slope, numeric, relativeError, kinks, agrees }) => ({
      ...{ term, 'gradient by': input, norm: norm ?? 'none', 'worst along': direction, gradient: slope },
      ...{ differences: numeric, 'off by %': 100 * relativeError, kinks, agrees: agrees ?? 'left open by rounding' },
    })),
  );
  return errors;
}
