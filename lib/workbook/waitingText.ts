import type { RunElsewhere } from '../training/runElsewhere';

/** What a bar says while another process is at work on the run. */
export function waitingText({ holder, event }: RunElsewhere): string {
  const reached = event ? `, now in epoch ${event.epoch} of ${event.epochs}` : '';
  return `waiting for ${holder}, which trains the same run${reached}`;
}
