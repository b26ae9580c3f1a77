import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { durationText, progress, progressText, withProgress } from '../../lib/workbook/progress';
import { pretendKernel } from './kernel';

test('the line states share, rate and the time that is left', () => {
  const state = { label: 'training', done: 30, total: 120, unit: 'steps', seconds: 10 };
  expect(progressText({ ...state, note: 'loss 2' })).toBe(
    'training ▕█████░░░░░░░░░░░░░░░▏ 25 % · 30 of 120 steps · 3 steps/s · 30 s left · loss 2',
  );
  expect(progressText({ ...state, total: undefined })).toBe('training: 30 steps · 3 steps/s');
  expect(progressText({ ...state, done: 120 })).not.toContain('left');
  expect(progressText({ ...state, done: 0, seconds: 0 })).toContain('0 % · 0 of 120 steps');
});

test.each([
  [0.84, '0.8 s'],
  [9.96, '10 s'],
  [59.6, '1 min 0 s'],
  [123, '2 min 3 s'],
  [3900, '1 h 5 min'],
])('%d s reads %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

describe('in a kernel', () => {
  let kernel: ReturnType<typeof pretendKernel>;
  beforeEach(() => {
    kernel = pretendKernel();
  });
  afterEach(() => kernel.stop());
  const texts = () => kernel.sent.map(({ data }) => String(data['text/plain']));

  async function* numbers(count: number): AsyncGenerator<number, string> {
    for (let i = 1; i <= count; i++) yield i;
    return 'result';
  }

  test('one output is replaced; items and result pass through', async () => {
    const line = withProgress(numbers(3), { label: 'counting', total: 3 });
    const items: number[] = [];
    let next = await line.next();
    for (; !next.done; next = await line.next()) items.push(next.value as number);
    expect(items).toEqual([1, 2, 3]);
    expect(next.value).toBe('result');
    expect(new Set(kernel.sent.map(({ transient }) => transient.display_id)).size).toBe(1);
    expect(texts().at(-1)).toMatch(/^counting: 3 steps in /);
    expect(kernel.sent.at(-1)!.metadata.infossl_progress).toBe(texts().at(-1));
  });

  test('an item may say itself how far the work is', async () => {
    const options = { label: 'l', total: 20, unit: 'images', count: (item: number) => item * 10 };
    for await (const _ of withProgress(numbers(2), options));
    expect(texts().at(-1)).toMatch(/^l: 20 images in /);
  });

  test('a loop that is left early closes the line and the generator', async () => {
    let closed = false;
    async function* guarded() {
      try {
        for (let i = 0; i < 10; i++) yield i;
      } finally {
        closed = true;
      }
    }
    for await (const i of withProgress(guarded(), { label: 'l', total: 10 })) if (i === 3) break;
    expect(closed).toBe(true);
    expect(texts().at(-1)).toMatch(/^l: 4 of 10 steps in /);
  });

  test('an error closes the line and is passed on', async () => {
    async function* failing() {
      yield 1;
      throw new Error('no more');
    }
    const run = async () => {
      for await (const _ of withProgress(failing(), { label: 'l' }));
    };
    await expect(run()).rejects.toThrow('no more');
    expect(texts().at(-1)).toMatch(/^l: 1 steps in /);
  });

  test('what is said before a pause is drawn', () => {
    vi.useFakeTimers();
    try {
      const line = progress({ label: 'l', total: 10 });
      line.update(0, 'preparing');
      line.update(0, 'waiting');
      expect(texts().at(-1)).toContain('preparing');
      vi.advanceTimersByTime(500);
      expect(texts().at(-1)).toContain('waiting');
      line.update(1);
      line.finish('no more');
      vi.advanceTimersByTime(5000);
      expect(texts().slice(2)).toEqual(['l: no more']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('rate and estimate are of what was done from the start that is told', () => {
    vi.useFakeTimers();
    try {
      const line = progress({ label: 'l', total: 1000 });
      vi.advanceTimersByTime(60_000);
      line.startFrom(500);
      vi.advanceTimersByTime(10_000);
      line.update(600);
      expect(texts().at(-1)).toMatch(/600 of 1,000 steps · 10 steps\/s · 40 s left/);
      line.finish();
    } finally {
      vi.useRealTimers();
    }
  });

  test('fast updates are drawn at most twice a second, the last always', () => {
    vi.useFakeTimers();
    try {
      const line = progress({ label: 'l', total: 1000 });
      for (let i = 1; i <= 1000; i++) {
        line.update(i);
        vi.advanceTimersByTime(1);
      }
      expect(kernel.sent.length).toBeLessThanOrEqual(4);
      expect(texts().at(-1)).toContain('1,000 of 1,000');
    } finally {
      vi.useRealTimers();
    }
  });

  test('refuses a total that is not positive', () => {
    expect(() => progress({ label: 'l', total: 0 })).toThrow(/positive total for "l", got 0/);
  });
});

test('without a terminal the first and the last line are written', () => {
  const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    const line = progress({ label: 'distances', total: 2, unit: 'blocks' });
    line.update(2);
    line.finish();
    line.finish();
    expect(write.mock.calls.map(([text]) => String(text).replace(/in .*/, 'in …'))).toEqual([
      'distances …\n',
      `${'distances: 2 blocks in …\n'.replace('…\n', '…')}\n`,
    ]);
  } finally {
    write.mockRestore();
  }
});
