import { KernelClient } from '../kernel/kernelClient';
import { type BenchLine, timedLine } from './benchLine';

/** What most notebooks begin with: the whole library, and one number from TensorFlow. */
const FIRST_CELL = `import * as infossl from './lib/index';
import { tf } from './lib/engine/tensorflow';
console.log(Object.keys(infossl).length > 0, tf.scalar(2).square().dataSync()[0]);`;

/**
 * The two latencies that a reader of a notebook feels:
 * - `kernelLatency/first-cell`: from the start of the kernel's process to the reply of a first cell that imports the library;
 * - `kernelLatency/later-cell`: what a cell takes that does next to nothing, by turns with and without an import of its own.
 */
export async function kernelLatency({ kernels = 3, cells = 10 } = {}): Promise<BenchLine[]> {
  const first: number[] = [];
  const later: number[] = [];
  for (let run = 0; run < kernels; run++) {
    const begin = performance.now();
    const kernel = await KernelClient.start();
    try {
      const { reply, stdout } = await kernel.execute(FIRST_CELL);
      first.push(performance.now() - begin);
      if (stdout !== 'true 4\n') throw new Error(`kernelLatency: the first cell failed: ${JSON.stringify(reply)}`);
      for (let i = 0; i < cells; i++) {
        const source =
          i % 2 === 0 ? `const x${i} = tf.scalar(${i}).shape; x${i}` : `${FIRST_CELL}\nconst y${i} = ${i};`;
        later.push((await kernel.execute(source)).milliseconds);
      }
    } finally {
      await kernel.close();
    }
  }
  return [timedLine('kernelLatency/first-cell', first), timedLine('kernelLatency/later-cell', later)];
}
