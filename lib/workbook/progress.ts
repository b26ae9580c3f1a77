import { SingleBar } from 'cli-progress';
import { inNotebook, updatableDisplay } from './display';

export interface ProgressOptions {
  /** What is being done: 'training', 'distances'. */
  readonly label: string;
  /** How many units there will be. Default: unknown, and neither bar nor estimate is shown. */
  readonly total?: number;
  /** What is counted, in the plural; default 'steps'. */
  readonly unit?: string;
}

/** A line that says how far a long computation is. */
export interface Progress {
  /**
   * So many units are done (counted from 0), with a note such as the loss. `remainingSeconds` takes the place of rate and
   * estimate where the units do not take equal times.
   */
  update(done: number, note?: string, remainingSeconds?: number): void;
  /** So many units had been done before this began: rate and estimate are of those that are done from now on. */
  startFrom(done: number): void;
  /** The last line: how much was done in how long, or what is said `instead`. Call it also when the work failed. */
  finish(instead?: string): void;
}

interface Line {
  draw(text: string, done: number): void;
  close(text: string): void;
}

const pause = 500; // milliseconds between two drawings

/**
 * One progress line: an output replaced in place in a notebook, a bar in a terminal, a first and last line in a file.
 *
 * @throws If the total is not positive.
 * @example
 * const line = progress({ label: 'counting', total: 3 });
 * for (let i = 1; i <= 3; i++) line.update(i, `at ${i}`);
 * line.finish();
 */
export function progress(options: ProgressOptions): Progress {
  const { label, total, unit = 'steps' } = options;
  if (total !== undefined && !(total > 0))
    throw new Error(`progress: expected a positive total for "${label}", got ${total}`);
  let start = Date.now();
  let from = 0;
  const line = inNotebook() ? notebookLine() : process.stderr.isTTY ? terminalLine(options) : fileLine(label);
  let done = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let finished = false;
  let draw = () => {};
  let timer: NodeJS.Timeout | undefined;
  return {
    update(count, note, remainingSeconds) {
      done = count;
      if (finished) return;
      draw = () => {
        clearTimeout(timer);
        timer = undefined;
        drawn = Date.now();
        const seconds = (drawn - start) / 1000;
        line.draw(progressText({ label, done, from, total, unit, seconds, note, remainingSeconds }), done);
      };
      const wait = drawn + pause - Date.now();
      if (wait <= 0 || count === total) draw();
      // What is said before a long pause is drawn too; the timer must not keep the process alive.
      else timer ??= setTimeout(() => draw(), wait).unref();
    },
    startFrom(count) {
      start = Date.now();
      from = count;
    },
    finish(instead) {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      if (instead !== undefined) return line.close(`${label}: ${instead}`);
      const share = total !== undefined && done < total ? ` of ${total.toLocaleString('en')}` : '';
      line.close(
        `${label}: ${done.toLocaleString('en')}${share} ${unit} in ${durationText((Date.now() - start) / 1000)}`,
      );
    },
  };
}

/**
 * Passes the items of a generator through, and shows the progress by their number, or by `count(item)` where an item says
 * itself how far the work is. The generator's return value is passed on; the line is closed also if it fails or is left.
 *
 * @param count How much is done with an item; default: one more.
 * @param note What is said beside it, such as the loss; default: nothing.
 * @example
 * async function* squares() {
 *   for (let i = 1; i <= 3; i++) yield i * i;
 * }
 * let sum = 0;
 * for await (const square of withProgress(squares(), { label: 'squares', total: 3 })) sum += square;
 * sum += 0; // 14
 */
export async function* withProgress<T, R>(
  items: AsyncIterator<T, R> | AsyncGenerator<T, R>,
  options: ProgressOptions & {
    readonly count?: (item: T) => number | undefined;
    readonly note?: (item: T) => string | undefined;
  },
): AsyncGenerator<T, R, undefined> {
  const line = progress(options);
  let done = 0;
  let ended = false;
  try {
    for (;;) {
      const next = await items.next();
      if (next.done) {
        ended = true;
        return next.value as R;
      }
      const item = next.value as T; // said, because tslab's compiler is not strict and does not infer it
      done = options.count ? (options.count(item) ?? done) : done + 1;
      line.update(done, options.note?.(item));
      yield item;
    }
  } finally {
    line.finish();
    if (!ended) await items.return?.(undefined as R);
  }
}

/** 'training ▕█████░░░░░▏ 50 % · 310 of 620 steps · 4.2 steps/s · 1 min 14 s left · loss 12.3'. */
export function progressText(state: {
  readonly label: string;
  readonly done: number;
  /** Those of them that were done before the `seconds` began; default 0. */
  readonly from?: number;
  readonly total?: number;
  readonly unit: string;
  readonly seconds: number;
  readonly note?: string;
  readonly remainingSeconds?: number;
}): string {
  const { label, done, from = 0, total, unit, seconds, note, remainingSeconds } = state;
  const rate = seconds > 0 ? (done - from) / seconds : 0;
  const share = total === undefined ? 0 : Math.min(1, done / total);
  const filled = Math.round(20 * share);
  const left = remainingSeconds ?? (rate > 0 && total !== undefined ? (total - done) / rate : 0);
  const parts = [
    total === undefined
      ? `${label}: ${done.toLocaleString('en')} ${unit}`
      : `${label} ▕${'█'.repeat(filled)}${'░'.repeat(20 - filled)}▏ ${Math.floor(100 * share)} % · ${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`,
    ...(rate > 0 && remainingSeconds === undefined ? [`${Number(rate.toPrecision(3))} ${unit}/s`] : []),
    ...(left > 0 ? [`${durationText(left)} left`] : []),
    ...(note ? [note] : []),
  ];
  return parts.join(' · ');
}

/** '0.8 s', '45 s', '2 min 3 s', '1 h 5 min'. */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function notebookLine(): Line {
  const display = updatableDisplay();
  // `npm run figures` reads the line from the message's metadata.
  const draw = (text: string) => display.update({ 'text/plain': text }, { infossl_progress: text });
  return { draw, close: draw };
}

function terminalLine({ total }: ProgressOptions): Line {
  const bar = new SingleBar({
    format: '{text}',
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    gracefulExit: false,
  });
  bar.start(total ?? 1, 0, { text: '' });
  return {
    draw: (text, done) => bar.update(done, { text }),
    close(text) {
      bar.stop();
      process.stderr.write(`${text}\n`);
    },
  };
}

function fileLine(label: string): Line {
  process.stderr.write(`${label} …\n`);
  return { draw: () => {}, close: (text) => process.stderr.write(`${text}\n`) };
}
