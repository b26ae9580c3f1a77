import { afterEach, expect, test, vi } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { doctor } from '../../lib/workbook/doctor';

afterEach(() => vi.restoreAllMocks());

test('outside a notebook: a plain table, and the findings as plain data', async () => {
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(text));
  const before = tf.memory().numTensors;
  const report = await doctor();
  expect(tf.memory().numTensors).toBe(before);
  const { well, findings, next } = report;
  // It runs in a project that is set up, so all that is needed is here.
  expect(findings.filter(({ needed, state }) => needed && state !== 'ok' && state !== 'note')).toEqual([]);
  expect([well, next[0]]).toEqual([true, 'npm start: JupyterLab on the notebooks']);
  const items = findings.map(({ item }) => item);
  for (const item of [
    'Node',
    'Python packages',
    'TensorFlow addon',
    'Device',
    'Data cifar10',
    'Runs',
    'This process',
  ]) {
    expect(items).toContain(item);
  }
  expect(printed.join('\n')).toMatch(/^ok +TensorFlow addon +loads TensorFlow 2\./m);
  expect(JSON.parse(JSON.stringify(report))).toEqual({ well, findings, next });
});
