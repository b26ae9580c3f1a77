import { expect, test, vi } from 'vitest';
import { objective } from '../../lib/objectives/objective';
import { sgd } from '../../lib/training/sgd';
import { silently } from '../../lib/workbook/silently';
import { estimateLines, plannedSteps, secondsPerStep } from '../../lib/workbook/trainingEstimate';
import { smallRun } from '../training/smallRun';

const named = (options: Parameters<typeof smallRun>[0] = {}) => ({ name: 'a', ...smallRun(options) });

test('runs are shared that differ in nothing: neither in the optimizer nor in the text of an objective', () => {
  const near = objective('own', ({ za, zb }) => ({ distance: za.sub(zb).square().mean() }));
  const far = objective('own', ({ za, zb }) => ({ distance: za.sub(zb).abs().mean() }));
  const runs = [
    ...[named(), named({ optimizer: sgd({ momentum: 0.5 }) }), named({ optimizer: sgd({ momentum: 0.4 }) })],
    ...[named({ objective: near }), named({ objective: far })],
  ];
  const [first, second] = plannedSteps([
    { notebook: '01', runs },
    { notebook: '02', runs: [named()] },
  ]);
  expect([first!.runs, first!.shared]).toEqual([5, 0]);
  expect([second!.runs, second!.shared, second!.sharedWith]).toEqual([0, 1, ['01']]);
});

test('what could not be timed is told of beside the rest', () => {
  const row = { shared: 0, sharedWith: [], runs: 1 };
  const planned = [
    { ...row, notebook: '01', steps: new Map([['small', 10]]) },
    { ...row, notebook: '02', steps: new Map([['large', 1500]]) },
    { ...row, notebook: '03', runs: 0, steps: new Map() },
  ];
  expect(estimateLines(planned, new Map([['small', 2]]))).toEqual([
    '01: 1 trainings, 10 steps, 20 s',
    '02: 1 trainings, 1,500 steps, 0.0 s and 1,500 steps that could not be timed',
    '03: trains nothing',
    'in all 20 s and 1,500 steps that could not be timed',
  ]);
});

test('a training of one step is timed too', async () => {
  const { dataset } = named();
  expect(await secondsPerStep(named({ epochs: 1, batchSize: dataset.count }))).toBeGreaterThan(0);
});

test('only what is said of data is heard', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await silently(async () => {
    console.log('a table');
    console.log('download cifar-10-binary.tar.gz: 17.0 MB of 170.0 MB (10 %)');
  });
  console.log('after');
  expect(log.mock.calls.flat()).toEqual([expect.stringContaining('download'), 'after']);
  log.mockRestore();
});
