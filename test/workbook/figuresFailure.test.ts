import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { makeFigures } from '../../lib/workbook/figures';
import { temporaryFolder } from '../datasets/temporaryFolder';

vi.mock('../../lib/workbook/runNotebook', () => ({
  runNotebook: async () => ({ index: 1, source: 'write()', message: 'no space is left' }),
}));
vi.mock('../../lib/workbook/reference/referencePages', () => ({ referencePages: () => ({ pages: [], problems: [] }) }));

test("a cell's error is told also where the executed notebook could not be written", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '01-full.ipynb'), '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}');
  const printed: string[] = [];
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((line) => void printed.push(String(line)));
  }
  const where = { root: join(__dirname, '..', '..'), notebooks: folder, data: join(folder, 'data') };
  const options = { scale: 'smoke', only: [], fresh: false, timeout: 9, write: false, pictures: false } as const;
  const ok = await makeFigures({ ...where, ...options }).finally(() => vi.restoreAllMocks());
  expect(ok).toBe(false);
  expect(printed.join('\n')).toMatch(/FAILED in cell 1 .*\n.*write\(\)\n.*no space is left/);
  expect(printed.join('\n')).not.toContain('ENOENT');
});
