import type { Dataset } from '../../lib/datasets/dataset';
import { subset } from '../../lib/datasets/subset';
import { tf } from '../../lib/engine/tensorflow';
import { projector } from '../../lib/models/projector';
import { resnet18 } from '../../lib/models/resnet';
import { byol } from '../../lib/objectives/byol';
import { moco } from '../../lib/objectives/moco';
import type { Objective } from '../../lib/objectives/objective';
import { vicreg } from '../../lib/objectives/vicreg';
import { train } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { type BenchLine, rounded } from './benchLine';

const methods = {
  vicreg: () => vicreg(),
  byol: () => byol({ hidden: 128 }),
  moco: () => moco({ queueLength: 1024 }),
} satisfies Record<string, () => Objective>;

export type MemoryMethod = keyof typeof methods;
export const memoryMethods = Object.keys(methods) as MemoryMethod[];

/** The memory that the process holds, in bytes, after the garbage is collected (Node's `--expose-gc`). */
function residentMemory(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('memory: expected node to run with --expose-gc, got no gc(); start it by `npm run bench`');
  gc();
  return process.memoryUsage().rss;
}

/**
 * A small training (ResNet-18 of width 4, 2 × 16 images): how many tensors there are after the first step and after the last,
 * and the resident memory after step `settled` and after the last.
 *
 * @throws After its line, if the tensors have become more or fewer, or the memory has grown by more than 5 %.
 */
export async function* memory(
  dataset: Dataset,
  method: MemoryMethod,
  { steps, settled }: { readonly steps: number; readonly settled: number },
): AsyncGenerator<BenchLine> {
  const batchSize = 16;
  const encoder = resnet18({ width: 4 });
  const images = subset(
    dataset,
    Int32Array.from({ length: batchSize * 10 }, (_, i) => i),
  );
  const training = train({
    dataset: images,
    networks: { encoder, projector: projector({ inputSize: encoder.outputShape[0], sizes: [64, 64, 64] }) },
    objective: methods[method](),
    epochs: Math.ceil(steps / 10),
    batchSize,
  });
  const tensors: number[] = [];
  const bytes: number[] = [];
  const before = tf.memory().numTensors;
  for (;;) {
    const { value, done } = await training.next();
    if (done) {
      disposeTraining(value);
      break;
    }
    if (value.step === 1 || value.step === steps) tensors.push(tf.memory().numTensors);
    if (value.step === settled || value.step === steps) bytes.push(residentMemory());
  }
  const left = tf.memory().numTensors - before;
  const growth = bytes[1]! / bytes[0]! - 1;
  const name = `memory/${method}`;
  const megabytes = (size: number) => Math.round(size / 1e5) / 10;
  yield {
    name,
    steps,
    tensors_first: tensors[0]!,
    tensors_last: tensors[1]!,
    tensors_left: left,
    rss_mb_settled: megabytes(bytes[0]!),
    rss_mb_last: megabytes(bytes[1]!),
    growth_percent: rounded(100 * growth),
  };
  if (tensors[0] !== tensors[1] || left !== 0) {
    throw new Error(
      `${name}: expected as many tensors after step ${steps} as after step 1, and none left, got ${tensors[1]} after ${tensors[0]}, and ${left} left`,
    );
  }
  if (growth > 0.05) {
    throw new Error(
      `${name}: expected the memory to grow by at most 5 % from step ${settled} to ${steps}, got ${rounded(100 * growth)} %`,
    );
  }
}
