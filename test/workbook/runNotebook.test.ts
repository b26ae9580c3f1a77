import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runNotebook } from '../../lib/workbook/runNotebook';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'infossl-run-notebook-'));
afterAll(() => rmSync(folder, { recursive: true }));

const notebook = join(folder, 'large.ipynb');
const source = `// ${'x'.repeat(100_000)}`;
const cell = { cell_type: 'code', id: 'a', execution_count: null, metadata: {}, outputs: [], source };
writeFileSync(notebook, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));

/** What is said of a notebook whose result cannot be written there; no cell may run before that. */
async function refusal(output: string): Promise<string> {
  const events: string[] = [];
  const onEvent = ({ event }: { event: string }) => void events.push(event);
  const run = runNotebook({ root, notebook, output, scale: 'smoke', timeout: 60, onEvent });
  const error = await run.then(
    () => new Error('it ran'),
    (thrown: Error) => thrown,
  );
  expect(events).toEqual([]);
  return error.message;
}

test.skipIf(!existsSync('/sys/kernel'))(
  'a folder that nobody may write to: one sentence, before a cell runs',
  async () => {
    expect(await refusal('/sys/infossl.ipynb')).toMatch(
      /large\.ipynb: the executed notebook cannot be written to \/sys\/infossl\.ipynb \(.*\): give this user permission, and run the same again$/,
    );
  },
);

test('a full disk: one sentence, and nothing half-written', async (context) => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]).status !== 0) {
    return context.skip('a small disk can be mounted by root on Linux only');
  }
  try {
    expect(await refusal(join(disk, 'out.ipynb'))).toMatch(
      /out\.ipynb \(No space left on device\): free some space, and/,
    );
    expect(readdirSync(disk)).toEqual([]);
  } finally {
    spawnSync('umount', [disk]);
  }
});
