import { runAgainst } from './against';
import { parseBenchArguments, usage } from './benchArguments';
import { benches } from './benches';
import type { BenchLine } from './benchLine';
import { requireYardstick, runBench } from './benchProcess';

const warmUps = 3;

/** `npm run bench`: the benchmarks, one JSON line each. One that fails is reported and the rest go on; then the exit code is 1. */
async function main(): Promise<void> {
  const wanted = parseBenchArguments(process.argv.slice(2), benches);
  if (wanted === 'help') return console.log(usage);
  if (wanted === 'list') return console.log(Object.keys(benches).join('\n'));
  const { against } = wanted;
  if (against) await requireYardstick(against);
  // The interrupt reaches the bench's own process too, which ends (a long one saves what it has).
  let interrupted = false;
  process.on('SIGINT', () => {
    interrupted = true;
  });
  const print = (line: BenchLine) => console.log(JSON.stringify(line));
  for (const name of wanted.names) {
    const counterpart = against && benches[name]![against];
    try {
      if (against && counterpart) await runAgainst(against, name, counterpart, { ...wanted, warmUps }, print);
      else await runBench(name, { runs: wanted.runs, warmUps }, print);
    } catch (error) {
      if (interrupted) break;
      process.exitCode = 1;
      console.error(`bench: ${name} failed: ${(error as Error).message}`);
    }
  }
  if (interrupted) process.exitCode = 130;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
