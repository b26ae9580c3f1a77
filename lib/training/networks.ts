import { type Key, split } from '../engine/random';
import type { Module, Weights } from '../models/module';
import { predictor } from '../models/predictor';
import { prototypes } from '../models/prototypes';
import type { Objective } from '../objectives/objective';

/**
 * What is trained: images → features → embeddings (→ predictions; → scores). Each has its own weights, by the same
 * name.
 */
export interface Networks {
  /** Images → features; what is kept after the training. */
  readonly encoder: Module;
  /** Features → embeddings. */
  readonly projector: Module;
  /** Embeddings [K] → [K]; only for an objective that requires one. Default: the `predictor` that it requires. */
  readonly predictor?: Module;
  /**
   * Embeddings [K] → scores [count]; only for an objective that requires them. Default: the `prototypes` that it
   * requires.
   */
  readonly prototypes?: Module;
}

/** Which of the networks. */
export type NetworkName = keyof Networks;

/** The weights of each network, by its name. */
export interface NetworkWeights {
  /** Of the encoder. */
  readonly encoder: Weights;
  /** Of the projector. */
  readonly projector: Weights;
  /** Of the predictor, where there is one. */
  readonly predictor?: Weights;
  /** Of the prototypes, where there are some. */
  readonly prototypes?: Weights;
}

export const networkNames: readonly NetworkName[] = ['encoder', 'projector', 'predictor', 'prototypes'];

/** Every weight of all networks under its network's name (`encoder.conv1.weight`): the same variables, not copies. */
export function allWeights(weights: NetworkWeights): Weights {
  const all: Weights = {};
  for (const network of networkNames) {
    for (const [name, variable] of Object.entries(weights[network] ?? {})) all[`${network}.${name}`] = variable;
  }
  return all;
}

/** The network to which a name of `allWeights` belongs. */
export function networkOf(weightName: string): NetworkName {
  return weightName.slice(0, weightName.indexOf('.')) as NetworkName;
}

function requireShape(what: string, module: Module, input: readonly number[], output?: readonly number[]): void {
  const has = `[${module.inputShape.join(', ')}] → [${module.outputShape.join(', ')}]`;
  const shown = output ? `[${output.join(', ')}]` : 'a vector';
  const fits =
    module.inputShape.join() === input.join() &&
    (output ? module.outputShape.join() === output.join() : module.outputShape.length === 1);
  if (fits) return;
  throw new Error(
    `train: expected the ${what} to map [${input.join(', ')}] → ${shown}, got ${module.name}: ${has}; build it with these sizes.`,
  );
}

/**
 * The networks with those that the objective requires filled in.
 *
 * @throws If the networks' shapes do not fit each other, or one is given that the objective does not use.
 */
export function completeNetworks(networks: Networks, objective: Objective): Networks {
  const { encoder, projector } = networks;
  requireShape('projector', projector, encoder.outputShape);
  const size = projector.outputShape[0]!;
  const all: { -readonly [name in keyof Networks]: Networks[name] } = { encoder, projector };
  for (const name of ['predictor', 'prototypes'] as const) {
    const given = networks[name];
    if (!given || objective[name]) continue;
    throw new Error(
      `train: expected no ${name}, for ${objective.name} does not use one, got ${given.name}; leave it out of networks, or state it in objective(name, terms, { ${name}: … }).`,
    );
  }
  if (objective.predictor) {
    all.predictor = networks.predictor ?? predictor({ inputSize: size, hidden: objective.predictor.hidden });
    requireShape('predictor', all.predictor, [size], [size]);
  }
  if (objective.prototypes) {
    const { count } = objective.prototypes;
    all.prototypes = networks.prototypes ?? prototypes({ inputSize: size, count });
    requireShape('prototypes', all.prototypes, [size], [count]);
  }
  return all;
}

/** New weights for each of the networks. */
export function initNetworks(networks: Networks, k: Key): NetworkWeights {
  const keys = split(k, networkNames.length);
  const weights: { -readonly [name in NetworkName]?: Weights } = {};
  networkNames.forEach((name, i) => {
    const network = networks[name];
    if (network) weights[name] = network.init(keys[i]!);
  });
  return weights as NetworkWeights;
}
