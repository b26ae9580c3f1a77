import { Interrupted } from '../training/interrupt';
import { type Run, trainedRun } from '../training/run';
import type { RunOptions } from '../training/runOptions';
import { planTraining } from '../training/trainingPlan';
import { durationText, progress } from './progress';
import { sideFigure } from './sideFigure';
import { isStale } from './staleRun';
import { trainingFigure } from './trainingFigure';
import { waitingText } from './waitingText';

/**
 * `trainedRun` as a cell runs it: a bar with rate and estimate, and one figure that grows in place, at most twice a second: every
 * weighted term of the loss, the embeddings' entropy (LogDet), rank and spread, and the online probe's accuracy where `onlineProbe`
 * asks for one. A run that is cached shows its figure at once; one that another process is at work on is waited for.
 *
 * Interrupted (■, or Ctrl-C), it saves the step that it is at, and the same cell goes on from there; killed, from the last epoch's
 * end.
 *
 * A figure that cannot be drawn is told of in a warning, and the training goes on.
 *
 * With $INFOSSL_FRESH (set by `npm run figures -- --fresh` to the time it began) a run older than that is trained anew.
 *
 * @throws As `trainedRun`.
 * @example
 * const networks = { encoder: resnet18({ width: 8 }), projector: projector({ inputSize: 64, sizes: [64, 64, 64] }) };
 * const dataset = shapes({ count: 512 });
 * const run = await trainLive({ name: 'first', dataset, networks, objective: vicreg(), epochs: 1 });
 * run.history.at(-1)!.terms;
 */
export async function trainLive(options: RunOptions): Promise<Run> {
  const { steps } = planTraining(options);
  const line = progress({ label: `training ${options.name}`, total: steps });
  const live = sideFigure();
  const curves = trainingFigure(options);
  let reached = 0;
  let before = 0;
  let last = '';
  let waitingFor: string | undefined;
  const began = Date.now();
  line.update(0, 'preparing');
  try {
    const run = await trainedRun(options, {
      fresh() {
        waitingFor = undefined;
        return isStale(options);
      },
      onResume(history) {
        for (const event of history) curves.add(event);
      },
      onEvent(event) {
        if (last === '') {
          before = event.step - 1;
          line.startFrom(event.step);
        }
        reached = event.step;
        curves.add(event);
        const resumed = before > 0 ? ` · resumed after step ${before.toLocaleString('en')}` : '';
        last = `epoch ${event.epoch} of ${event.epochs}, ${event.imagesPerSecond.toFixed(0)} images/s${resumed}`;
        line.update(event.step, last);
        live.update(curves.figure);
      },
      onWait(elsewhere) {
        waitingFor = elsewhere.holder;
        line.update(elsewhere.event?.step ?? 0, waitingText(elsewhere), elsewhere.event?.remainingSeconds ?? 0);
      },
    });
    if (run.cached) for (const event of run.history) curves.add(event);
    if (run.history.length > 0) live.update(curves.figure);
    const taken = before > 0 ? `, those after ${before.toLocaleString('en')} in ` : ' in ';
    const said = `${steps.toLocaleString('en')} steps`;
    line.finish(run.cached ? `${said}, trained before` : `${said}${taken}${durationText((Date.now() - began) / 1000)}`);
    return run;
  } catch (error) {
    if (error instanceof Interrupted) {
      line.finish(
        waitingFor !== undefined
          ? `stopped waiting for ${waitingFor}; run the cell again to wait on`
          : last === ''
            ? 'stopped before a step was taken; run the cell again to go on from what is saved'
            : `stopped after ${reached.toLocaleString('en')} of ${steps.toLocaleString('en')} steps; run the cell again to go on`,
      );
    }
    throw error;
  } finally {
    line.finish();
    live.finish();
  }
}
