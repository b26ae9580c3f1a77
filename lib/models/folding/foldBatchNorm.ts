import type { LinearLayer } from '../../engine/linearLayer';
import { tf } from '../../engine/tensorflow';
import type { Module, Weights } from '../module';
import { type PlacedConvolution, resnetConvolutions } from './resnetConvolutions';

/** A linear classifier on the features: features · weight + bias. */
export interface LinearHead {
  /** [features, classes]. */
  readonly weight: tf.Tensor2D;
  /** [classes]; default none. */
  readonly bias?: tf.Tensor1D;
}

/** A classifier of convolutions and a last dense layer, without batch normalisation: a `LayeredNetwork` of the room `theory`. */
export interface FoldedNetwork {
  /** The module's. */
  readonly name: string;
  /** In the order of evaluation, a block's shortcut after its main path; the classifier last. */
  readonly layers: readonly LinearLayer[];
  /** Logits [N, classes] of images [N, height, width, channels], with layers of these shapes in place of its own. Differentiable. */
  apply(layers: readonly LinearLayer[], x: tf.Tensor): tf.Tensor2D;
  /** Frees the layers' tensors. */
  dispose(): void;
}

/** What batchNorm() adds to a variance: the ResNets' own. */
const epsilon = 1e-5;

/**
 * A ResNet at inference as a network of convolutions with bias: γ / √(variance + ε) of the batch normalisation after a
 * convolution goes into its kernel, the rest of that affine map into its bias. The same function as the module in inference mode, to rounding.
 *
 * @param module Of `resnet18`, `resnet34`, `resnet50` or `resnet101`.
 * @param weights Of the module; read once, not held.
 * @param head The classifier on the features. Leave it out for a module with `classes`, whose `fc` is the default.
 * @throws If the module is no ResNet (a layer normalisation depends on its input, so cannot be folded), a weight is missing, or the head does not
 *   fit, is missing or is one too many.
 * @example
 * const network = resnet18({ width: 4, classes: 10, inputShape: [8, 8, 3] });
 * const w = network.init(key(0));
 * const folded = foldBatchNorm(network, w);
 * const x = uniform(key(1), [2, 8, 8, 3]);
 * folded.apply(folded.layers, x).sub(network.apply(w, x)).abs().max().dataSync()[0]! < 1e-4; // true
 * folded.dispose();
 */
export function foldBatchNorm(module: Module, weights: Weights, head?: LinearHead): FoldedNetwork {
  if (!/^resnet\d+$/.test(module.name) || !('conv1.weight' in weights)) {
    throw new Error(
      `foldBatchNorm: expected a ResNet (resnet18, resnet34, resnet50, resnet101) and its weights, got '${module.name}'; the layer ` +
        'normalisations of ConvNeXt and ViT depend on their input, so no fixed weights can stand for them.',
    );
  }
  const classifier = classifierOf(module, weights, head);
  const places = resnetConvolutions(module, weights, stemOutput(module, weights));
  const layers = [...places.map((place) => foldedConvolution(place, weights)), classifier];
  return {
    name: module.name,
    layers,
    apply: (given, x) => {
      requireSameShapes(given, layers);
      return tf.tidy(() => {
        const w = unnormalized(places, given);
        const { kernel, bias } = given[places.length]! as Extract<LinearLayer, { kind: 'dense' }>;
        const offset = bias ?? tf.zeros([kernel.shape[1]]);
        if (!head) {
          const classified: Record<string, tf.Tensor> = { ...w, 'fc.weight': kernel, 'fc.bias': offset };
          return module.apply(classified as Weights, x) as tf.Tensor2D;
        }
        return tf.matMul(module.apply(w as Weights, x) as tf.Tensor2D, kernel).add(offset) as tf.Tensor2D;
      });
    },
    dispose: () => {
      for (const { kernel, bias } of layers) tf.dispose(bias ? [kernel, bias] : [kernel]);
    },
  };
}

/** The classifier as a layer of its own tensors. */
function classifierOf(module: Module, weights: Weights, head: LinearHead | undefined): LinearLayer {
  const own = 'fc.weight' in weights;
  if (own === (head !== undefined)) {
    const got = own ? "one beside the module's own fc" : 'none, and the module has no classes';
    throw new Error(`foldBatchNorm: expected one linear head, got ${got}; give a head, or a module with classes.`);
  }
  const weight = head ? head.weight : (weights['fc.weight'] as tf.Tensor as tf.Tensor2D);
  const bias = head ? head.bias : (weights['fc.bias'] as tf.Tensor as tf.Tensor1D);
  const [features, classes] = [own ? weight.shape[0] : module.outputShape[0]!, weight.shape[1]];
  if (weight.rank !== 2 || weight.shape[0] !== features || (bias && (bias.rank !== 1 || bias.shape[0] !== classes))) {
    const shape = bias ? ` and bias [${bias.shape.join(', ')}]` : '';
    throw new Error(
      `foldBatchNorm: expected a head with weight [${features}, classes] and bias [classes], got weight ` +
        `[${weight.shape.join(', ')}]${shape}; it reads the ${features} features of '${module.name}'.`,
    );
  }
  // Copies that share no memory: a variable's may change in training.
  return { kind: 'dense', kernel: weight.add(0), ...(bias && { bias: bias.add(0) as tf.Tensor1D }) };
}

/** [height, width] after the stem's convolution, which alone tells its padding: as the first ReLU sees it. */
function stemOutput(module: Module, weights: Weights): readonly [number, number] {
  const seen: number[][] = [];
  tf.tidy(() => {
    const blank = tf.zeros([1, ...module.inputShape]);
    module.apply(weights, blank, { observe: ({ input }) => seen.push(input.shape) });
  });
  return [seen[0]![1]!, seen[0]![2]!];
}

function foldedConvolution(
  { name, normalization, stride, padding, inputSize }: PlacedConvolution,
  w: Weights,
): LinearLayer {
  const of = (weight: string) => w[`${normalization}.${weight}`]!;
  const scale = tf.tidy(() => of('weight').div(of('running_var').add(epsilon).sqrt()));
  const kernel = w[`${name}.weight`]!.mul(scale) as tf.Tensor4D;
  const bias = tf.tidy(() => of('bias').sub(of('running_mean').mul(scale))) as tf.Tensor1D;
  scale.dispose();
  return { kind: 'conv2d', kernel, bias, stride, padding, inputSize };
}

/** The module's weights that make it a network of these layers, the residual structure its own: folded kernels, and batch normalisations that only add. */
function unnormalized(places: readonly PlacedConvolution[], layers: readonly LinearLayer[]): Record<string, tf.Tensor> {
  const w: Record<string, tf.Tensor> = {};
  places.forEach(({ name, normalization }, i) => {
    const { kernel, bias } = layers[i]!;
    const channels = kernel.shape.slice(-1);
    w[`${name}.weight`] = kernel;
    w[`${normalization}.weight`] = tf.ones(channels);
    w[`${normalization}.bias`] = bias ?? tf.zeros(channels);
    w[`${normalization}.running_mean`] = tf.zeros(channels);
    w[`${normalization}.running_var`] = tf.fill(channels, 1 - epsilon);
  });
  return w;
}

function requireSameShapes(layers: readonly LinearLayer[], own: readonly LinearLayer[]): void {
  const describe = (layer: LinearLayer | undefined) =>
    layer ? `${layer.kind} [${layer.kernel.shape.join(', ')}]` : 'none';
  for (let i = 0; i < Math.max(own.length, layers.length); i++) {
    if (describe(layers[i]) === describe(own[i])) continue;
    throw new Error(
      `apply of a folded network: expected layer ${i} to be ${describe(own[i])}, got ${describe(layers[i])}; it runs layers of its own shapes only.`,
    );
  }
}
