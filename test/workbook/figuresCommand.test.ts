import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(__dirname, '..', '..');
const executed = join(root, 'data', 'notebooks', 'smoke');
const unfinished = () => (existsSync(executed) ? readdirSync(executed) : []).filter((file) => file.endsWith('.tmp'));

test('Ctrl-C ends the command, says so, and leaves nothing half made', { timeout: 120_000 }, async () => {
  const before = unfinished();
  const tsx = join(root, 'node_modules', '.bin', 'tsx');
  const command = join(root, 'lib', 'workbook', 'figuresCommand.ts');
  // A process group of its own, as a terminal's job is, all of which gets the signal.
  const child = spawn(tsx, [command, '--scale', 'smoke', '--only', '00', '--no-pictures'], {
    cwd: root,
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  while (!/00-start-here\.ipynb/.test(said)) await once(child.stdout, 'data');
  process.kill(-child.pid!, 'SIGINT');
  const [code] = await once(child, 'close');
  expect(code, said).toBe(1);
  expect(said).toContain('interrupted');
  expect(unfinished()).toEqual(before);
});
