import { batch } from '../datasets/dataset';
import { nonFiniteOrigin } from '../engine/nonFiniteOrigin';
import { foldIn } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';
import {
  checkTerms,
  completeEmbeddings,
  type Embeddings,
  embeddingFields,
  type Moment,
  type Objective,
} from '../objectives/objective';
import { lossParts } from '../objectives/termSlopes';
import type { ChannelStatistics } from '../views/normalize';
import { twoViews } from '../views/recipe';
import { clipGradient } from './clipGradient';
import type { CollapseWatch } from './collapse';
import { checkFirstStep } from './firstStep';
import { followOnline, momentumAt } from './momentumBranch';
import { allWeights } from './networks';
import { type ProbePass, probePass, updateOnlineProbe } from './onlineProbe';
import { readMeasures, type StepMeasures } from './stepMeasures';
import { stepText } from './stepText';
import type { TrainingPlan, TrainOptions } from './trainingPlan';
import type { TrainingState } from './trainingState';
import { disposePass, lossAndGradients, type Pass } from './trainingStep';

/** What a step measured, and the rates that it was taken with. */
export interface StepResult extends StepMeasures {
  /** The step's own, from the schedule. */
  readonly learningRate: number;
  /** τ, where the objective has momentum copies. */
  readonly momentum?: number;
}

/** What the steps of one run share. */
export interface StepContext {
  readonly options: TrainOptions;
  readonly plan: TrainingPlan;
  /** What the images are normalized by. */
  readonly statistics: ChannelStatistics;
  readonly collapse: CollapseWatch;
  /** Says which checkpoint stays when the run is stopped; only for a run with a checkpoint's path. */
  readonly kept?: () => string;
}

/**
 * One step: everything it does follows from the state, the order of the epoch's images, the seed and the step's number.
 *
 * @throws If a term or the gradient is not finite, before anything but running statistics has moved.
 */
export function takeStep(state: TrainingState, order: Int32Array, context: StepContext): StepResult {
  const { options, plan, statistics, collapse, kept } = context;
  const { objective, dataset } = options;
  const { batchSize, stepsPerEpoch, steps, accumulate, networks } = plan;
  const { step, weights, momentum, memory, probe } = state;
  const first = (step % stepsPerEpoch) * batchSize;
  const indices = order.subarray(first, first + batchSize);
  const moment: Moment = { step, steps, epoch: Math.floor(step / stepsPerEpoch), epochs: options.epochs };
  const partners = plan.partners(step, indices);
  const views = tf.tidy(() => {
    const images = batch(dataset, indices);
    const others = partners === indices ? images : batch(dataset, partners);
    return twoViews(plan.recipe, foldIn(plan.viewKey, step), images, statistics, others);
  });
  let pass: Pass | undefined;
  let probed: ProbePass | undefined;
  try {
    pass = lossAndGradients(networks, weights, objective, views, { momentum, memory, moment, accumulate });
    probed =
      probe &&
      probePass(
        probe,
        pass.outputs,
        Int32Array.from(indices, (index) => dataset.labels[index]!),
      );
    const measures = readMeasures(pass, probed);
    requireFinite(objective, pass, weights.prototypes, measures, step + 1, kept);
    if (step === 0) checkFirstStep(objective, pass.embeddings, weights.prototypes, options.warn);
    collapse.observe(step + 1, measures);
    const { clipGradient: longest } = options;
    if (longest !== undefined) {
      pass = { ...pass, gradients: clipGradient(pass.gradients, measures.gradientNorm, longest) };
    }
    plan.optimizer.update(allWeights(weights), state.optimizer, pass.gradients, plan.rates(step));
    const tau = objective.momentum && momentumAt(objective.momentum, moment);
    if (momentum) followOnline(momentum, weights, tau!);
    if (memory) {
      const given = completeEmbeddings(objective.name, pass.embeddings);
      tf.tidy(() => objective.memory!.update(memory, given));
    }
    if (probe) updateOnlineProbe(probe, probed!, plan.probeRate(step));
    state.step++;
    return { ...measures, learningRate: plan.schedule(step), ...(tau !== undefined && { momentum: tau }) };
  } finally {
    tf.dispose(views);
    if (pass) disposePass(pass);
    if (probed) tf.dispose(probed as unknown as tf.TensorContainer);
  }
}

function requireFinite(
  objective: Objective,
  { embeddings }: Pass,
  prototypes: Weights | undefined,
  { terms, gradientNorm }: StepMeasures,
  step: number,
  kept?: () => string,
): void {
  if (Number.isFinite(gradientNorm) && Object.values(terms).every(Number.isFinite)) return;
  const when = stepText(step, kept);
  const given = givenTensors(embeddings, prototypes);
  const origin = (term?: string) => nonFiniteOrigin(() => lossParts(objective, embeddings, term), given);
  checkTerms(objective.name, terms, when, origin);
  const begins = origin();
  throw new Error(
    `${objective.name}: at ${when} the loss is finite but its gradient's norm is ${gradientNorm}; ${begins ? `by the embeddings it begins in ${begins}; ` : ''}lower the learning rate, lengthen the warm-up, and see that no term has an infinite slope.`,
  );
}

/** What terms are made from, by name, the networks' outputs in the order in which one follows from the other. */
function givenTensors(embeddings: Embeddings, prototypes: Weights = {}): Record<string, tf.Tensor> {
  const tensors = embeddingFields.flatMap((field) => {
    const z = embeddings[field];
    return z ? [[field, z] as const] : [];
  });
  const others = Object.entries({ memory: embeddings.memory ?? {}, prototypes }).flatMap(([of, own]) =>
    Object.entries(own).map(([name, tensor]) => [`${of}.${name}`, tensor] as const),
  );
  return Object.fromEntries([...tensors, ...others]);
}
