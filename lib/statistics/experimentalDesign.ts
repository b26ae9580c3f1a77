import { foldIn, type Key, permutation } from '../engine/random';

/** The levels of each factor, at least two that differ. */
export type Factors = Readonly<Record<string, readonly (string | number)[]>>;

/** One experiment: a level of each factor. */
export type DesignPoint<F extends Factors> = { readonly [name in keyof F]: F[name][number] };

export interface DesignOptions<F extends Factors> {
  /** A level of each factor. */
  readonly centre: DesignPoint<F>;
  /** How many random combinations; default 0. */
  readonly random?: number;
  /** Of the random combinations. */
  readonly key: Key;
}

/**
 * A design of experiments: the centre; then every factor alone at each of its other levels, the rest at the centre (one
 * factor at a time), which shows each factor's effect by itself; then random combinations, in which every level of a
 * factor occurs equally often, up to one, and factors are combined at random (Latin hypercube sampling on
 * levels, after McKay, Beckman & Conover 1979), which shows the factors together.
 *
 * @param factors The levels of each, by its name.
 * @throws If a factor has fewer than two levels or one twice, or the centre is none of them.
 * @example
 * const factors = { width: [16, 32], rate: [0.1, 0.2, 0.3] };
 * const design = experimentalDesign(factors, { centre: { width: 16, rate: 0.2 }, random: 6, key: key(0) });
 * // The centre, the other width, two other rates, and six at random.
 * design.length; // 10
 * design.slice(0, 2); // [{ width: 16, rate: 0.2 }, { width: 32, rate: 0.2 }]
 */
export function experimentalDesign<F extends Factors>(
  factors: F,
  { centre, random = 0, key }: DesignOptions<F>,
): DesignPoint<F>[] {
  const names = Object.keys(factors) as (keyof F & string)[];
  for (const name of names) {
    const levels = factors[name]!;
    if (levels.length < 2 || new Set(levels).size < levels.length) {
      throw new Error(
        `experimentalDesign: expected at least two different levels of ${name}, got ${levels.join(', ')}`,
      );
    }
    if (levels.includes(centre[name])) continue;
    throw new Error(
      `experimentalDesign: expected the centre's ${name} to be one of its levels ${levels.join(', ')}, got ${centre[name]}`,
    );
  }
  const alone = names.flatMap((name) =>
    factors[name]!.filter((level) => level !== centre[name]).map((level) => ({ ...centre, [name]: level })),
  );
  const columns = names.map((name, f) => {
    const levels = factors[name]!;
    const order = permutation(foldIn(key, 2 * f), levels.length);
    const places = permutation(foldIn(key, 2 * f + 1), random);
    return Array.from(places, (place) => levels[order[place % levels.length]!]!);
  });
  const together = Array.from({ length: random }, (_, i) =>
    Object.fromEntries(names.map((name, f) => [name, columns[f]![i]!])),
  );
  return [centre, ...alone, ...together] as DesignPoint<F>[];
}
