import { stat } from 'node:fs/promises';
import { brokenFile } from './brokenFile';
import { readUnchanged } from './unchangedFile';

const PIXELS = 32 * 32;
const CHANNELS = 3;
const RECORDS_A_READ = 256;

/** How one record starts: its label bytes, which of them is the label, and how many classes there are. */
export interface CifarLabels {
  /** 1 for CIFAR-10; 2 for CIFAR-100 (coarse, then fine). */
  readonly bytes: 1 | 2;
  /** Which of the label bytes to keep. */
  readonly position: 0 | 1;
  /** Number of classes for each label byte. */
  readonly classes: readonly number[];
}

export interface LabelledImages {
  /** [count, height, width, channels] */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
}

/** The number of whole records in `size` bytes; a part of a record, or none, is an error. */
function recordCount(file: string, size: number, recordBytes: number): number {
  const count = Math.floor(size / recordBytes);
  if (size === 0) throw brokenFile(file, 0, 'the file is empty');
  if (size % recordBytes !== 0) {
    throw brokenFile(
      file,
      count * recordBytes,
      `the last record is cut short: expected ${recordBytes} bytes, got ${size % recordBytes}`,
    );
  }
  return count;
}

/** The number of records in each file. */
export async function countRecords(files: readonly string[], recordBytes: number): Promise<number[]> {
  const counts: number[] = [];
  for (const file of files) counts.push(recordCount(file, (await stat(file)).size, recordBytes));
  return counts;
}

/**
 * The images of CIFAR's official binary files, in order: any whole number of records of label bytes and 3,072 bytes of red,
 * green and blue planes of 32×32 (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version"). Returned with the
 * channels last, [count, 32, 32, 3]. Holds the result and one buffer of 256 records, nothing more.
 */
export async function readCifar(
  files: readonly string[],
  { bytes, position, classes }: CifarLabels,
): Promise<LabelledImages> {
  const recordBytes = bytes + PIXELS * CHANNELS;
  const counts = await countRecords(files, recordBytes);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const images = new Uint8Array(total * PIXELS * CHANNELS);
  const labels = new Int32Array(total);
  const buffer = Buffer.allocUnsafe(RECORDS_A_READ * recordBytes);
  let index = 0;
  for (let f = 0; f < files.length; f++) {
    const file = files[f]!;
    await readUnchanged(file, async (handle, size) => {
      if (recordCount(file, size, recordBytes) !== counts[f]) {
        throw brokenFile(file, 'since it was counted', 'another program changed it', 'Load again once it is whole');
      }
      for (let record = 0; record < counts[f]!; ) {
        const wanted = Math.min(RECORDS_A_READ, counts[f]! - record);
        const { bytesRead } = await handle.read(buffer, 0, wanted * recordBytes, record * recordBytes);
        const got = Math.floor(bytesRead / recordBytes);
        if (got === 0) throw brokenFile(file, record * recordBytes, 'the file became shorter while it was read');
        for (let r = 0; r < got; r++, index++) {
          const start = r * recordBytes;
          for (let b = 0; b < bytes; b++) {
            if (buffer[start + b]! >= classes[b]!) {
              throw brokenFile(
                file,
                (record + r) * recordBytes + b,
                `expected a label from 0 to ${classes[b]! - 1}, got ${buffer[start + b]}`,
              );
            }
          }
          labels[index] = buffer[start + position]!;
          interleave(buffer, start + bytes, images, index * PIXELS * CHANNELS);
        }
        record += got;
      }
    });
  }
  return { images, labels };
}

function interleave(planes: Uint8Array, from: number, images: Uint8Array, to: number): void {
  for (let p = 0; p < PIXELS; p++) {
    images[to + CHANNELS * p] = planes[from + p]!;
    images[to + CHANNELS * p + 1] = planes[from + PIXELS + p]!;
    images[to + CHANNELS * p + 2] = planes[from + 2 * PIXELS + p]!;
  }
}
