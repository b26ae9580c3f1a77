import { channelStatistics } from '../../lib/datasets/channelStatistics';
import { batch, type Dataset } from '../../lib/datasets/dataset';
import { foldIn, key, split } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { projector } from '../../lib/models/projector';
import { resnet18 } from '../../lib/models/resnet';
import { disposeWeights } from '../../lib/models/weights';
import { totalLoss } from '../../lib/objectives/objective';
import { vicreg } from '../../lib/objectives/vicreg';
import { allWeights } from '../../lib/training/networks';
import { sgd } from '../../lib/training/sgd';
import { readMeasures } from '../../lib/training/stepMeasures';
import { disposePass, lossAndGradients, type Pass } from '../../lib/training/trainingStep';
import { recipes, twoViews } from '../../lib/views/recipe';
import { type BenchLine, timedLine } from './benchLine';
import { type Repeats, timed } from './timed';

/** One VICReg step of ResNet-18 that can be taken again and again. */
export interface Step {
  /** Both views forward, loss, backward, SGD update, and one read of the loss. */
  take(): void;
  /** The same with all that `train` reads of a step in place of the loss: the gradient's norm, the embeddings' spread and rank. */
  takeMeasured(): void;
  /** The two views of the images that the next `take` trains on, by VICReg's recipe. */
  makeViews(): void;
  dispose(): void;
}

/** ResNet-18 of this width with the projector 512-512-512 on the first `size` images, each giving two views. */
export function vicregStep(dataset: Dataset, { width, size }: { readonly width: number; readonly size: number }): Step {
  const statistics = channelStatistics(dataset);
  const encoder = resnet18({ width });
  const networks = { encoder, projector: projector({ inputSize: encoder.outputShape[0], sizes: [512, 512, 512] }) };
  const [encoderKey, projectorKey, viewKey] = split(key(0), 3);
  const weights = { encoder: encoder.init(encoderKey!), projector: networks.projector.init(projectorKey!) };
  const all = allWeights(weights);
  const optimizer = sgd({ weightDecay: 5e-4 });
  const state = optimizer.init(all);
  const objective = vicreg();
  const images = batch(
    dataset,
    Int32Array.from({ length: size }, (_, i) => i),
  );
  let made = 0;
  const views = () => twoViews(recipes.vicreg, foldIn(viewKey!, made++), images, statistics);
  let current = views();
  const step = (read: (pass: Pass) => void) => {
    const pass = lossAndGradients(networks, weights, objective, current);
    read(pass);
    optimizer.update(all, state, pass.gradients, () => 0.01);
    disposePass(pass);
  };
  return {
    take: () => step(({ terms }) => tf.tidy(() => void totalLoss(terms).dataSync())),
    takeMeasured: () => step(readMeasures),
    makeViews() {
      tf.dispose(current);
      current = views();
      current[1].dataSync();
    },
    dispose() {
      tf.dispose([current, images]);
      for (const own of [...Object.values(weights), state]) disposeWeights(own);
    },
  };
}

/** The milliseconds of one VICReg step, which PyTorch's is compared with; of one with `train`'s measures; of the views it trains on. */
export function trainingStep(
  dataset: Dataset,
  options: { readonly width: number; readonly size: number },
  repeats: Repeats,
): BenchLine[] {
  const step = vicregStep(dataset, options);
  const times = timed({ views: step.makeViews, step: step.take, measured: step.takeMeasured }, repeats);
  step.dispose();
  const name = `trainingStep/w${options.width}-2x${options.size}`;
  const facts = { images: 2 * options.size };
  return [
    timedLine(name, times.step, facts),
    timedLine(`${name}/measured`, times.measured, facts),
    timedLine(`${name}/views`, times.views, facts),
  ];
}
