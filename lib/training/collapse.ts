import type { Objective } from '../objectives/objective';
import type { StepMeasures } from './stepMeasures';

/** When a run counts as collapsed; defaults: see `TrainOptions`. */
export interface CollapseOptions {
  /** The run counts as collapsing while `normalizedStd` (1 healthy, 0 collapsed) is below; 0 to 1; default 0.1. */
  readonly threshold?: number;
  /** For how many steps running before it is stopped; at least 1; default 50. */
  readonly patience?: number;
}

/**
 * What a training throws when all embeddings have become one direction. Its last good checkpoint is from before.
 *
 * @example
 * const error = new Collapsed('VICReg has collapsed.', 120, 71, 0.02, 'invariance');
 * // 50 steps running below the threshold, and the term to look at.
 * error.step - error.since + 1; // 50
 * error.term; // 'invariance'
 */
export class Collapsed extends Error {
  /** Its kind, as in the message of an error that is not caught. */
  override readonly name = 'Collapsed';

  constructor(
    message: string,
    /** The step at which it was stopped; steps count from 1. */
    readonly step: number,
    /** The first of the steps running at which the measure was below the threshold. */
    readonly since: number,
    /** `normalizedStd` at `step`. */
    readonly measure: number,
    /** The term that has changed most since the embeddings were most spread. */
    readonly term: string,
  ) {
    super(message);
  }
}

export interface CollapseWatch {
  /** Whether the measure is below the threshold now: what is trained now is not to be kept. */
  readonly collapsing: boolean;
  /** @throws Collapsed If the measure is below the threshold for the patience's number of steps running. */
  observe(step: number, measures: StepMeasures): void;
}

/**
 * Chosen by trying, 128 steps of 64 images with two small encoders, with and without batch normalisation in encoder and
 * projector: SimSiam without stopGradient fell below 0.1 between its steps 20 and 80 and stayed, to 0.03 to 0.085;
 * VICReg, BYOL, SimSiam and MoCo v2 were never below 0.2. Untrained ResNet-18 and ConvNeXt on CIFAR-10, with linear or
 * normalized projectors, began at 0.28 to 0.94.
 */
export const collapseDefaults = { threshold: 0.1, patience: 50 } as const;

/** @throws If threshold or patience is out of range. */
export function collapseOptions(options: false | CollapseOptions = {}): Required<CollapseOptions> | false {
  if (options === false) return false;
  const { threshold, patience } = { ...collapseDefaults, ...options };
  if (!(threshold > 0 && threshold < 1) || !Number.isInteger(patience) || patience < 1) {
    throw new Error(
      `train: expected collapse to be false or a threshold between 0 and 1 with a patience of at least 1 step, got ${threshold} and ${patience}`,
    );
  }
  return { threshold, patience };
}

function listed(terms: Readonly<Record<string, number>>): string {
  return Object.entries(terms)
    .map(([term, value]) => `${term} ${value.toPrecision(4)}`)
    .join(', ');
}

/**
 * Watches the steps of one run for a collapse. One-dimensional embeddings are not judged: divided by their lengths they
 * are only signs. Those of a `shiftInvariant` objective collapse only if their spread, too, falls below the threshold's share of
 * the widest seen.
 *
 * @param kept Says which checkpoint stays, for the message.
 */
export function watchCollapse(
  { name, shiftInvariant = false }: Pick<Objective, 'name' | 'shiftInvariant'>,
  dimension: number,
  options: Required<CollapseOptions> | false,
  kept?: () => string,
): CollapseWatch {
  let since: number | undefined;
  let widest = 0;
  let healthiest: { readonly step: number; readonly measures: StepMeasures } | undefined;
  return {
    get collapsing() {
      return since !== undefined;
    },
    observe(step, measures) {
      if (!options || dimension === 1) return;
      const { normalizedStd: measure, embeddingStd, terms } = measures;
      widest = Math.max(widest, embeddingStd);
      if (!healthiest || measure > healthiest.measures.normalizedStd) healthiest = { step, measures };
      const spread = shiftInvariant && embeddingStd >= options.threshold * widest;
      if (measure >= options.threshold || spread) {
        since = undefined;
        return;
      }
      since ??= step;
      if (step - since + 1 < options.patience) return;
      const before = healthiest.measures;
      const moved = (term: string) => Math.abs(terms[term]! - (before.terms[term] ?? 0));
      const term = Object.keys(terms).reduce((most, other) => (moved(other) > moved(most) ? other : most));
      throw new Collapsed(
        `${name}: the embeddings have collapsed: at step ${step} all have almost one direction, since step ${since}. Their normalized standard deviation is ${measure.toPrecision(2)}, below ${options.threshold}; it was ${before.normalizedStd.toPrecision(2)} at step ${healthiest.step}. ` +
          `The term that changed most since then is '${term}', from ${before.terms[term]?.toPrecision(4)} to ${terms[term]!.toPrecision(4)} (now ${listed(terms)}). ${kept?.() ?? 'No checkpoint path was given, so nothing is kept'}. ` +
          'What helps: a term that keeps embeddings apart (variance, negatives, entropy) or more weight on it; for methods without one, stopGradient on the target, a predictor, momentum nearer to 1; a lower learning rate or a longer warm-up. `collapse: false` lets it run on.',
        step,
        since,
        measure,
        term,
      );
    },
  };
}
