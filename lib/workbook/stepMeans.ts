/** A number of a step, and the line that it belongs to. */
export interface CurveValue {
  readonly panel: string;
  readonly series: string;
  readonly value: number;
}

/** The mean of a line over the steps of one stretch. */
export interface CurvePoint extends CurveValue {
  /** The stretch's last step, taken or not, so the same for every run of these steps. */
  readonly end: number;
  /** The last step that was taken of it. */
  readonly last: number;
}

/** Lines over steps, in so few points that a long training costs no more than a short one. */
export interface StepMeans {
  add(step: number, values: readonly CurveValue[]): void;
  /** How many steps a point is the mean of. */
  stretch(): number;
  /** In the order of the steps, then of each step's values. A mean is over the finite values, and NaN where there are none. */
  points(): CurvePoint[];
}

interface Line {
  readonly panel: string;
  readonly series: string;
  sum: number;
  count: number;
}

interface Stretch {
  readonly place: number;
  last: number;
  readonly lines: Line[];
}

/** Means over equal stretches of steps, `most` stretches at most: where there come more, two are made one. */
export function stepMeans(most: number, firstStretch = 1): StepMeans {
  let stretch = firstStretch;
  let stretches: Stretch[] = [];
  const stretchAt = (place: number) => {
    const open = stretches.at(-1);
    if (open?.place === place) return open;
    const next: Stretch = { place, last: 0, lines: [] };
    stretches.push(next);
    return next;
  };
  const join = () => {
    const halves = stretches;
    stretches = [];
    stretch *= 2;
    for (const { place, last, lines } of halves) {
      const whole = stretchAt(Math.ceil(place / 2));
      whole.last = last;
      for (const [i, line] of lines.entries()) addTo(whole.lines, line, i);
    }
  };
  return {
    add(step, values) {
      const own = stretchAt(Math.ceil(step / stretch));
      own.last = step;
      for (const [i, { panel, series, value }] of values.entries()) {
        const finite = Number.isFinite(value);
        addTo(own.lines, { panel, series, sum: finite ? value : 0, count: finite ? 1 : 0 }, i);
      }
      if (stretches.length > most) join();
    },
    stretch: () => stretch,
    points: () =>
      stretches.flatMap(({ place, last, lines }) =>
        lines.map(({ panel, series, sum, count }) => ({
          panel,
          series,
          value: sum / count,
          end: place * stretch,
          last,
        })),
      ),
  };
}

/** Most often the line is at place `i`, as in the step before. */
function addTo(lines: Line[], { panel, series, sum, count }: Line, i: number): void {
  const same = (line: Line | undefined) => line?.panel === panel && line.series === series;
  const line = same(lines[i]) ? lines[i] : lines.find(same);
  if (!line) {
    lines.push({ panel, series, sum, count });
    return;
  }
  line.sum += sum;
  line.count += count;
}
