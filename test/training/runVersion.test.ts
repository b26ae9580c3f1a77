import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runId, trainedRun } from '../../lib/training/run';
import { runMany } from '../../lib/training/runMany';
import type { RunOptions } from '../../lib/training/runOptions';
import { disposeTraining } from '../../lib/training/trainingState';
import { smallRun } from './smallRun';

// As if a source file were edited between any two looks at it.
const source = vi.hoisted(() => ({ looks: 0 }));
vi.mock('../../lib/training/sourceVersion', () => ({ sourceVersion: () => `edit ${++source.looks}` }));

let folder: string;
beforeEach(() => {
  source.looks = 0;
  folder = mkdtempSync(join(tmpdir(), 'infossl-version-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const options: RunOptions = { name: 'tiny', ...smallRun() };
const keptVersion = (run: string) => JSON.parse(readFileSync(join(run, 'options.json'), 'utf8')).code as string;

describe('the version of the code that runs are kept under', () => {
  it('is taken once a run: the options that are kept are those of the folder', async () => {
    const first = await trainedRun(options, { folder });
    expect([source.looks, keptVersion(first.folder)]).toEqual([1, 'edit 1']);
    source.looks = 0;
    expect(first.id).toBe(runId(options));
    // A later call sees the edit, as a notebook's kernel does, which loads changed modules anew.
    const second = await trainedRun(options, { folder });
    expect([second.cached, keptVersion(second.folder)]).toEqual([false, 'edit 2']);
    for (const run of [first, second]) disposeTraining(run);
  });

  it('is taken once for many runs, at their start', async () => {
    const kept: string[] = [];
    const many = () => runMany([options], { folder, seeds: [0, 1], onRun: (run) => void kept.push(run.folder) });
    await many();
    expect([source.looks, ...kept.map(keptVersion)]).toEqual([1, 'edit 1', 'edit 1']);
    source.looks = 0;
    expect((await many()).map(({ cached }) => cached)).toEqual([true, true]);
    expect(kept.slice(2)).toEqual(kept.slice(0, 2));
  });
});
