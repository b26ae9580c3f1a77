import { expect, test } from 'vitest';
import { plannedRuns } from '../../lib/training/plannedRuns';
import { trainedRun } from '../../lib/training/run';
import { runMany } from '../../lib/training/runMany';
import type { RunOptions } from '../../lib/training/runOptions';
import { smallRun } from './smallRun';

const named = (name: string): RunOptions => ({ name, ...smallRun() });
const names = async (work: () => Promise<unknown>) => (await plannedRuns(work)).map(({ name }) => name);

test('every training that is asked for is told of, up to the first use of a result', async () => {
  const work = async () => {
    const one = await trainedRun(named('one'));
    await trainedRun(named('two'));
    await runMany([named('three'), named('four')]);
    expect(one.history).toEqual([]);
    await trainedRun({ ...named('five'), seed: Object.keys(one.weights).length });
  };
  expect(await names(work)).toEqual(['one', 'two', 'three', 'four']);
});

test('a caller that wants the runs themselves ends there, with all of them told of', async () => {
  const work = async () => {
    await runMany([named('one'), named('two')], { onRun: () => expect.unreachable() });
    expect.unreachable();
  };
  expect(await names(work)).toEqual(['one', 'two']);
});

test('a mistake behind the first training is thrown', async () => {
  const work = async () => {
    await trainedRun(named('one'));
    throw new TypeError('a mistake');
  };
  await expect(plannedRuns(work)).rejects.toThrow('a mistake');
});
