import { expect, test } from 'vitest';
import { KernelServer } from '../../lib/kernel/server.cjs';

test('a cell over which the kernel itself fails has a reply and an error', async () => {
  const published: [string, unknown][] = [];
  const output = { flush() {}, end() {} };
  const server = {
    ...{ count: 0, failedAt: 0, output, captureOutput() {} },
    cells: { run: () => Promise.reject(new Error('stumbled')) },
    publish: (_request: object, type: string, content: unknown) => published.push([type, content]),
  };
  const request = { content: { code: '1' }, header: { date: new Date().toISOString() } };
  const reply = await KernelServer.prototype.runCell.call(server as never, request as never, Date.now());
  expect(reply).toMatchObject({ status: 'error', ename: 'KernelError', evalue: expect.stringContaining('stumbled') });
  expect(published.map(([type]) => type)).toEqual(['execute_input', 'error']);
});
