/** Where a figure's numbers come from. Every figure states it under its title. */
export interface Provenance {
  /** What the figure shows, in a few words. */
  readonly title: string;
  /** The scale of the run, as `scale()` gives it. */
  readonly scale: string;
  /** The data, one line each (`Dataset.source`): what, how many records. */
  readonly data: string | readonly string[];
  /**
   * False if any of the data are generated in place of records that a reader would take for real, such as `shapes` for images: the
   * subtitle then begins with GENERATED DATA. A simulation that replaces nothing (draws of a mixture of known entropy, a random
   * network or covariance) is what it claims to be: true, and `data` names it as simulated or random.
   */
  readonly real: boolean;
  /** Seeds of the runs behind the figure; empty if no random number entered. */
  readonly seeds: readonly number[];
  /** How many samples a point rests on: a count, or words ('512 noisy copies of each of 64 images'). */
  readonly samples: number | string;
  /** What the error bars or bands show, e.g. '95 % bootstrap interval'. Default: not mentioned. */
  readonly errorBars?: string;
  /** Anything else a reader must know, e.g. 'images at 32×32, values in [0, 1]'. Default: none. */
  readonly notes?: string;
}

const separator = ' · ';

/**
 * The subtitle's text: 'scale quick · CIFAR-10, 5,085 images · seed 0 · 512 samples'.
 * Throws if a field is missing, for a figure that does not state its source is not shown.
 */
export function subtitle(provenance: Provenance): string {
  const { title, scale, data, real, seeds, samples, errorBars, notes } = provenance;
  const sources = typeof data === 'string' ? [data] : data;
  required('title', title);
  required('scale', scale);
  for (const source of sources) required('data', source);
  if (sources.length === 0) throw new Error('subtitle: expected at least one line in data, got none. Name the data');
  if (typeof real !== 'boolean') throw new Error(`subtitle: expected real to be true or false, got ${String(real)}`);
  if (typeof samples === 'number' && !(Number.isInteger(samples) && samples > 0)) {
    throw new Error(`subtitle: expected samples to be a positive whole number or words, got ${samples}`);
  }
  return [
    ...(real ? [] : ['<b>GENERATED DATA</b>']),
    `scale ${scale}`,
    ...sources,
    seedText(seeds),
    typeof samples === 'number' ? `${samples.toLocaleString('en')} ${samples === 1 ? 'sample' : 'samples'}` : samples,
    ...(errorBars ? [`interval: ${errorBars}`] : []),
    ...(notes ? [notes] : []),
  ].join(separator);
}

function required(field: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new Error(`subtitle: expected ${field} to be a text, got ${JSON.stringify(value)}. Every figure states it`);
  }
}

/** 'seed 0', 'seeds 0–4', 'seeds 0, 7'; none: 'no randomness'. */
function seedText(seeds: readonly number[]): string {
  const first = seeds[0];
  if (first === undefined) return 'no randomness';
  if (seeds.length === 1) return `seed ${first}`;
  const consecutive = seeds.length > 2 && seeds.every((seed, i) => seed === first + i);
  return `seeds ${consecutive ? `${first}–${seeds[seeds.length - 1]}` : seeds.join(', ')}`;
}

/**
 * Breaks a text into lines of at most `columns` characters at spaces (a word longer than a line is cut), never leaving
 * the separator at a line's start.
 */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.replaceAll(separator, '\u00a0· ').split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > columns) {
      lines.push(line);
      line = '';
    }
    while (rest.length > columns) {
      lines.push(rest.slice(0, columns));
      rest = rest.slice(columns);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return line === '' ? lines : [...lines, line];
}
