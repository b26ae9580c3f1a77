import { valueAndGradients } from '../engine/gradient';
import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';
import { nonTrainableWeights } from '../models/weights';
import { type Embeddings, type Objective, totalLoss, trainedFields } from '../objectives/objective';
import { explainGradient } from '../objectives/termSlopes';
import { type MomentumWeights, momentumTargets } from './momentumBranch';
import { allWeights, type Networks, type NetworkWeights, networkOf } from './networks';
import { type OnlineOutputs, onlineBranch, type Views } from './onlineBranch';

/** What an accumulated pass is made from. */
export interface AccumulatedInputs {
  readonly objective: Objective;
  readonly views: Views;
  readonly momentum?: MomentumWeights;
  /** What the terms are given beside the networks' outputs: scores, memory, moment. */
  readonly given: Partial<Embeddings>;
  /** The weights to take the gradient by, under the names of `allWeights`. */
  readonly trained: Weights;
  /** Micro-batches; divides the batch. */
  readonly accumulate: number;
}

export interface AccumulatedPass {
  readonly terms: Readonly<Record<string, tf.Scalar>>;
  readonly outputs: OnlineOutputs;
  readonly embeddings: Embeddings;
  /** In the order of `trained`; null where the loss does not depend on a weight. */
  readonly gradients: readonly (tf.Tensor | null)[];
}

function microBatches([a, b]: Views, count: number): Views[] {
  const second = tf.split(b, count);
  return tf.split(a, count).map((part, i) => [part, second[i]!] as const);
}

function joined<T extends object>(parts: readonly T[]): T {
  const fields = Object.keys(parts[0]!) as (keyof T)[];
  return Object.fromEntries(
    fields.map((field) => [field, tf.concat(parts.map((part) => part[field] as tf.Tensor))]),
  ) as T;
}

/**
 * Terms and gradient of one large batch in micro-batches, so that only one micro-batch's activations are held at a time, while
 * the objective sees all embeddings at once (GradCache: Gao, Zhang, Han and Callan 2021, "Scaling Deep Contrastive Learning
 * Batch Size under Memory Limited Setup"): the embeddings of all micro-batches without a tape; the gradient of the loss by
 * these embeddings; then for each micro-batch a second pass whose outputs take their part of that gradient to the weights. It
 * costs one more forward pass. Without batch normalisation the result is the large batch's to rounding; batch normalisation
 * takes each micro-batch's statistics, and moves its running ones in the first pass only.
 *
 * @param keep Keeps tensors for the caller, who disposes them, also after an error.
 */
export function accumulatedPass(
  networks: Networks,
  weights: NetworkWeights,
  { objective, views, momentum, given, trained, accumulate }: AccumulatedInputs,
  keep: <T extends object>(tensors: T) => T,
): AccumulatedPass {
  let result: AccumulatedPass | undefined;
  tf.tidy(() => {
    const parts = microBatches(views, accumulate);
    const outputs = keep(
      tf.tidy(() => joined(parts.map((part) => tf.tidy(() => ({ ...onlineBranch(networks, weights, part) }))))),
    ) as OnlineOutputs;
    const targets =
      momentum && keep(tf.tidy(() => joined(parts.map((part) => momentumTargets(networks, momentum, part)))));
    const { fa: _fa, fb: _fb, ...online } = outputs;
    const embeddings: Embeddings = { ...given, ...targets, ...online };
    const names = Object.keys(trained);
    const [direct, branch] = [true, false].map((wanted) =>
      names.filter((name) => (networkOf(name) === 'prototypes') === wanted),
    ) as [string[], string[]];
    const fields = trainedFields.filter((field) => online[field]);
    let terms: Record<string, tf.Scalar> = {};
    const loss = () => {
      terms = keep(objective.terms(embeddings));
      return totalLoss(terms);
    };
    const inputs = [...fields.map((field) => online[field]!), ...direct.map((name) => trained[name]!)];
    const explained = (error: unknown) => explainGradient(error, objective, embeddings, weights.prototypes);
    const byEmbeddings = embeddingGradients(loss, inputs, explained);
    const slopes = byEmbeddings.slice(0, fields.length);
    const found = new Map<string, tf.Tensor | null>(direct.map((name, i) => [name, byEmbeddings[fields.length + i]!]));
    const slopeParts = slopes.map((slope) => slope && tf.split(slope, accumulate));
    const statistics = Object.values(nonTrainableWeights(allWeights(weights))).map((variable) => ({
      variable,
      value: variable.clone(),
    }));
    parts.forEach((part, i) => {
      if (slopes.every((slope) => !slope)) return;
      const grads = microGradients(
        networks,
        weights,
        part,
        branch.map((name) => trained[name]!),
        (outputsOfPart) =>
          fields.flatMap((field, f) => {
            const slope = slopeParts[f]?.[i];
            return slope ? [outputsOfPart[field]!.mul(slope).sum()] : [];
          }),
      );
      branch.forEach((name, w) => {
        const [sum, gradient] = [found.get(name), grads[w]!];
        found.set(name, sum && gradient ? sum.add(gradient) : gradient);
        if (sum && gradient) tf.dispose([sum, gradient]);
      });
    });
    for (const { variable, value } of statistics) variable.assign(value);
    const gradients = names.map((name) => found.get(name) ?? null);
    keep(gradients.filter((gradient) => gradient));
    result = { terms, outputs, embeddings, gradients };
  });
  return result!;
}

function embeddingGradients(
  loss: () => tf.Scalar,
  inputs: tf.Tensor[],
  explained: (error: unknown) => unknown,
): (tf.Tensor | null)[] {
  try {
    return valueAndGradients(loss, inputs).gradients;
  } catch (error) {
    throw explained(error);
  }
}

function microGradients(
  networks: Networks,
  weights: NetworkWeights,
  part: Views,
  variables: tf.Variable[],
  products: (outputs: OnlineOutputs) => tf.Tensor[],
): (tf.Tensor | null)[] {
  const { value, gradients } = valueAndGradients(
    () => tf.addN(products(onlineBranch(networks, weights, part))) as tf.Scalar,
    variables,
  );
  value.dispose();
  return gradients;
}
