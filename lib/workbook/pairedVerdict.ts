import { type MeanInterval, pairedDifference } from '../statistics/meanInterval';
import type { Verdict } from './verdict';

/** A quantity by the seed of the run that it was measured in. */
export type BySeed = ReadonlyMap<number, number>;

export interface PairedVerdictOptions {
  /** Of the method that the claim says is above the others. */
  readonly ours: BySeed;
  /** Of the others, by their names. */
  readonly others: ReadonlyMap<string, BySeed>;
  /** The seeds that were to run: where one is missing, a claim cannot hold. */
  readonly seeds: readonly number[];
  /** Each interval's coverage; default 0.95. */
  readonly level?: number;
}

/** Ours minus another's, over the seeds that both have. */
export interface PairedAdvantage extends MeanInterval {
  /** The other method's name. */
  readonly other: string;
}

/** What `pairedVerdict` found. */
export interface PairedVerdict {
  /** Whether ours is above all others. */
  readonly holds: Verdict['holds'];
  /** Against each of the others that shares two seeds or more with ours, in their order. */
  readonly advantages: readonly PairedAdvantage[];
  /**
   * That on which the answer hangs, with the interval that gave it: of the widened ones the lowest upper end where the claim does not
   * hold, else the lowest lower end. Undefined where there is no advantage.
   */
  readonly decisive: PairedAdvantage | undefined;
}

/**
 * Whether one method is above each of several others, by differences paired by seed (`pairedDifference`). With m others:
 *
 * - it holds if every interval of coverage `level` lies above 0, from all of the seeds. All m must, so each is tested at
 *   the full level (an intersection-union test, Berger 1982);
 * - it does not if some interval of coverage 1 − (1 − level) / m lies below 0: one of m is enough, so they are widened for
 *   the m looks (Bonferroni);
 * - else it is inconclusive.
 *
 * A value that is not finite counts as missing. Differences that tie exactly give an interval without width, which settles nothing.
 *
 * @throws On no others, on seeds that repeat, or fewer than 2 of them.
 * @example
 * const bySeed = (values: readonly number[]) => new Map(values.map((value, seed) => [seed, value]));
 * const ours = bySeed([0.8, 0.82, 0.81]);
 * const others = new Map([['BYOL', bySeed([0.7, 0.71, 0.72])]]);
 * pairedVerdict({ ours, others, seeds: [0, 1, 2] }); // { holds: true, decisive: { other: 'BYOL', value: 0.1 } }
 */
export function pairedVerdict({ ours, others, seeds, level = 0.95 }: PairedVerdictOptions): PairedVerdict {
  if (others.size === 0) throw new Error('pairedVerdict: expected at least one other method, got none.');
  if (seeds.length < 2 || new Set(seeds).size < seeds.length) {
    throw new Error(`pairedVerdict: expected at least 2 seeds, each once, got [${seeds}]; run more seeds.`);
  }
  const against = (coverage: number) =>
    [...others].flatMap(([other, theirs]) => {
      const shared = seeds.filter((seed) => Number.isFinite(ours.get(seed)) && Number.isFinite(theirs.get(seed)));
      if (shared.length < 2) return [];
      const [a, b] = [ours, theirs].map((own) => shared.map((seed) => own.get(seed)!));
      return [{ other, ...pairedDifference(a!, b!, { level: coverage }) }];
    });
  const advantages = against(level);
  const below = against(1 - (1 - level) / others.size).filter(({ low, high }) => low < high && high < 0);
  const complete = advantages.length === others.size && advantages.every(({ n }) => n === seeds.length);
  const above = complete && advantages.every(({ low, high }) => low < high && low > 0);
  return {
    holds: below.length > 0 ? false : above ? true : 'inconclusive',
    advantages,
    decisive: least(below, ({ high }) => high) ?? least(advantages, ({ low }) => low),
  };
}

/** The row with the least value; undefined of none. */
function least<Row>(rows: readonly Row[], value: (row: Row) => number): Row | undefined {
  return rows.reduce<Row | undefined>((a, b) => (a === undefined || value(b) < value(a) ? b : a), undefined);
}
