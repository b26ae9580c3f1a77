import cliProgress from 'cli-progress';

/** How far one piece of work is. */
export interface Progress {
  /** For example 'download cifar-10-binary.tar.gz'. */
  readonly task: string;
  /** How much of it is done, in units. */
  readonly done: number;
  /** Undefined where a server does not say. */
  readonly total: number | undefined;
  /** What is counted. */
  readonly unit: 'bytes' | 'images' | 'files';
}

/** Is called as a piece of work goes on, and at its end with `done === total`. */
export type ReportProgress = (progress: Progress) => void;

const QUIET_MILLISECONDS = 2000;

function amount(value: number, unit: Progress['unit']): string {
  return unit === 'bytes' ? `${(value / 1e6).toFixed(1)} MB` : `${value.toLocaleString('en')} ${unit}`;
}

function line({ task, done, total, unit }: Progress): string {
  if (total === undefined) return `${task}: ${amount(done, unit)}`;
  return `${task}: ${amount(done, unit)} of ${amount(total, unit)} (${Math.floor((100 * done) / Math.max(total, 1))} %)`;
}

/** A bar on the terminal's standard error; its end is `done === total`. */
function bar(): ReportProgress {
  let current: { task: string; bar: cliProgress.SingleBar } | undefined;
  return (progress) => {
    if (current && current.task !== progress.task) {
      current.bar.stop();
      current = undefined;
    }
    const total = progress.total ?? progress.done;
    if (!current) {
      const started = new cliProgress.SingleBar({
        format: '{task} [{bar}] {amount} {eta_formatted}',
        hideCursor: false,
      });
      started.start(total, progress.done, { task: progress.task, amount: '' });
      current = { task: progress.task, bar: started };
    }
    current.bar.setTotal(total);
    current.bar.update(progress.done, { amount: amount(progress.done, progress.unit) });
    if (progress.done === progress.total) {
      current.bar.stop();
      current = undefined;
    }
  };
}

/** One line for each tenth of the work, and none at all for work of under two seconds: for notebooks and logs. */
function lines(): ReportProgress {
  const started = new Map<string, { time: number; tenth: number }>();
  return (progress) => {
    const { task, done, total, unit } = progress;
    const state = started.get(task) ?? { time: Date.now(), tenth: 0 };
    started.set(task, state);
    const tenth =
      total === undefined
        ? Math.floor(done / (unit === 'bytes' ? 1e7 : 1e4))
        : Math.floor((10 * done) / Math.max(total, 1));
    if (tenth > state.tenth && Date.now() - state.time > QUIET_MILLISECONDS) console.log(line(progress));
    if (tenth > state.tenth) state.tenth = tenth;
    if (done === total) started.delete(task);
  };
}

/** Where progress goes unless the caller says otherwise: a bar on a terminal, else a few lines. */
export function defaultProgress(): ReportProgress {
  return process.stderr.isTTY ? bar() : lines();
}
