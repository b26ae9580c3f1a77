import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { brokenFile } from './brokenFile';
import { readUnchanged } from './unchangedFile';

const UNSIGNED_BYTE = 0x08;

export interface IdxArray {
  readonly shape: readonly number[];
  /** A view of the file's bytes, row-major. */
  readonly values: Uint8Array;
}

/**
 * Parses an IDX array of unsigned bytes with `rank` dimensions: two zero bytes, the type (0x08), the rank, then each dimension
 * as a big-endian uint32, then the values (the format of MNIST, described at http://yann.lecun.com/exdb/mnist/). `file` is
 * only for the errors. The length must be exactly what the header says.
 */
export function parseIdx(bytes: Uint8Array, rank: number, file: string): IdxArray {
  const header = 4 + 4 * rank;
  if (bytes.length < header) {
    throw brokenFile(file, bytes.length, `the header is cut short: expected ${header} bytes, got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const expected = UNSIGNED_BYTE * 256 + rank;
  if (magic !== expected) {
    const hex = (n: number) => `0x${n.toString(16).padStart(8, '0')}`;
    throw brokenFile(
      file,
      0,
      `expected the IDX magic ${hex(expected)} (unsigned bytes, rank ${rank}), got ${hex(magic)}`,
    );
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  for (let i = 0; i < rank; i++) {
    if (shape[i] === 0) throw brokenFile(file, 4 + 4 * i, `expected dimensions of at least 1, got [${shape}]`);
  }
  const size = shape.reduce((product, n) => product * n, 1);
  if (bytes.length !== header + size) {
    throw brokenFile(
      file,
      Math.min(bytes.length, header + size),
      `expected ${header + size} bytes for dimensions [${shape}], got ${bytes.length}`,
    );
  }
  return { shape, values: bytes.subarray(header) };
}

/** Reads an IDX file, gzip-compressed or not. */
export async function readIdx(file: string, rank: number): Promise<IdxArray> {
  const bytes = await readUnchanged(file, (handle) => handle.readFile());
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!compressed) return parseIdx(bytes, rank, file);
  let inflated: Buffer;
  try {
    inflated = await promisify(gunzip)(bytes);
  } catch (error) {
    throw brokenFile(file, `of ${bytes.length} compressed bytes`, `gzip: ${(error as Error).message}`);
  }
  return parseIdx(inflated, rank, file);
}

/** Images [count, height, width] and labels [count] of a pair of IDX files (MNIST, Fashion-MNIST), labels 0 … classes − 1. */
export async function readIdxPair(
  imageFile: string,
  labelFile: string,
  classes: number,
): Promise<{ images: Uint8Array; labels: Int32Array; height: number; width: number }> {
  const images = await readIdx(imageFile, 3);
  const labels = await readIdx(labelFile, 1);
  const [count, height, width] = images.shape as [number, number, number];
  if (labels.shape[0] !== count) {
    throw brokenFile(
      labelFile,
      4,
      `expected ${count} labels, one for each image of ${imageFile}, got ${labels.shape[0]}`,
    );
  }
  const wrong = labels.values.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw brokenFile(labelFile, 8 + wrong, `expected a label from 0 to ${classes - 1}, got ${labels.values[wrong]}`);
  }
  return { images: images.values, labels: Int32Array.from(labels.values), height, width };
}
