import { concordance } from './concordance';
import { type GroupName, requireFiniteSeries } from './withinGroupCorrelation';

/** Kendall's coefficient along one hyperparameter, the others held fixed. */
export interface GranulatedAxis {
  /** ψ, the mean of τ over the groups; NaN where there is none. */
  readonly tau: number;
  /** Groups of models that differ in this hyperparameter alone. */
  readonly groups: number;
  /** Pairs of models compared, over all groups. */
  readonly pairs: number;
}

/** Kendall's coefficient with all hyperparameters but one held fixed, averaged. */
export interface GranulatedKendall {
  /** Ψ, the mean of ψ over the hyperparameters that have a group; NaN where none has. */
  readonly psi: number;
  /** Along each hyperparameter, by its name. */
  readonly axes: Readonly<Record<string, GranulatedAxis>>;
}

/**
 * The granulated Kendall coefficient Ψ of Jiang et al. 2019 (arXiv 1912.02178): does a measure order models as their
 * generalization gap does when one hyperparameter changes and the others do not? For each hyperparameter the models
 * with all others equal form a group; τ = (concordant − discordant) / pairs, a tie counting 0, is taken within each
 * group and averaged over the groups (ψ), then over the hyperparameters (Ψ). A cause that moves both, such as the
 * number of labels, adds to one ψ only.
 *
 * In their full grid a group has one model a value. Here groups of any size do, from two different values on, as where
 * one setting at a time departs from a base; models that agree in every hyperparameter (seeds) are not compared with
 * each other.
 *
 * @param settings Of each model its hyperparameters, all of the same names; what only tells seeds apart is left out.
 * @param measure, gap Of each model.
 * @throws If the lengths differ, a value is not finite, or settings differ in their names.
 * @example
 * const grid = [[1, 1], [2, 1], [1, 2], [2, 2]];
 * const settings = grid.map(([width, depth]) => ({ width, depth }));
 * // The measure falls with the gap along the width (ψ = −1), and rises with it along the depth (ψ = 1).
 * const { psi, axes } = granulatedKendall([2, 1, 4, 3], [1, 2, 3, 4], settings);
 * psi; // 0
 * axes; // { width: { tau: -1, groups: 2, pairs: 2 }, depth: { tau: 1, groups: 2, pairs: 2 } }
 */
export function granulatedKendall(
  measure: ArrayLike<number>,
  gap: ArrayLike<number>,
  settings: readonly Readonly<Record<string, GroupName>>[],
): GranulatedKendall {
  const name = 'granulatedKendall';
  requireFiniteSeries(name, measure, gap);
  if (settings.length !== measure.length) {
    throw new Error(`${name}: expected settings for each of ${measure.length} models, got ${settings.length}`);
  }
  const names = Object.keys(settings[0] ?? {});
  settings.forEach((own, i) => {
    if (Object.keys(own).length === names.length && names.every((n) => n in own)) return;
    throw new Error(
      `${name}: expected the settings ${names.join(', ')} of model ${i}, got ${Object.keys(own).join(', ')}`,
    );
  });
  const axes = Object.fromEntries(names.map((axis) => [axis, alongAxis(measure, gap, settings, axis, names)]));
  return { psi: meanOfDefined(Object.values(axes).map(({ tau }) => tau)), axes };
}

function alongAxis(
  measure: ArrayLike<number>,
  gap: ArrayLike<number>,
  settings: readonly Readonly<Record<string, GroupName>>[],
  axis: string,
  names: readonly string[],
): GranulatedAxis {
  const groups = new Map<string, number[]>();
  settings.forEach((own, i) => {
    const others = JSON.stringify(names.filter((n) => n !== axis).map((n) => own[n]));
    groups.set(others, [...(groups.get(others) ?? []), i]);
  });
  const taus: number[] = [];
  let pairs = 0;
  for (const members of groups.values()) {
    const [x, y] = [members.map((i) => measure[i]!), members.map((i) => gap[i]!)];
    const differ = (i: number, j: number) => settings[members[i]!]![axis] !== settings[members[j]!]![axis];
    const found = concordance(x, y, differ);
    if (found.pairs === 0) continue;
    taus.push((found.concordant - found.discordant) / found.pairs);
    pairs += found.pairs;
  }
  return { tau: meanOfDefined(taus), groups: taus.length, pairs };
}

/** The mean of the numbers that are not NaN; NaN if there is none. */
function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
