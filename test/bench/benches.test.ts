import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { expectNoLeak } from '../matchers';
import { coloredNoise } from '../training/smallRun';
import { ratioLine } from './against';
import { parseBenchArguments } from './benchArguments';
import { benches } from './benches';
import { type BenchLine, median, type TimedLine, timedLine } from './benchLine';
import { requireYardstick, runBench } from './benchProcess';
import {
  type EstimatorName,
  estimators,
  informationBench,
  informationMemory,
  writeInformationValues,
} from './information';
import { leastSquaresBench, writeLeastSquaresValues } from './leastSquares';
import { memory, memoryMethods } from './memory';
import { fittedKinds, mixtureFitBench, writeMixtureFitValues } from './mixtureFit';
import { type ObjectiveName, objectiveBench, objectiveCase, objectives } from './objectives';
import { writeObjectiveValues } from './objectiveValues';
import { quality } from './quality';
import { timed } from './timed';
import { trainingStep } from './trainingStep';
import { views } from './views';

const once = { runs: 1, warmUps: 0 };
const size = { batch: 4, dimension: 6, queue: 8 };
const images = coloredNoise(220, 32);
const objectiveNames = Object.keys(objectives) as ObjectiveName[];
const folder = mkdtempSync(join(tmpdir(), 'infossl-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The lines, each of which has a name and only finite numbers. */
async function linesOf(source: Iterable<BenchLine> | AsyncIterable<BenchLine>): Promise<BenchLine[]> {
  const lines: BenchLine[] = [];
  for await (const line of source) {
    for (const value of Object.values(line)) {
      if (typeof value === 'number') expect(Number.isFinite(value), JSON.stringify(line)).toBe(true);
    }
    lines.push(line);
  }
  return lines;
}

const names = (lines: readonly BenchLine[]) => lines.map(({ name }) => name);

function rowsOf({ data }: { readonly data: string }, dimension: number): number[][] {
  const bytes = Buffer.from(data, 'base64');
  const values = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  return Array.from({ length: values.length / dimension }, (_, n) => values.slice(dimension * n, dimension * (n + 1)));
}

/** pairDist's KL bound, (K/2) ln 2πeσ² − mean ln mean exp(−‖z_i − z_j‖²/2σ²), and ½ ln det(I + βΣ̂) by elimination. */
function plainly(name: EstimatorName, z: readonly number[][], setting: number): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const dimension = z[0]!.length;
  if (name.startsWith('pairDist')) {
    const squared = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0);
    const kernel = (a: readonly number[]) => mean(z.map((b) => Math.exp(-squared(a, b) / (2 * setting ** 2))));
    const own = (dimension / 2) * Math.log(2 * Math.PI * Math.E * setting ** 2);
    return own - mean(z.map((a) => Math.log(kernel(a))));
  }
  const centres = z[0]!.map((_, k) => mean(z.map((row) => row[k]!)));
  const products = (i: number, j: number) => z.map((row) => (row[i]! - centres[i]!) * (row[j]! - centres[j]!));
  const covariance = (i: number, j: number) => (mean(products(i, j)) * z.length) / (z.length - 1);
  const matrix = centres.map((_, i) => centres.map((_, j) => (i === j ? 1 : 0) + setting * covariance(i, j)));
  let logDeterminant = 0;
  for (const [p, row] of matrix.entries()) {
    logDeterminant += Math.log(row[p]!);
    for (const below of matrix.slice(p + 1)) {
      const factor = below[p]! / row[p]!;
      for (let k = p; k < dimension; k++) below[k] = below[k]! - factor * row[k]!;
    }
  }
  return logDeterminant / 2;
}

describe('the benches, tiny', () => {
  it('trainingStep', async () => {
    const lines = await expectNoLeak(() => linesOf(trainingStep(images, { width: 4, size: 4 }, once)));
    expect(names(lines)).toEqual(['', '/measured', '/views'].map((what) => `trainingStep/w4-2x4${what}`));
  });

  it('views', async () => {
    const lines = await expectNoLeak(() => linesOf(views(images, { width: 4, size: 4, least: 0 }, once)));
    const recipeNames = ['vicreg', 'symmetric', 'symmetricWeak', 'asymmetric'];
    expect(names(lines)).toEqual(recipeNames.map((name) => `views/${name}`));
    for (const line of lines) expect(line.times_training).toBeGreaterThan(0);
    const strict = views(images, { width: 4, size: 4, least: 1e9 }, once);
    expect(recipeNames.map(() => strict.next().done)).toEqual(recipeNames.map(() => false));
    expect(() => strict.next()).toThrow(/at least 1000000000 times as fast as training at width 4, got vicreg at /);
  });

  it.each(objectiveNames)('objectives/%s, differentiable by something that is trained', async (name) => {
    const lines = await expectNoLeak(() => linesOf(objectiveBench(name, size, once)));
    expect(names(lines)).toEqual([`objectives/${name}`]);
    const file = join(folder, `${name}.json`);
    await expectNoLeak(() => writeObjectiveValues(name, size, file));
    const { inputs, gradients } = JSON.parse(readFileSync(file, 'utf8'));
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(['za', 'zb']));
    const moved = Object.values(gradients as Record<string, { data: string }>).map(({ data }) => {
      const bytes = Buffer.from(data, 'base64');
      return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
    });
    expect(moved.flat().every(Number.isFinite)).toBe(true);
    expect(moved.flat().some((value) => value !== 0)).toBe(true);
  });

  it.each(Object.keys(estimators) as EstimatorName[])('information/%s', async (name) => {
    const embeddings = { rows: 9, dimension: 4, setting: 1 };
    const lines = await expectNoLeak(() => linesOf(informationBench(name, embeddings, once)));
    expect(names(lines)).toEqual([`information/${name}`]);
    const file = join(folder, `${name}.json`);
    await expectNoLeak(() => writeInformationValues(name, embeddings, file));
    const { value, gradient, z } = JSON.parse(readFileSync(file, 'utf8'));
    expect(value).toBeCloseTo(plainly(name, rowsOf(z, embeddings.dimension), embeddings.setting), 4);
    expect(gradient !== undefined).toBe(name.endsWith('Gradient'));
    const [line] = await linesOf(informationMemory(name, embeddings, 1e6));
    expect(line).toMatchObject({ rows: 9, dimension: 4 });
    const strict = informationMemory(name, embeddings, 1);
    strict.next();
    expect(() => strict.next()).toThrow(/expected at most 1 MB of resident memory, got \d+/);
  });

  it('leastSquares', async () => {
    const tiny = { rows: 9, dimension: 4, outputs: 2 };
    const lines = await expectNoLeak(() => linesOf(leastSquaresBench(tiny, once)));
    expect(names(lines)).toEqual(['leastSquares/9x4']);
    const file = join(folder, 'leastSquares.json');
    await expectNoLeak(() => writeLeastSquaresValues(tiny, file));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      rank: 4,
      z: { shape: [9, 4] },
      y: { shape: [9, 2] },
    });
  });

  it.each(fittedKinds)('mixtureFit/%s', async (kind) => {
    const small = { points: 30, components: 2, dimension: 3, steps: 2 };
    const lines = await expectNoLeak(() => linesOf(mixtureFitBench(kind, small, once)));
    expect(lines).toMatchObject([{ name: `mixtureFit/${kind}`, steps: 2 }]);
    const file = join(folder, `${kind}.json`);
    await expectNoLeak(() => writeMixtureFitValues(kind, small, file));
    const { logLikelihoods, points, means } = JSON.parse(readFileSync(file, 'utf8'));
    expect(logLikelihoods).toHaveLength(3);
    expect(logLikelihoods[2]).toBeGreaterThan(logLikelihoods[0]);
    expect([points.shape, means.shape]).toEqual([
      [30, 3],
      [2, 3],
    ]);
  });

  it.each(memoryMethods)('memory/%s', async (method) => {
    setFlagsFromString('--expose-gc');
    Object.assign(globalThis, { gc: runInNewContext('gc') });
    const [line] = await linesOf(memory(images, method, { steps: 10, settled: 5 }));
    expect(line).toMatchObject({ name: `memory/${method}`, steps: 10, tensors_left: 0 });
    expect(line!.tensors_last).toBe(line!.tensors_first);
  });

  it('quality', async () => {
    const options = { width: 4, epochs: 1, seeds: [0, 1], batchSize: 110, folder };
    const data = { train: images, test: { ...images, split: 'test' as const } };
    const lines = await linesOf(quality({ ...options, leastGain: -1 }, data));
    expect(names(lines)).toEqual(['quality/seed-0', 'quality/seed-1', 'quality']);
    expect(readdirSync(folder).filter((name) => name.startsWith('quality-')).length).toBe(2);
    const gains = lines.slice(0, 2).map((line) => Number(line.linear_percent) - Number(line.linear_percent_untrained));
    expect(lines[2]!.linear_points_gained_mean).toBeCloseTo((gains[0]! + gains[1]!) / 2, 2);
    // Student's t for one degree of freedom and 95 %, on half the difference of the two.
    const half = (12.706 * Math.abs(gains[0]! - gains[1]!)) / 2;
    expect(lines[2]!.linear_points_gained_high95).toBeCloseTo((gains[0]! + gains[1]!) / 2 + half, 1);
    const strict: BenchLine[] = [];
    const judge = async () => {
      for await (const line of quality({ ...options, seeds: [0], leastGain: 1.1 }, data)) strict.push(line);
    };
    await expect(judge()).rejects.toThrow('expected training to gain at least 1.1 of linear accuracy');
    expect(strict[0]).toEqual(lines[0]);
    expect(names(strict)).toEqual(['quality/seed-0', 'quality']);
    expect(strict[1]).not.toHaveProperty('linear_points_gained_low95');
  });
});

describe('what the benches share', () => {
  it('times works by turns and leaves out the warm-ups', () => {
    const order: string[] = [];
    const times = timed({ a: () => order.push('a'), b: () => order.push('b') }, { runs: 2, warmUps: 1 });
    expect(order.join('')).toBe('ababab');
    expect([times.a.length, times.b.length]).toEqual([2, 2]);
  });

  it('gives the least, the median and the images a second', () => {
    expect(median([3, 1, 10, 2])).toBe(2.5);
    expect(timedLine('x', [4, 2, 8], { images: 12, extra: 1 })).toMatchObject({
      ...{ name: 'x', ms_min: 2, ms_median: 4, runs: 3, images_per_s: 3000, extra: 1 },
      peak_rss_mb: expect.any(Number),
    });
  });

  it('puts ours over theirs: the least of all rounds, and the median of medians', () => {
    const line = (ms_min: number, ms_median: number): TimedLine => ({ name: 'x', ms_min, ms_median, runs: 10 });
    const ratio = ratioLine('torch', 'x', [line(10, 20), line(8, 24)], { contiguous: [line(16, 40), line(20, 48)] });
    expect(ratio).toMatchObject({ name: 'x/ours-to-torch', ratio_min: 0.5, ratio_median: 0.5, rounds: 2 });
    expect(ratio).not.toHaveProperty('torch_format');
    const formats = { contiguous: [line(16, 40)], 'channels-last': [line(17, 25)] };
    expect(ratioLine('torch', 'x', [line(8, 20)], formats, { algorithm: 'reference' })).toMatchObject({
      ...{ torch_format: 'channels-last', algorithm: 'reference', ratio_median: 0.8, torch_ms_min: 17 },
    });
  });

  it('gives an objective all that it asks for, and its gradient differs from zero', () => {
    const { trained, given, dispose } = objectiveCase('moco', size);
    expect(Object.keys(trained)).toEqual(['za', 'zb']);
    expect(Object.keys(given).sort()).toEqual(['queueA', 'queueB', 'ta', 'tb']);
    expect(given.queueA!.shape).toEqual([8, 6]);
    expect(Object.keys(objectiveCase('swav', size).trained)).toEqual(['za', 'zb', 'prototypes']);
    dispose();
    tf.disposeVariables();
  });

  it('names every objective', () => {
    const listed = Object.keys(benches).filter((name) => name.startsWith('objectives/'));
    expect(listed.sort()).toEqual(objectiveNames.map((name) => `objectives/${name}`).sort());
    const torch = readFileSync(join(import.meta.dirname, 'torchObjectives.py'), 'utf8');
    for (const name of objectiveNames) expect(torch).toContain(`    "${name}": `);
  });
});

describe('npm run bench', () => {
  const table = { 'a/one': {}, 'a/two': {}, long: { onRequest: true as const } };
  const parse = (...words: string[]) => parseBenchArguments(words, table);

  it('runs all but the long ones, or those that are named', () => {
    expect(parse()).toEqual({ names: ['a/one', 'a/two'], runs: 10, rounds: 2 });
    expect(parse('two', 'long', '--against', 'torch', '--runs', '20', '--rounds', '3')).toEqual({
      ...{ names: ['a/two', 'long'], against: 'torch', runs: 20, rounds: 3 },
    });
    expect([parse('--list'), parse('-h')]).toEqual(['list', 'help']);
  });

  it.each([
    [['three'], /expected names of benches, got 'three'; there are a\/one, a\/two, long/],
    [['--against', 'jax'], /expected --against torch or numpy or sklearn, got --against jax/],
    [['--runs', '9'], /expected --runs to be a whole number of at least 10, got 9/],
    [['--rounds', 'x'], /expected --rounds to be a whole number of at least 2, got x/],
    [['--fast'], /Unknown option '--fast'\nnpm run bench/],
  ])('refuses %j', (words, message) => {
    expect(() => parse(...words)).toThrow(message);
  });

  it('runs a bench in its own process, and reports one that fails', async () => {
    const lines: BenchLine[] = [];
    await runBench('objectives/simsiam', once, (line) => lines.push(line));
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatchObject({ name: 'objectives/simsiam', runs: 1 });
    await expect(runBench('no such bench', once, () => {})).rejects.toThrow('ended with code 1');
  });

  it.each(['torch', 'numpy', 'sklearn'] as const)('says in one sentence that a Python has no %s', async (yardstick) => {
    const variable = `INFOSSL_${yardstick.toUpperCase()}_PYTHON`;
    const before = process.env[variable];
    process.env[variable] = join(folder, 'no-python');
    await expect(requireYardstick(yardstick)).rejects.toThrow(
      new RegExp(`--against ${yardstick} needs a Python with ${yardstick}, and .*no-python is none.*set ${variable}`),
    );
    if (before === undefined) delete process.env[variable];
    else process.env[variable] = before;
  });
});
