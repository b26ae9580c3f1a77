import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../datasets/projectRoot';
import { writeProblem } from '../datasets/writeProblem';
import { chooseNotebooks, type FiguresOptions, makeFigures } from './figures';
import { parseScale, scales } from './scale';
import { inOrder } from './schedule';

const usage = `npm run figures -- [options]
  --scale ${scales.join('|')}   smoke checks that cells run, quick gives every figure on two cores, paper is the paper's size (default quick)
  --only 01,02               only the notebooks whose names begin so (default all)
  --estimate                 only say how long the trainings take on this machine, by timing real steps (paper says it before it starts)
  --fresh                    train again what is cached
  --jobs N                   so many notebooks at once (default 2 on a CPU with two cores and 5 GB of memory, else 1); the results are the same
  --timeout SECONDS          for one cell (default 3600; paper: none)
  --write                    also write the executed notebooks over those in notebooks/, as committed
  --no-pictures              no PNG and SVG (they need Chromium)`;

function parseOptions(args: string[]): FiguresOptions & { readonly estimate: boolean } {
  const root = projectRoot();
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: 'string', default: 'quick' },
      only: { type: 'string', default: '' },
      fresh: { type: 'boolean', default: false },
      timeout: { type: 'string' },
      write: { type: 'boolean', default: false },
      jobs: { type: 'string' },
      estimate: { type: 'boolean', default: false },
      'no-pictures': { type: 'boolean', default: false },
    },
  });
  const scale = parseScale(values.scale);
  const timeout = values.timeout === undefined ? (scale === 'paper' ? 1e9 : 3600) : Number(values.timeout);
  if (!(timeout > 0)) throw new Error(`--timeout: expected seconds above 0, got "${values.timeout}"`);
  const jobs = values.jobs === undefined ? undefined : Number(values.jobs);
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs > 0)) {
    throw new Error(`--jobs: expected a whole number above 0, got "${values.jobs}"`);
  }
  return {
    root,
    notebooks: join(root, 'notebooks'),
    data: join(root, 'data'),
    scale,
    only: values.only.split(',').filter((name) => name !== ''),
    fresh: values.fresh,
    timeout,
    write: values.write,
    pictures: !values['no-pictures'],
    ...(jobs !== undefined && { jobs }),
    estimate: values.estimate,
  };
}

/**
 * Says how long the notebooks' trainings take here. In a process of its own: on a GPU one that has loaded TensorFlow holds the memory.
 *
 * @returns the exit code
 */
async function printEstimate(options: FiguresOptions, signal: AbortSignal): Promise<number> {
  const files = inOrder(chooseNotebooks(options.notebooks, options.only)).map((file) => join(options.notebooks, file));
  const tsx = join(options.root, 'node_modules', '.bin', 'tsx');
  const child = spawn(tsx, [join(options.root, 'lib', 'workbook', 'estimateCommand.ts'), ...files], {
    stdio: 'inherit',
    env: { TF_CPP_MIN_LOG_LEVEL: '3', ...process.env, INFOSSL_SCALE: options.scale },
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  return code ?? 1;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    console.log(usage);
    return;
  }
  try {
    const abort = new AbortController();
    // Each time, not once: Ctrl-C in a terminal reaches this process twice, from the terminal and through tsx.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
    const { estimate, ...options } = parseOptions(args);
    if (estimate || options.scale === 'paper') {
      const estimated = await printEstimate(options, abort.signal);
      if (estimate) {
        process.exitCode = estimated;
        return;
      }
    }
    if (!(await makeFigures({ ...options, signal: abort.signal }))) process.exitCode = 1;
  } catch (error) {
    const problem = writeProblem('npm run figures', error, 'or run a copy of the project elsewhere') as Error;
    console.error(problem.message);
    process.exitCode = 1;
  }
}

void main();
