/** How often a bench runs what it times. */
export interface Repeats {
  /** Timed runs; `npm run bench` takes at least 10. */
  readonly runs: number;
  /** Runs before them, not counted. */
  readonly warmUps: number;
}

/** The milliseconds of each timed run of each of the works, which take turns, so that a busy machine slows all alike. */
export function timed<Name extends string>(
  works: Readonly<Record<Name, () => void>>,
  { runs, warmUps }: Repeats,
): Record<Name, number[]> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let run = -warmUps; run < runs; run++) {
    for (const name of names) {
      const start = performance.now();
      works[name]();
      if (run >= 0) times[name].push(performance.now() - start);
    }
  }
  return times;
}
