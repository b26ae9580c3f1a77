import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Dataset } from '../datasets/dataset';
import { projectRoot } from '../datasets/projectRoot';
import { writeWhole } from '../datasets/writeWhole';
import { tf } from '../engine/tensorflow';
import type { Run } from '../training/run';
import { sourceVersion } from '../training/sourceVersion';
import { measurementFile, removeOutdated } from './outdatedMeasurements';
import { isStaleFile } from './staleRun';

export interface KeptMeasurementOptions {
  /** What is measured, in letters, digits and dashes: the result is kept as `<name>-<version>-<hash>.bin`. */
  readonly name: string;
  /**
   * Everything that the result depends on besides `make`'s own text and the library's code, in lists and records of: numbers and
   * texts; tensors and typed arrays, told apart by their values; data sets, by their checksum, and runs, by their `id`, with what is
   * spread into them besides; functions of the notebook, by their text. What `make` closes over and is not here is not seen: change it, and the old result comes back.
   */
  readonly dependsOn: unknown;
  /** The files of `lib`, or rooms, that it runs through (`sourceVersion`). Default: all that measures or is measured. */
  readonly code?: readonly string[];
  /** Where results are kept; default `data/measurements` of the project. */
  readonly folder?: string;
}

/** Whatever a cell may measure by. */
const measuring = [
  ...['theory', 'information', 'statistics', 'models', 'views'],
  ...['training/evaluate.ts', 'training/settleStatistics.ts', 'training/snapshotWeights.ts'],
];

/**
 * The result of a long measurement: the one that is kept, if everything that it depends on is the same, else made now and kept. So
 * a cell that takes minutes takes no time when it is run again. `npm run figures -- --fresh` measures anew. Results of the same name that
 * another version of the library's code gave are removed.
 *
 * @param make Gives plain data (typed arrays, infinite numbers and NaN too) or tensors, in lists and records.
 * @returns The result. Tensors in it are the caller's.
 * @throws What `make` throws, and then nothing is kept; an error if the name, or something in `dependsOn` or the result, is not of
 *   these kinds.
 * @example
 * const samples = 512;
 * await keptMeasurement({ name: 'mean-norm', dependsOn: { samples } }, () =>
 *   tf.tidy(() => normal(key(1), [samples, 3]).square().sum(1).sqrt().mean().dataSync()[0]!),
 * ); // 1.6
 */
export async function keptMeasurement<Result>(
  options: KeptMeasurementOptions,
  make: () => Result | Promise<Result>,
): Promise<Result> {
  const { name, dependsOn, code = measuring, folder = join(projectRoot(), 'data', 'measurements') } = options;
  if (!/^[\w-]+$/.test(name)) {
    throw new Error(`keptMeasurement: expected a name of letters, digits and dashes, got '${name}'`);
  }
  const version = sourceVersion(code);
  const identity = serialize({
    dependsOn: told(dependsOn, 'dependsOn'),
    make: String(make),
    code: version,
  });
  const hash = createHash('sha256').update(identity).digest('hex');
  const path = join(folder, measurementFile(name, version, hash));
  const kept = isStaleFile(path) ? undefined : await readKept<Result>(path);
  if (kept) return kept.result;
  const result = await make();
  await writeWhole(path, serialize({ result: withoutTensors(result, name) }));
  await removeOutdated(folder, name, version);
  return result;
}

/** Nothing if there is none, or what is there is broken or of a newer Node: then it is made again. */
async function readKept<Result>(path: string): Promise<{ readonly result: Result } | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return withTensors(deserialize(bytes)) as { readonly result: Result };
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** A record as a literal makes it, or one without a prototype. */
function isRecord(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const mapFields = (value: Fields, of: (field: unknown, name: string) => unknown): Fields =>
  Object.fromEntries(Object.entries(value).map(([name, field]) => [name, of(field, name)]));

const datasetFields: Readonly<Record<keyof Dataset, true>> = {
  ...{ name: true, split: true, images: true, labels: true, count: true, height: true, width: true, channels: true },
  ...{ classNames: true, real: true, source: true, checksum: true },
};
const runFields: Readonly<Record<keyof Run, true>> = {
  ...{ id: true, folder: true, history: true, cached: true, networks: true, statistics: true, steps: true },
  ...{ snapshots: true, weights: true, momentum: true, memory: true, probe: true },
};

/** Records whose other `fields` follow from the one `name`; what is spread into them besides does not. */
const fixedBy = [
  { name: 'checksum', mark: 'images', fields: new Set(Object.keys(datasetFields)) },
  { name: 'id', mark: 'weights', fields: new Set(Object.keys(runFields)) },
];

/** What tells this from another of its kind, as plain data. */
function told(value: unknown, place: string): unknown {
  if (value instanceof tf.Tensor) return { shape: value.shape, type: value.dtype, values: value.dataSync() };
  if (typeof value === 'function') return String(value);
  if (Array.isArray(value)) return value.map((item, i) => told(item, `${place}[${i}]`));
  if (ArrayBuffer.isView(value) || typeof value !== 'object' || value === null) return value;
  if (isRecord(value)) {
    const known = fixedBy.find(({ name, mark }) => typeof value[name] === 'string' && mark in value);
    const others = Object.entries(value).filter(([name]) => !known?.fields.has(name));
    const own = others.map(([name, field]) => [name, told(field, `${place}.${name}`)] as const);
    if (known && own.length === 0) return value[known.name];
    return Object.fromEntries(known ? [[known.name, value[known.name]], ...own] : own);
  }
  throw new Error(
    `keptMeasurement: expected ${place} to be numbers, texts, tensors, data sets, runs, functions, or lists and records of them, got ${value.constructor?.name ?? 'an object'}; name what it depends on of it.`,
  );
}

const tensorMark = 'keptMeasurement:tensor';

function withoutTensors(value: unknown, name: string): unknown {
  if (value instanceof tf.Tensor) {
    return { [tensorMark]: value.dataSync(), shape: value.shape, type: value.dtype };
  }
  if (Array.isArray(value)) return value.map((item) => withoutTensors(item, name));
  if (isRecord(value)) return mapFields(value, (field) => withoutTensors(field, name));
  if (typeof value === 'function' || (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))) {
    throw new Error(
      `keptMeasurement: expected '${name}' to give plain data or tensors, got ${typeof value === 'function' ? 'a function' : (value.constructor?.name ?? 'an object')} in it; give lists and records.`,
    );
  }
  return value;
}

function withTensors(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTensors);
  if (!isRecord(value)) return value;
  if (tensorMark in value) {
    return tf.tensor(value[tensorMark] as Float32Array, value.shape as number[], value.type as 'float32');
  }
  return mapFields(value, withTensors);
}
