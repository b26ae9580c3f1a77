import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cifarRecords } from '../datasets/cifarFiles';
import { plainImage, writeAt } from '../datasets/images';

/** A place where examples may train and write. */
export interface ExampleProject {
  readonly root: string;
  readonly remove: () => void;
}

/** Bytes of a CIFAR-10 record: a label and 3 × 32 × 32 pixels. */
const record = 3073;

/**
 * A new project around this one's `lib` and `notebooks`, with what the examples name: CIFAR-10 in its official layout (200 images, and
 * 100 of the test, the first a cat as in the true one), and a folder `photographs` of two classes.
 */
export async function exampleProject(own: string): Promise<ExampleProject> {
  const parent = mkdtempSync(join(tmpdir(), 'infossl-examples-'));
  const root = join(parent, 'infossl');
  mkdirSync(root);
  copyFileSync(join(own, 'package.json'), join(root, 'package.json'));
  for (const room of ['lib', 'notebooks']) symlinkSync(join(own, room), join(root, room));
  const cifar = (file: string, content: Buffer) => writeAt(root, `data/cifar-10-batches-bin/${file}`, content);
  const images = cifarRecords(Array.from({ length: 200 }, (_, n) => [n % 10]));
  for (let i = 0; i < 5; i++) {
    cifar(`data_batch_${i + 1}.bin`, images.subarray(40 * i * record, 40 * (i + 1) * record));
  }
  cifar('test_batch.bin', images.subarray(3 * record, 103 * record));
  for (const name of ['bee', 'goldfish']) {
    const photograph = await plainImage({ r: name.length, g: 100, b: 50 }, 80, 64, 'jpeg');
    writeAt(root, `photographs/${name}/1.jpg`, photograph);
  }
  return { root, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
