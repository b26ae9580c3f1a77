import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Yardstick } from './benches';
import type { BenchLine } from './benchLine';

/** With so many threads both sides compute. */
const threads = 2;
const threadVariables = ['TF_NUM_INTRAOP_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'];
const environment = Object.fromEntries(threadVariables.map((name) => [name, String(threads)]));

/** Resolves to the standard output when the program ends well. @throws With the last lines of its errors, where they were not `shown`. */
function run(
  program: string,
  args: readonly string[],
  { onLine, shown = false }: { readonly onLine?: (line: BenchLine) => void; readonly shown?: boolean } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', shown ? 'inherit' : 'pipe', ...(onLine ? (['ipc'] as const) : [])],
      env: { ...process.env, ...environment },
    });
    let [output, errors] = ['', ''];
    child.stdout!.on('data', (data: Buffer) => {
      output += data;
    });
    child.stderr?.on('data', (data: Buffer) => {
      errors += data;
    });
    if (onLine) child.on('message', (line) => onLine(line as BenchLine));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const last = errors.trim().split('\n').slice(-3).join('\n');
      reject(new Error(last || (signal ? `ended by ${signal}` : `ended with code ${code}`)));
    });
  });
}

const nodeArguments = ['--expose-gc', '--import', 'tsx', join(__dirname, 'benchChild.ts')];

/** One bench in a process of its own, so that its peak memory is its own; `onLine` is given each line when it comes. */
export async function runBench(
  name: string,
  repeats: { readonly runs: number; readonly warmUps: number },
  onLine: (line: BenchLine) => void,
): Promise<void> {
  const args = [...nodeArguments, name, String(repeats.runs), String(repeats.warmUps)];
  await run(process.execPath, args, { onLine, shown: true });
}

/** Writes the inputs and results of a bench to a file. */
export async function writeBenchValues(name: string, file: string): Promise<void> {
  await run(process.execPath, [...nodeArguments, name, file]);
}

const pythons = {
  torch: 'INFOSSL_TORCH_PYTHON',
  numpy: 'INFOSSL_NUMPY_PYTHON',
  sklearn: 'INFOSSL_SKLEARN_PYTHON',
} as const;

/** The names by which pip knows them. */
const packages = { torch: 'torch', numpy: 'numpy', sklearn: 'scikit-learn' } as const;

/** The Python that has the yardstick. */
function pythonOf(yardstick: Yardstick): string {
  return process.env[pythons[yardstick]] || 'python3';
}

/** @throws One sentence, if there is no such Python or it lacks the package. */
export async function requireYardstick(yardstick: Yardstick): Promise<void> {
  const python = pythonOf(yardstick);
  await run(python, ['-c', `import ${yardstick}`]).catch((error: Error) => {
    const reason = error.message.split('\n').at(-1);
    throw new Error(
      `bench: --against ${yardstick} needs a Python with ${yardstick}, and ${python} is none (${reason}); set ${pythons[yardstick]} to one, or \`pip install ${packages[yardstick]}\` there.`,
    );
  });
}

/** What a script beside this file prints. */
export function runYardstick(yardstick: Yardstick, script: string, args: readonly string[]): Promise<string> {
  return run(pythonOf(yardstick), [join(__dirname, script), ...args, '--threads', String(threads)]);
}
