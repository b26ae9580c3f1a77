import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { keptMeasurement } from '../../lib/workbook/keptMeasurement';
import { temporaryFolder } from '../datasets/temporaryFolder';
import { expectNoLeak } from '../matchers';

afterEach(() => {
  delete process.env.INFOSSL_FRESH;
});

let made = 0;
const measure = (folder: string, dependsOn: unknown) =>
  keptMeasurement({ name: 'sum', dependsOn, code: ['statistics/moments.ts'], folder }, () => {
    made++;
    return { sum: Number.NaN, values: Float64Array.of(1, Number.POSITIVE_INFINITY), rows: [[1, 'a', null]] };
  });

test('made once for everything that it depends on, and whole: typed arrays, NaN, infinity', async () => {
  const folder = temporaryFolder();
  made = 0;
  const first = await measure(folder, { samples: 4, of: [1, 2] });
  expect(await measure(folder, { samples: 4, of: [1, 2] })).toEqual(first);
  expect(made).toBe(1);
  expect(first.values).toBeInstanceOf(Float64Array);
  const helper = (x: number) => x + 1;
  const other = (x: number) => x + 2;
  const image = (checksum: string) => ({ checksum, images: new Uint8Array(3), decode() {} });
  const x = tf.tensor1d([1, 2]);
  const y = tf.tensor1d([1, 3]);
  const all = [{ samples: 5, of: [1, 2] }, { helper }, { helper: other }, image('a'), image('b'), { x }, { x: y }];
  for (const dependsOn of all) await measure(folder, dependsOn);
  expect(made).toBe(1 + all.length);
  for (const dependsOn of all) await measure(folder, dependsOn);
  expect(made).toBe(1 + all.length);
  tf.dispose([x, y]);
});

test('what is spread into a data set or a run counts beside its checksum or id', async () => {
  const folder = temporaryFolder();
  const run = { id: 'a-1', weights: {}, history: [], cached: true };
  const data = { checksum: 'a', images: new Uint8Array(3), real: true };
  const all = [
    run,
    { ...run, sigma: 1 },
    { ...run, sigma: 2 },
    data,
    { ...data, sigma: 1 },
    { checksum: 'a', sigma: 3 },
  ];
  made = 0;
  for (const dependsOn of all) await measure(folder, dependsOn);
  expect(made).toBe(all.length);
  await measure(folder, { ...run, cached: false });
  await measure(folder, 'a-1');
  expect(made).toBe(all.length);
});

test("another text of make is another measurement; another version of the library's code takes the place of the last", async () => {
  const folder = temporaryFolder();
  const options = { name: 'sum', dependsOn: 1, code: ['statistics/moments.ts'], folder };
  expect(await keptMeasurement(options, () => 1)).toBe(1);
  expect(await keptMeasurement(options, () => 2)).toBe(2);
  await keptMeasurement({ ...options, name: 'sum-of-all' }, () => 1);
  writeFileSync(join(folder, 'sum-0123456789ab.bin'), '');
  expect(readdirSync(folder)).toHaveLength(4);
  await keptMeasurement({ ...options, code: ['statistics/histogram.ts'] }, () => 3);
  const left = readdirSync(folder).sort();
  expect(left).toEqual([expect.stringMatching(/^sum-[0-9a-f]{8}-/), expect.stringMatching(/^sum-of-all-/)]);
  expect(await keptMeasurement({ ...options, code: ['statistics/histogram.ts'] }, () => 3)).toBe(3);
});

test('tensors come back as tensors, the caller’s', async () => {
  const folder = temporaryFolder();
  const make = () => ({ at: [{ z: tf.tensor2d([[1, 2]]), step: 3 }] });
  await expectNoLeak(async () => tf.dispose(await keptMeasurement({ name: 'z', dependsOn: 0, folder }, make)));
  await expectNoLeak(async () => {
    const { at } = await keptMeasurement({ name: 'z', dependsOn: 0, folder }, make);
    expect(at[0]!.z.arraySync()).toEqual([[1, 2]]);
    expect(at[0]!.step).toBe(3);
    tf.dispose(at);
  });
});

test('what fails is not kept; what is broken or stale is made again', async () => {
  const folder = temporaryFolder();
  await expect(
    keptMeasurement({ name: 'fails', dependsOn: 0, folder }, () => Promise.reject(new Error('stopped'))),
  ).rejects.toThrow('stopped');
  expect(readdirSync(folder)).toEqual([]);
  made = 0;
  await measure(folder, 1);
  const path = join(folder, readdirSync(folder)[0]!);
  writeFileSync(path, readFileSync(path).subarray(0, 9));
  await measure(folder, 1);
  expect(made).toBe(2);
  utimesSync(path, new Date(0), new Date(0));
  process.env.INFOSSL_FRESH = new Date(1000).toISOString();
  await measure(folder, 1);
  expect(made).toBe(3);
});

test('what cannot be told apart or kept is refused by its place', async () => {
  const options = { name: 'x', dependsOn: { at: [new Map()] }, folder: temporaryFolder() };
  await expect(keptMeasurement(options, () => 1)).rejects.toThrow(/expected dependsOn\.at\[0\] to be .*got Map/);
  await expect(keptMeasurement({ ...options, dependsOn: 0 }, () => ({ f: () => 1 }))).rejects.toThrow(/got a function/);
  await expect(keptMeasurement({ ...options, name: 'a b' }, () => 1)).rejects.toThrow(/letters, digits and dashes/);
});
