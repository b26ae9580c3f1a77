import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Counterpart, Yardstick } from './benches';
import { type BenchLine, median, rounded, type TimedLine } from './benchLine';
import { runBench, runYardstick, writeBenchValues } from './benchProcess';

/** Whether theirs computes what ours does: on our inputs, the same loss and gradients to 1e-4. @throws If not. */
async function checkValues(yardstick: Yardstick, name: string, script: string): Promise<BenchLine> {
  const folder = mkdtempSync(join(tmpdir(), 'infossl-bench-'));
  try {
    const file = join(folder, 'values.json');
    await writeBenchValues(name, file);
    return JSON.parse(await runYardstick(yardstick, script, ['--check', file])) as BenchLine;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Ours over theirs: the least of all rounds, and the medians of the rounds' medians. Below 1 ours is faster. Of several formats
 * of theirs it takes the one with the least median, and says which.
 */
export function ratioLine(
  yardstick: Yardstick,
  name: string,
  ours: readonly TimedLine[],
  formats: Readonly<Record<string, readonly TimedLine[]>>,
  facts: Readonly<Record<string, string>> = {},
): BenchLine {
  const least = (lines: readonly TimedLine[]) => Math.min(...lines.map((line) => line.ms_min));
  const middle = (lines: readonly TimedLine[]) => median(lines.map((line) => line.ms_median));
  const [[format, theirs]] = Object.entries(formats).sort(([, a], [, b]) => middle(a) - middle(b)) as [
    [string, readonly TimedLine[]],
  ];
  return {
    name: `${name}/ours-to-${yardstick}`,
    ...facts,
    ...(Object.keys(formats).length > 1 ? { [`${yardstick}_format`]: format } : {}),
    ratio_min: rounded(least(ours) / least(theirs)),
    ratio_median: rounded(middle(ours) / middle(theirs)),
    ms_min: rounded(least(ours)),
    [`${yardstick}_ms_min`]: rounded(least(theirs)),
    ms_median: rounded(middle(ours)),
    [`${yardstick}_ms_median`]: rounded(middle(theirs)),
    rounds: ours.length,
  };
}

/** A bench and its counterpart by turns, in the same minutes: every line of both, then the ratio. */
export async function runAgainst(
  yardstick: Yardstick,
  name: string,
  { script, arguments: given, formats = { contiguous: [] }, facts, check }: Counterpart,
  { runs, rounds, warmUps }: { readonly runs: number; readonly rounds: number; readonly warmUps: number },
  onLine: (line: BenchLine) => void,
): Promise<void> {
  if (check) onLine(await checkValues(yardstick, name, script));
  const ours: TimedLine[] = [];
  const theirs: Record<string, TimedLine[]> = {};
  for (let round = 0; round < rounds; round++) {
    await runBench(name, { runs, warmUps }, (line) => {
      onLine(line);
      if (line.name === name) ours.push(line as TimedLine);
    });
    for (const [format, own] of Object.entries(formats)) {
      const args = [...given, ...own, '--steps', String(runs), '--warmup', String(warmUps)];
      const line = JSON.parse(await runYardstick(yardstick, script, args)) as TimedLine;
      theirs[format] = [...(theirs[format] ?? []), line];
      onLine(line);
    }
  }
  onLine(ratioLine(yardstick, name, ours, theirs, facts));
}
