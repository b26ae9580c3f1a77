import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { MNIST } from '../../lib/datasets/catalogue';
import { keptDatasets } from '../../lib/datasets/inventory';
import { dataPlaces } from '../../lib/datasets/loadOptions';

const root = mkdtempSync(join(tmpdir(), 'infossl-inventory-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, content: Uint8Array | string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const places = () =>
  dataPlaces({ dataFolder: join(root, 'data'), searchFolders: [join(root, 'data')], progress: () => undefined });
const kept = async (name: string) => (await keptDatasets(places())).find((row) => row.name === name)!;

test('an empty folder: each is absent, says where it would come from, and nothing is written', async () => {
  const rows = await keptDatasets({ ...places(), searchFolders: [join(root, 'empty')] });
  // Debian's Fashion-MNIST may be installed on the machine.
  expect(rows.filter(({ state, name }) => state !== 'absent' && name !== 'fashion-mnist')).toEqual([]);
  expect(rows[0]!.found).toMatch(/fetches it from www.cs.toronto.edu; offline, generated shapes take its place/);
  expect(rows.find(({ name }) => name === 'imagenet-sample')!.found).toMatch(/never fetched/);
  expect(readdirSync(root)).toEqual([]);
});

test('CIFAR-10 is counted by its files, and a cut one is broken with its place', async () => {
  const record = 3073;
  for (const n of [1, 2, 3, 4, 5]) write(`data/cifar-10-batches-bin/data_batch_${n}.bin`, new Uint8Array(2 * record));
  write('data/cifar-10-batches-bin/test_batch.bin', new Uint8Array(3 * record));
  expect(await kept('cifar10')).toEqual({
    name: 'cifar10',
    state: 'here',
    place: join(root, 'data', 'cifar-10-batches-bin'),
    found: 'train 10 of the official 50,000, test 3 of the official 10,000',
  });
  write('data/cifar-10-batches-bin/data_batch_4.bin', new Uint8Array(record + 5));
  const broken = await kept('cifar10');
  expect(broken.state).toBe('broken');
  expect(broken.found).toMatch(/data_batch_4.bin, offset 3073: the last record is cut short: .* got 5/);
});

test('an archive is packed until the first load', async () => {
  write('data/cifar-100-binary.tar.gz', 'anything');
  expect(await kept('cifar100')).toMatchObject({
    state: 'packed',
    place: join(root, 'data', 'cifar-100-binary.tar.gz'),
  });
});

test('MNIST: the split that is here is counted and its MD5 compared with the published one', async () => {
  const labels = gzipSync(Buffer.from([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]));
  write('data/mnist/t10k-labels-idx1-ubyte.gz', labels);
  write('data/mnist/t10k-images-idx3-ubyte.gz', 'images');
  const { found, state } = await kept('mnist');
  expect(state).toBe('here');
  expect(found).toBe(
    "train not here: the first load of it fetches it, test 3 of the official 10,000 (MD5 not that of the publisher's archive)",
  );
  expect(createHash('md5').update(labels).digest('hex')).not.toBe(MNIST['t10k-labels-idx1-ubyte']!.md5);
});
