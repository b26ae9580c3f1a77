import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readCifar } from '../../lib/datasets/cifar';
import { load } from '../../lib/datasets/load';
import { readUnchanged } from '../../lib/datasets/unchangedFile';
import { writeProblem } from '../../lib/datasets/writeProblem';

const root = mkdtempSync(join(tmpdir(), 'infossl-stress-'));
chmodSync(root, 0o755);
afterAll(() => rmSync(root, { recursive: true }));
const isRoot = process.getuid?.() === 0;

describe('a file that changes while it is read', () => {
  const file = join(root, 'changing.bin');
  const read = (change: () => void) =>
    readUnchanged(file, async (handle, size) => {
      const buffer = Buffer.alloc(size);
      await handle.read(buffer, 0, size / 2, 0);
      change();
      await handle.read(buffer, size / 2, size / 2, size / 2);
      return buffer;
    });

  test('put in place by a rename: the old one is read to its end', async () => {
    writeFileSync(file, Buffer.alloc(100, 1));
    writeFileSync(`${file}.new`, Buffer.alloc(60, 2));
    expect(await read(() => renameSync(`${file}.new`, file))).toEqual(Buffer.alloc(100, 1));
  });
  test('written over: an error that names it, never a mixture', async () => {
    writeFileSync(file, Buffer.alloc(100, 1));
    // Kernels before Linux 6.13 keep the time by ticks of some milliseconds: both writes may fall into one.
    utimesSync(file, 1e9, 1e9);
    await expect(read(() => writeFileSync(file, Buffer.alloc(100, 2)))).rejects.toThrow(
      `load: ${file}, while it was read: another program changed it. Load again once it is whole.`,
    );
  });
  test('cut: an error with both sizes', async () => {
    writeFileSync(file, Buffer.alloc(100, 1));
    await expect(read(() => truncateSync(file, 50))).rejects.toThrow(/changed it \(it had 100 bytes, now 50\)/);
  });

  test('CIFAR: a batch that another program writes to again and again gives whole data or an error', async () => {
    const batch = join(root, 'batch.bin');
    const record = 3073;
    // All of one version have the label and pixel v, so a mixture shows.
    const version = (v: number) => Buffer.alloc(4000 * record, v);
    writeFileSync(batch, version(1));
    let v = 1;
    let [whole, refused] = [0, 0];
    const writer = setInterval(() => writeFileSync(batch, version(1 + (v++ % 9))), 3);
    try {
      for (let i = 0; i < 6; i++) {
        try {
          const { images, labels } = await readCifar([batch], { bytes: 1, position: 0, classes: [10] });
          expect(new Set(labels).size).toBe(1);
          expect(images.every((pixel) => pixel === labels[0])).toBe(true);
          whole++;
        } catch (error) {
          expect((error as Error).message).toMatch(/another program changed it|became shorter|is empty|cut short/);
          refused++;
        }
      }
    } finally {
      clearInterval(writer);
    }
    expect(whole + refused).toBe(6);
    expect(refused).toBeGreaterThan(0);
  });
});

test('a download onto a full disk: one sentence, and it goes on once there is room', async (context) => {
  const disk = join(root, 'disk');
  mkdirSync(disk);
  if (!isRoot || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', disk]).status !== 0) {
    return context.skip('a small disk can be mounted by root on Linux only');
  }
  const body = Buffer.alloc(1_000_000, 7);
  // Without a length, as some publishers answer: the disk is found full in the middle.
  const server = createServer((_, response) => response.end(body));
  const unsized = createServer((_, response) => {
    response.write(body);
    response.end();
  });
  try {
    for (const one of [server, unsized]) {
      await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
      const mirror = `http://127.0.0.1:${(one.address() as AddressInfo).port}/`;
      const folder = join(disk, 'data');
      await expect(load('mnist', { dataFolder: folder, searchFolders: [folder], mirror })).rejects.toThrow(
        /no space left on the disk of .*disk\/data.*Free some and load again; the download goes on where it stopped/,
      );
      const left = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      expect(left.filter((name) => !/^mnist$|\.part(\.json)?$/.test(name))).toEqual([]);
    }
  } finally {
    for (const one of [server, unsized]) one.close();
    spawnSync('umount', [disk]);
  }
});

test('other errors are left as they are', () => {
  const other = new Error('something else');
  expect(writeProblem('load', other, '')).toBe(other);
  expect(String(writeProblem('load', Object.assign(new Error('write'), { code: 'ENOSPC' }), 'or not'))).toBe(
    'Error: load: no space left on the disk (write). Free some and run it again, or not.',
  );
  for (const code of ['ENOSPC', 'EACCES']) {
    const cause = Object.assign(new Error('open'), { code, path: '/x' });
    expect((writeProblem('load', cause, '') as Error).cause).toBe(cause);
  }
});
