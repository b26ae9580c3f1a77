import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { load } from '../../lib/datasets/load';
import { tf } from '../../lib/engine/tensorflow';
import { convNext } from '../../lib/models/convNext';
import { dense } from '../../lib/models/dense';
import { flatten } from '../../lib/models/pooling';
import { projector } from '../../lib/models/projector';
import { sequential } from '../../lib/models/sequential';
import { vit } from '../../lib/models/vit';
import { byol } from '../../lib/objectives/byol';
import { objective } from '../../lib/objectives/objective';
import { vicreg } from '../../lib/objectives/vicreg';
import { evaluateUntrained } from '../../lib/training/untrained';
import { compare } from '../../lib/workbook/compare';
import { type TarMember, tarGz, zip } from '../datasets/archives';
import { cifarRecords } from '../datasets/cifarFiles';
import { fileServer } from '../datasets/fileServer';
import { plainImage } from '../datasets/images';
import { md5 } from '../datasets/offline';
import { temporaryFolder } from '../datasets/temporaryFolder';
import { coloredNoise } from '../training/smallRun';
import { pretendKernel } from './kernel';

// The library's own source must not change under a test.
vi.mock('../../lib/training/sourceVersion', () => ({ sourceVersion: () => 'as it stands' }));
// Counted, and otherwise as it is.
vi.mock('../../lib/training/untrained', async (original) => {
  const real = await original<typeof import('../../lib/training/untrained')>();
  return { ...real, evaluateUntrained: vi.fn(real.evaluateUntrained) };
});
const untrainedJudged = vi.mocked(evaluateUntrained);

let kernel: ReturnType<typeof pretendKernel>;
beforeEach(() => {
  vi.stubEnv('INFOSSL_SCALE', 'smoke');
  untrainedJudged.mockClear();
  kernel = pretendKernel();
});
afterEach(() => {
  kernel.stop();
  vi.unstubAllEnvs();
});

const encoder = sequential('encoder', [8, 8, 3], { flatten: flatten(), features: dense({ units: 16 }) });
const head = (inputSize: number) => projector({ inputSize, sizes: [16, 8] });
const train = coloredNoise(48);
const testSet = { ...coloredNoise(24), split: 'test' as const };
const options = () => ({
  ...{ epochs: 2, batchSize: 16, encoder, projector: head, test: testSet, folder: temporaryFolder() },
});
const progressLines = () => kernel.sent.flatMap(({ metadata }) => (metadata.infossl_progress as string) ?? []);
const titles = () =>
  kernel.sent.flatMap(({ data }) => {
    const figure = data['application/vnd.plotly.v1+json'] as { layout: { meta: { title: string } } } | undefined;
    return figure ? [figure.layout.meta.title] : [];
  });

test('each method with each seed and the untrained encoder; again from the cache; one that fails is reported, the others go on', async () => {
  const broken = objective('broken', ({ za }) => ({ loss: za.sum().sub(za.sum()).log() as tf.Scalar }));
  const settings = options();
  const tensors = tf.memory().numTensors;
  const call = () =>
    compare([vicreg(), broken, { name: 'BYOL, small', objective: byol({ hidden: 8 }) }], train, {
      ...settings,
      seeds: [0, 1],
    });
  const rows = await call();
  expect(tf.memory().numTensors).toBe(tensors);
  expect(rows.map(({ method, seed }) => `${method} ${seed}`)).toEqual([
    ...['VICReg 0', 'broken 0', 'BYOL, small 0', 'VICReg 1', 'broken 1', 'BYOL, small 1', 'untrained 0', 'untrained 1'],
  ]);
  expect(rows[1]!.error).toMatch(/^broken: expected finite terms at step 1/);
  for (const { error, linear, nearest, rankMe, alignment, uniformity } of rows.filter(
    (row) => row.error === undefined,
  )) {
    expect([linear, nearest, rankMe, alignment, uniformity].every(Number.isFinite), error).toBe(true);
  }
  expect(rows[0]!.online).toBeGreaterThanOrEqual(0);
  expect(progressLines().at(-1)).toMatch(/^comparing 3 methods: 36 steps in /);
  // One live figure, then the table's.
  expect(new Set(titles().slice(0, -1))).toEqual(new Set(['Methods compared, step by step']));
  const plain = kernel.sent.map(({ data }) => data['text/plain'] as string);
  expect(plain.find((text) => text.includes('runs failed'))).toMatch(
    /2 of 6 runs failed.*broken, seed 0: broken: expected finite/s,
  );
  expect(plain.at(-1)).toMatch(/^method +linear % .*\n(.*\n)*broken/);

  kernel.sent.length = 0;
  expect(await call()).toEqual(rows);
  // No step was taken: the line was never drawn but at its end. The untrained encoders were not judged again.
  expect(untrainedJudged).toHaveBeenCalledTimes(2);
  expect(progressLines().filter((line) => line.includes('images/s'))).toEqual([]);
});

test('a figure too large to draw is told of once, and the runs go on', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const term = 'x'.repeat(450_000);
  const wide = objective('wide', ({ za, zb }) => ({ [term]: za.sub(zb).square().mean() }));
  const rows = await compare([wide], train, { ...options(), epochs: 1, seeds: [0], untrained: false });
  expect(rows[0]!.linear).toBeGreaterThanOrEqual(0);
  expect(warned.mock.calls.map(String)).toEqual([expect.stringContaining('cannot be drawn: ')]);
  warned.mockRestore();
});

test('asks for what it cannot guess', async () => {
  await expect(compare([], train, options())).rejects.toThrow('expected at least one objective, got none');
  await expect(compare([vicreg(), vicreg({ variance: 1 })], train, options())).rejects.toThrow(
    "got 'VICReg' twice; give one its own",
  );
  await expect(compare([{ name: 'untrained', objective: vicreg() }], train, options())).rejects.toThrow(
    "expected names other than 'untrained', which stands for the encoder before any training",
  );
  await expect(compare([vicreg()], train, { ...options(), test: undefined })).rejects.toThrow('give the option test');
});

test('one whose options are impossible is reported, and the others go on', async () => {
  const impossible = { name: 'too large', objective: vicreg(), batchSize: 49 };
  const rows = await compare([impossible, vicreg()], train, { ...options(), epochs: 1, seeds: [0] });
  expect(rows.map(({ method, error }) => [method, error === undefined])).toEqual([
    ...[['too large', false] as const, ['VICReg', true] as const, ['untrained', true] as const],
  ]);
  expect(rows[0]!.error).toContain('expected a batch of 2 to 48 images');
  await expect(compare([impossible], train, { ...options(), seeds: [0] })).rejects.toThrow(
    /every run failed:\n- too large, seed 0: train: expected a batch of 2 to 48/,
  );
});

test('an untrained encoder whose file is broken is judged again', async () => {
  const settings = { ...options(), epochs: 1, seeds: [0] };
  const rows = await compare([vicreg()], train, settings);
  const file = readdirSync(settings.folder).find((name) => name.startsWith('untrained-'))!;
  const content = readFileSync(join(settings.folder, file), 'utf8');
  expect(JSON.parse(content).linear).toBe(rows[1]!.linear);
  writeFileSync(join(settings.folder, file), content.slice(0, 20));
  expect(await compare([vicreg()], train, settings)).toEqual(rows);
  expect(readFileSync(join(settings.folder, file), 'utf8')).toBe(content);
});

test('throws where every run failed, with the reason of each', async () => {
  await expect(compare([vicreg()], train, { ...options(), seeds: [0], learningRate: 1e30 })).rejects.toThrow(
    /every run failed:\n- VICReg, seed 0: VICReg: /,
  );
});

async function served(name: string, body: Buffer) {
  const { base } = await fileServer({ [name]: { body } });
  const dataFolder = temporaryFolder();
  return { dataFolder, searchFolders: [dataFolder], mirror: base, checksums: { [name]: md5(body) }, fallback: false };
}

test('CIFAR-100 from its archive, with ConvNeXt-Atto', { timeout: 120_000 }, async () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}\n`).join('');
  const records = (count: number) => cifarRecords(Array.from({ length: count }, (_, n) => [n % 20, (5 * n) % 100]));
  const members: TarMember[] = Object.entries({
    'train.bin': records(16),
    'test.bin': records(6),
    'fine_label_names.txt': names(100),
    'coarse_label_names.txt': names(20),
  }).map(([file, content]) => ({ path: `cifar-100-binary/${file}`, content }));
  const places = await served('cifar-100-binary.tar.gz', tarGz(members));
  const dataset = await load('cifar100', places);
  const rows = await compare([vicreg()], dataset, {
    ...options(),
    ...{ epochs: 1, batchSize: 8, seeds: [0] },
    encoder: convNext({ size: 'atto' }),
    test: await load('cifar100', { ...places, split: 'test' }),
  });
  expect([dataset.real, dataset.classNames.length]).toEqual([true, 100]);
  expect(rows.map(({ method, linear }) => [method, Number.isFinite(linear)])).toEqual([
    ['VICReg', true],
    ['untrained', true],
  ]);
});

test('Tiny-ImageNet from its archive, with ViT-Tiny', { timeout: 120_000 }, async () => {
  const colours = [
    { r: 200, g: 30, b: 30 },
    { r: 30, g: 200, b: 30 },
  ];
  const files: Record<string, Buffer | string> = {
    'wnids.txt': 'n01\nn02\n',
    'words.txt': 'n01\tgoldfish\nn02\tbee\n',
  };
  const annotations: string[] = [];
  for (const [c, colour] of colours.entries()) {
    const image = await plainImage(colour, 64, 64, 'jpeg');
    for (let i = 0; i < 4; i++) files[`train/n0${c + 1}/images/n0${c + 1}_${i}.JPEG`] = image;
    files[`val/images/val_${c}.JPEG`] = image;
    annotations.push(`val_${c}.JPEG\tn0${c + 1}\t0\t0\t63\t63\n`);
  }
  files['val/val_annotations.txt'] = annotations.join('');
  const body = zip(Object.entries(files).map(([path, content]) => ({ path: `tiny-imagenet-200/${path}`, content })));
  const places = await served('tiny-imagenet-200.zip', body);
  const dataset = await load('tiny-imagenet', places);
  const rows = await compare([byol({ hidden: 8 })], dataset, {
    ...options(),
    ...{ epochs: 1, batchSize: 4, seeds: [0] },
    encoder: vit({ size: 'tiny', patchSize: 16, inputShape: [64, 64, 3] }),
    test: await load('tiny-imagenet', { ...places, split: 'test' }),
  });
  expect([dataset.height, dataset.count, dataset.real]).toEqual([64, 8, true]);
  expect(rows.map(({ method, linear }) => [method, Number.isFinite(linear)])).toEqual([
    ['BYOL', true],
    ['untrained', true],
  ]);
});
