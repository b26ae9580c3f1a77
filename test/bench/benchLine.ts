/** One line of `npm run bench`: a name, and finite numbers or words. */
export interface BenchLine {
  readonly name: string;
  readonly [fact: string]: string | number | boolean;
}

/** The line of something timed. */
export interface TimedLine extends BenchLine {
  readonly ms_min: number;
  readonly ms_median: number;
  readonly runs: number;
}

/** To three decimals, as much as a clock tells. */
export function rounded(value: number): number {
  return Math.round(1000 * value) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The least and the median of times in milliseconds, the process's peak memory, and with `images` (a run) the images a second. */
export function timedLine(
  name: string,
  milliseconds: readonly number[],
  { images, ...facts }: { readonly images?: number; readonly [fact: string]: number | undefined } = {},
): TimedLine {
  const middle = median(milliseconds);
  return {
    name,
    ms_min: rounded(Math.min(...milliseconds)),
    ms_median: rounded(middle),
    runs: milliseconds.length,
    ...(images === undefined ? {} : { images_per_s: Math.round((1000 * images) / middle) }),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    ...(facts as Record<string, number>),
  };
}
