import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../datasets/projectRoot';
import { writeProblem } from '../datasets/writeProblem';
import { type FiguresOptions, makeFigures } from './figures';
import { parseScale, scales } from './scale';

const usage = `npm run figures -- [options]
  --scale ${scales.join('|')}   smoke checks that cells run, quick gives every figure on two cores, paper is the paper's size (default quick)
  --only 01,02               only the notebooks whose names begin so (default all)
  --fresh                    train again what is cached
  --timeout SECONDS          for one cell (default 3600; paper: none)
  --write                    also write the executed notebooks over those in notebooks/, as committed
  --no-pictures              no PNG and SVG (they need Chromium)`;

function parseOptions(args: string[]): FiguresOptions {
  const root = projectRoot();
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: 'string', default: 'quick' },
      only: { type: 'string', default: '' },
      fresh: { type: 'boolean', default: false },
      timeout: { type: 'string' },
      write: { type: 'boolean', default: false },
      'no-pictures': { type: 'boolean', default: false },
    },
  });
  const scale = parseScale(values.scale);
  const timeout = values.timeout === undefined ? (scale === 'paper' ? 1e9 : 3600) : Number(values.timeout);
  if (!(timeout > 0)) throw new Error(`--timeout: expected seconds above 0, got "${values.timeout}"`);
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
  };
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    console.log(usage);
    return;
  }
  try {
    const abort = new AbortController();
    process.once('SIGINT', () => abort.abort());
    process.once('SIGTERM', () => abort.abort());
    if (!(await makeFigures({ ...parseOptions(args), signal: abort.signal }))) process.exitCode = 1;
  } catch (error) {
    const problem = writeProblem('npm run figures', error, 'or run a copy of the project elsewhere') as Error;
    console.error(problem.message);
    process.exitCode = 1;
  }
}

void main();
