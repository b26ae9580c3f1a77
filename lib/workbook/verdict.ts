import { showBundle } from './display';
import { scale as currentScale, parseScale, type Scale } from './scale';
import { cellText, escapeHtml, htmlTable, markdownTable } from './table';

/** Mime type under which a notebook's output carries its verdict for the book. */
export const verdictMimeType = 'application/vnd.infossl.verdict+json';

/** What a notebook found about one claim, computed from its run. */
export interface Verdict {
  /** The notebook's name, e.g. '02-gaussianity'. */
  readonly notebook: string;
  /** The claim in a sentence. */
  readonly claim: string;
  /** Whose statement it is: read in the paper, recalled from it, or derived here. */
  readonly statement: 'paper' | 'recalled' | 'derived';
  /** What was measured, e.g. 'median p-value at σ = 0.01'. */
  readonly statistic: string;
  /** What it came out as. */
  readonly value: number;
  /** Its uncertainty, lower end first; null where it has none. */
  readonly interval: readonly [number, number] | null;
  /** How many samples it rests on: a count, or words. */
  readonly samples: number | string;
  /** Whether the claim holds at this scale. */
  readonly holds: boolean | 'inconclusive';
  /** The scale that it was run at. */
  readonly scale: Scale;
  /** What limits it, or what it means. */
  readonly note: string;
}

const statements = {
  paper: 'the paper’s',
  recalled: 'the paper’s, recalled',
  derived: 'derived here',
} as const;

/**
 * Shows the verdict as a table in the notebook, with its data beside it for the book's first page.
 * Throws if a text is missing, the interval is reversed, or a claim is said to hold on a value that is not finite.
 *
 * @param scale Default: the session's.
 * @example
 * verdict({
 *   ...{ notebook: '02-gaussianity', claim: 'Outputs are Gaussian.', statement: 'paper', note: 'An example.' },
 *   ...{ statistic: 'median p', value: 0.4, interval: [0.3, 0.5], samples: 100, holds: true },
 * });
 */
export function verdict(input: Omit<Verdict, 'scale'> & { readonly scale?: Scale }): void {
  const result: Verdict = { ...input, scale: input.scale ?? currentScale() };
  checkVerdict(result);
  showBundle({
    [verdictMimeType]: result,
    'text/html': verdictHtml(result),
    'text/markdown': markdownTable(verdictTable(result)),
    'text/plain': verdictText(result),
  });
}

/** A verdict in words, for a table. */
export interface VerdictRow {
  /** The claim in a sentence. */
  readonly claim: string;
  /** Whose statement it is. */
  readonly statement: string;
  /** What was measured, and its value. */
  readonly statistic: string;
  /** Empty where there is none. */
  readonly interval: string;
  /** How many samples it rests on. */
  readonly samples: string;
  /** 'holds', 'does not hold' or 'inconclusive', at which scale. */
  readonly outcome: string;
}

/** The verdict's cells, as the book's first page and the notebook show them. */
export function verdictRow(v: Verdict): VerdictRow {
  const outcome = v.holds === 'inconclusive' ? v.holds : v.holds ? 'holds' : 'does not hold';
  return {
    claim: v.claim,
    statement: statements[v.statement],
    statistic: `${v.statistic}: ${cellText(v.value)}`,
    interval: v.interval ? `${cellText(v.interval[0])} to ${cellText(v.interval[1])}` : '',
    samples: cellText(v.samples),
    outcome: `${outcome} at scale ${v.scale}`,
  };
}

function verdictTable(v: Verdict): string[][] {
  const row = verdictRow(v);
  return [
    ['Claim', row.claim],
    ['Statement', row.statement],
    ['Statistic', row.statistic],
    ['Interval', row.interval || 'none'],
    ['Samples', row.samples],
    ['Verdict', row.outcome],
    ['Note', v.note],
  ];
}

function verdictText(v: Verdict): string {
  return `[verdict] ${v.notebook}: ${verdictTable(v)
    .map(([name, text]) => `${name}: ${text}`)
    .join('; ')}`;
}

/** Sign and word tell the outcome; the colour only repeats it. */
function verdictHtml(v: Verdict): string {
  const [sign, color] = v.holds === 'inconclusive' ? ['?', '#E69F00'] : v.holds ? ['✓', '#009E73'] : ['✗', '#D55E00'];
  const head = `<strong>${sign} ${escapeHtml(verdictRow(v).outcome)}</strong>`;
  return `<div style="border-left: 6px solid ${color}; padding-left: 12px">${head}${htmlTable(verdictTable(v))}</div>`;
}

function checkVerdict(v: Verdict): void {
  for (const field of ['notebook', 'claim', 'statistic', 'note'] as const) {
    if (typeof v[field] !== 'string' || v[field].trim() === '') {
      throw new Error(`verdict: expected ${field} to be a text, got ${JSON.stringify(v[field])}`);
    }
  }
  parseScale(v.scale);
  if (!(v.statement in statements)) {
    throw new Error(`verdict: expected statement to be paper, recalled or derived, got "${v.statement}"`);
  }
  if (![true, false, 'inconclusive'].includes(v.holds)) {
    throw new Error(`verdict: expected holds to be true, false or 'inconclusive', got ${String(v.holds)}`);
  }
  if (typeof v.samples === 'number' ? !(v.samples > 0) : !v.samples) {
    throw new Error(`verdict: expected samples to be a positive number or words, got ${JSON.stringify(v.samples)}`);
  }
  if (v.interval && !(v.interval[0] <= v.interval[1])) {
    throw new Error(`verdict: expected an interval with its lower end first, got [${v.interval}]`);
  }
  if (v.holds === true && !Number.isFinite(v.value)) {
    throw new Error(`verdict: expected a finite value for a claim that holds, got ${v.value}. Say 'inconclusive'`);
  }
}
