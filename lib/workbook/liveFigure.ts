import { checkFigureSize, type Figure } from '../figures/figure';
import { figureBundle, figureText, inNotebook, type UpdatableDisplay, updatableDisplay } from './display';

/** A figure that changes while a cell runs. */
export interface LiveFigure {
  /**
   * Shows this figure in the place of the last one; at most twice a second, so that a fast loop costs nothing. A function makes
   * the figure only when it is shown; what it throws, the next call throws.
   */
  update(figure: Figure | (() => Figure)): void;
  /** Shows the last figure given, whatever the pace: call it when the loop has ended, also by an error. */
  finish(): void;
}

const pause = 500; // milliseconds between two updates

/**
 * A live figure in the running cell, at first `figure` if one is given. Outside a notebook only the last figure is reported,
 * as one line of text. `display` is where it is shown; the default is a new output.
 *
 * @throws From `update`: what its function throws; from both: a figure whose JSON is too large.
 * @example
 * const from = { title: 'Counting', scale: 'smoke', data: 'a formula', real: true, seeds: [], samples: 1 };
 * const line = (to: number) =>
 *   lineChart({
 *     ...{ ...from, x: { label: 'i' }, y: { label: 'i²' } },
 *     rows: Array.from({ length: to }, (_, i) => ({ series: 'i²', x: i, y: i * i })),
 *   });
 * const live = liveFigure();
 * for (let i = 1; i <= 3; i++) live.update(() => line(i));
 * live.finish();
 */
export function liveFigure(figure?: Figure, display: UpdatableDisplay = updatableDisplay()): LiveFigure {
  let waiting: Figure | (() => Figure) | null = null;
  let last: Figure | null = null;
  let failure: { readonly error: unknown } | null = null;
  let lastTime = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    if (!waiting) return;
    const figure = typeof waiting === 'function' ? waiting() : waiting;
    waiting = null;
    checkFigureSize(figure);
    last = figure;
    display.update(figureBundle(keepingView(figure)));
    lastTime = Date.now();
  };
  const flushLater = () => {
    try {
      flush();
    } catch (error) {
      failure = { error };
    }
  };
  const throwFailure = () => {
    const failed = failure;
    failure = null;
    if (failed) throw failed.error;
  };
  const live: LiveFigure = {
    update(next) {
      throwFailure();
      if (typeof next !== 'function') checkFigureSize(next);
      waiting = next;
      const wait = lastTime + pause - Date.now();
      if (wait <= 0) flush();
      // A loop that pauses after its last update still gets it shown; the timer must not keep the process alive.
      else timer ??= setTimeout(flushLater, wait).unref();
    },
    finish() {
      throwFailure();
      flush();
      if (last && !inNotebook()) console.log(figureText(last));
    },
  };
  if (figure) live.update(figure);
  return live;
}

/** An update leaves a reader's zoom and hidden lines as they are. */
function keepingView(figure: Figure): Figure {
  return { ...figure, layout: { ...figure.layout, uirevision: 'live' } };
}
