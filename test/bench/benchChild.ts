import { benches } from './benches';

/**
 * Runs one bench in this process, `benchChild.ts NAME RUNS WARMUPS`, and sends its lines to the parent; or writes its inputs and
 * results, `benchChild.ts NAME FILE`.
 */
async function main(): Promise<void> {
  const [name = '', ...rest] = process.argv.slice(2);
  const bench = benches[name]!;
  if (rest.length === 1) return bench.writeValues!(rest[0]!);
  const [runs, warmUps] = rest.map(Number) as [number, number];
  for await (const line of await bench.run({ runs, warmUps })) process.send!(line);
}

main()
  .catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  })
  .finally(() => process.disconnect?.());
