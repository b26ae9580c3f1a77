import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import type { Weights } from '../../lib/models/module';
import { disposeWeights } from '../../lib/models/weights';
import {
  assignWeights,
  type Checkpoint,
  loadCheckpoint,
  loadLastGood,
  previousCheckpoint,
  saveCheckpoint,
} from '../../lib/training/checkpoint';
import { expectNoLeak } from '../matchers';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infossl-checkpoint-'));
  path = join(folder, 'run', 'last.ckpt');
});
afterEach(() => rmSync(folder, { recursive: true }));

const weights = (...values: number[]): Weights =>
  tf.tidy(() => ({
    'fc1.weight': tf.variable(tf.tensor2d(values, [1, values.length])),
    running_mean: tf.variable(tf.tensor1d([0.1]), false),
    scalar: tf.variable(tf.scalar(3)),
  }));

const save = async (step: number, ...values: number[]) => {
  const own = weights(...values);
  await saveCheckpoint(path, { groups: { encoder: own, empty: {} }, facts: { step, name: 'ü' } });
  disposeWeights(own);
};
const first = ({ groups }: Checkpoint) => Array.from(groups.encoder!['fc1.weight']!.dataSync());

describe('checkpoint', () => {
  it('gives back names, shapes, every bit, trainability and facts, and leaks nothing', async () => {
    await expectNoLeak(async () => {
      await save(7, 0.1, -0, 1e-45, Number.POSITIVE_INFINITY);
      const { groups, facts } = await loadCheckpoint(path);
      expect(facts).toEqual({ step: 7, name: 'ü' });
      const back = groups.encoder!;
      expect(back['fc1.weight']!.shape).toEqual([1, 4]);
      expect(Array.from(back['fc1.weight']!.dataSync())).toEqual([Math.fround(0.1), -0, Math.fround(1e-45), Infinity]);
      expect(back.running_mean!.trainable).toBe(false);
      expect(back.scalar!.shape).toEqual([]);
      disposeWeights(back);
    });
  });

  it('keeps the one before, and leaves nothing else in the folder', async () => {
    await save(1, 1);
    await save(2, 2);
    await save(3, 3);
    expect(readdirSync(join(folder, 'run')).sort()).toEqual(['last.ckpt', 'last.ckpt.previous']);
    expect((await loadCheckpoint(path)).facts.step).toBe(3);
    expect((await loadCheckpoint(previousCheckpoint(path))).facts.step).toBe(2);
  });

  it('refuses a file cut off anywhere, naming it and the remedy', async () => {
    await save(1, 1, 2, 3);
    const whole = readFileSync(path);
    for (const length of [0, 5, 20, 60, 300, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      await expect(loadCheckpoint(path)).rejects.toThrow(`${path} is truncated`);
      await expect(loadCheckpoint(path)).rejects.toThrow(/Delete it to go on from the checkpoint before/);
    }
  });

  it('refuses any flipped bit', async () => {
    await save(1, 1, 2, 3);
    const whole = readFileSync(path);
    for (let byte = 0; byte < whole.length; byte++) {
      const copy = Buffer.from(whole);
      copy[byte]! ^= 1 << (byte % 8);
      writeFileSync(path, copy);
      await expect(loadCheckpoint(path), `byte ${byte}`).rejects.toThrow(
        /is corrupt|is truncated|version|not a checkpoint/,
      );
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.from('x')]));
    await expect(loadCheckpoint(path)).rejects.toThrow(/is corrupt/);
  });

  it('names another version', async () => {
    await save(1, 1);
    const whole = readFileSync(path);
    whole.writeUInt32LE(9, 8);
    writeFileSync(path, whole);
    await expect(loadCheckpoint(path)).rejects.toThrow(/has format version 9, and this code reads version 1/);
  });

  it('falls back to the one before when the last is broken or missing, and says so', async () => {
    expect(await loadLastGood(path)).toBeNull();
    await save(1, 1);
    await save(2, 2);
    writeFileSync(path, 'rubbish');
    const found = await loadLastGood(path);
    expect(found!.checkpoint.facts.step).toBe(1);
    expect(found!.problem).toContain(path);
    expect(readdirSync(join(folder, 'run')).sort()).toEqual(['last.ckpt.broken', 'last.ckpt.previous']);
    expect(await loadLastGood(path)).toMatchObject({ checkpoint: { facts: { step: 1 } }, problem: undefined });
    writeFileSync(previousCheckpoint(path), 'rubbish');
    await expect(loadLastGood(path)).rejects.toThrow(/is truncated/);
  });

  it('never puts a broken one in the place of a good one, however the next save ends', async () => {
    await save(1, 1);
    await save(2, 2);
    writeFileSync(path, 'rubbish');
    await loadLastGood(path);
    await save(3, 3);
    expect((await loadCheckpoint(previousCheckpoint(path))).facts.step).toBe(1);
    // Killed between its two renames.
    renameSync(path, `${path}.tmp`);
    expect((await loadLastGood(path))!.checkpoint.facts.step).toBe(1);
    writeFileSync(previousCheckpoint(path), 'rubbish');
    const found = await loadLastGood(path);
    expect([found!.checkpoint.facts.step, found!.problem]).toEqual([3, expect.stringContaining('.previous')]);
    expect((await loadCheckpoint(path)).facts.step).toBe(3);
  });

  it('takes an unfinished one of the very first save for none', async () => {
    await save(1, 1);
    renameSync(path, `${path}.tmp`);
    expect(await loadLastGood(path)).toBeNull();
  });

  it('keeps the last good one when the disk is full', async () => {
    await save(1, 1);
    symlinkSync('/dev/full', `${path}.tmp`);
    await expect(save(2, 2)).rejects.toThrow(/could not be written \(ENOSPC.*the last good checkpoint is kept/);
    expect((await loadCheckpoint(path)).facts.step).toBe(1);
    await save(3, 3);
    expect((await loadCheckpoint(path)).facts.step).toBe(3);
  });

  it('refuses what it cannot store', async () => {
    const groups = { encoder: { a: tf.variable(tf.tensor1d([1], 'int32')) } };
    await expect(saveCheckpoint(path, { groups, facts: {} })).rejects.toThrow(
      /expected float32 tensors, got int32 for 'encoder\/a'/,
    );
  });

  it('is whole however often its writer is killed', async () => {
    const child = join(import.meta.dirname, 'checkpointWriter.ts');
    let last = 0;
    for (let round = 0; round < 5; round++) {
      const writer = spawn(process.execPath, ['--import', 'tsx', child, path, String(last)], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = new Promise((resolve) => writer.once('exit', resolve));
      // The writer says each step once it is saved; it is killed somewhere in the writing of a later one.
      const said = await new Promise<number>((resolve) => {
        writer.stdout.on('data', (text: Buffer) => {
          const step = Number(text.toString().trim().split('\n').at(-1));
          if (step >= last + 3 + round) resolve(step);
        });
      });
      await new Promise((resolve) => setTimeout(resolve, 7 * round));
      writer.kill('SIGKILL');
      await ended;
      const found = (await loadLastGood(path))!;
      const step = found.checkpoint.facts.step as number;
      expect(found.problem).toBeUndefined();
      expect(step).toBeGreaterThanOrEqual(said);
      expect(first(found.checkpoint).every((value) => value === step)).toBe(true);
      last = step;
    }
  });
});

describe('assignWeights', () => {
  it('copies, and names what does not fit', () => {
    const target = weights(1, 2);
    assignWeights(target, weights(3, 4), 'here');
    expect(target['fc1.weight']!).toMatchNumbers([3, 4]);
    expect(() => assignWeights(target, weights(1), 'here')).toThrow(
      "here: the network has shape [1,2] for 'fc1.weight', the checkpoint shape [1,1]",
    );
    expect(() => assignWeights(target, {}, 'here')).toThrow(/the checkpoint nothing/);
    expect(() => assignWeights({}, target, 'here')).toThrow(/the network has nothing for 'fc1.weight'/);
  });
});
