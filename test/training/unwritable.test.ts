import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { load } from '../../lib/datasets/load';
import { trainedRun } from '../../lib/training/run';
import { expectNoLeak } from '../matchers';
import { smallRun } from './smallRun';

// Nobody may make a folder there, not even root.
const forbidden = '/sys/infossl';
const refused =
  /\/sys\/infossl\S* cannot be made by \S+ \((EPERM|EACCES|EROFS)\)\. Give this user permission to read and write there, or /;

test.skipIf(!existsSync('/sys/kernel'))('a run that may not be written is refused before it begins', async () => {
  await expectNoLeak(async () => {
    const steps: number[] = [];
    const settings = { folder: forbidden, onEvent: ({ step }: { step: number }) => void steps.push(step) };
    const error = await trainedRun({ name: 'tiny', ...smallRun() }, settings).catch((thrown: Error) => thrown);
    expect(String(error)).toMatch(/^Error: trainedRun: /);
    expect(String(error)).toMatch(refused);
    expect(steps).toEqual([]);
  });
});

test.skipIf(!existsSync('/sys/kernel'))('a download that may not be written likewise', async () => {
  const places = { dataFolder: forbidden, searchFolders: [forbidden], mirror: 'http://127.0.0.1:9/' };
  const error = await load('mnist', places).catch((thrown: Error) => thrown);
  expect(String(error)).toMatch(/^Error: load: /);
  expect(String(error)).toMatch(refused);
});
