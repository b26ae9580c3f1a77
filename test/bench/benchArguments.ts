import { parseArgs } from 'node:util';
import { type Yardstick, yardsticks } from './benches';

/** What `npm run bench -- …` was asked for. */
export interface BenchArguments {
  /** The benches to run, in the table's order. */
  readonly names: readonly string[];
  /** What the benches are compared with; default nothing. */
  readonly against?: Yardstick;
  /** Timed runs of each; default 10. */
  readonly runs: number;
  /** How often ours and theirs take turns; default 2. */
  readonly rounds: number;
}

export const usage = `npm run bench [-- NAME … --against torch|numpy|sklearn --runs 10 --rounds 2 --list]
  NAME            the benches whose names hold one of the words; default all that take minutes, not hours
  --against       beside each bench that has one, its counterpart in torch (PyTorch), numpy or sklearn (scikit-learn), by turns (Python:
                  $INFOSSL_TORCH_PYTHON, $INFOSSL_NUMPY_PYTHON, $INFOSSL_SKLEARN_PYTHON, or python3)
  --runs          timed runs of each, at least 10, after 3 that are not counted
  --rounds        how often ours and theirs take turns, at least 2
  --list          names the benches`;

/** @throws On an option or a name that is unknown, and a number that is too small; the message says what there is. */
export function parseBenchArguments(
  words: readonly string[],
  benches: Readonly<Record<string, { readonly onRequest?: true }>>,
): BenchArguments | 'list' | 'help' {
  const { values, positionals } = parse(words);
  if (values.help) return 'help';
  if (values.list) return 'list';
  const all = Object.keys(benches);
  for (const word of positionals) {
    if (!all.some((name) => name.includes(word))) {
      throw new Error(`bench: expected names of benches, got '${word}'; there are ${all.join(', ')}`);
    }
  }
  const against = yardsticks.find((own) => own === values.against);
  if (values.against !== undefined && !against) {
    throw new Error(`bench: expected --against ${yardsticks.join(' or ')}, got --against ${values.against}`);
  }
  return {
    names: all.filter((name) =>
      positionals.length === 0 ? !benches[name]!.onRequest : positionals.some((word) => name.includes(word)),
    ),
    ...(against ? { against } : {}),
    runs: wholeNumber('--runs', values.runs, 10),
    rounds: wholeNumber('--rounds', values.rounds, 2),
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        against: { type: 'string' },
        runs: { type: 'string' },
        rounds: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new Error(`bench: ${(error as Error).message.split('. To specify')[0]}\n${usage}`);
  }
}

function wholeNumber(option: string, text: string | undefined, least: number): number {
  const value = text === undefined ? least : Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`bench: expected ${option} to be a whole number of at least ${least}, got ${text}`);
  }
  return value;
}
