import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';

/** Plain values that JSON keeps as they are. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Named groups of named tensors (`encoder`, `optimizer.encoder` …), and plain facts beside them (step, hash …). */
export interface Checkpoint {
  /** The tensors, by group, then by name. */
  readonly groups: Readonly<Record<string, Weights>>;
  /** As JSON keeps them. */
  readonly facts: Readonly<Record<string, Json>>;
}

interface TensorEntry {
  readonly group: string;
  readonly name: string;
  readonly shape: number[];
  readonly trainable: boolean;
}

interface Header {
  readonly tensors: TensorEntry[];
  readonly facts: Record<string, Json>;
  readonly bytes: number;
  readonly sha256: string;
}

// The file: 8 bytes of magic, version and header's length as uint32, the header's SHA-256, the header (JSON, UTF-8), and the
// tensors' values one after the other as float32, all little-endian.
const magic = Buffer.from('infossl\n', 'latin1');
const version = 1;
const prefixBytes = 8 + 4 + 4 + 32;

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function encode({ groups, facts }: Checkpoint): Buffer[] {
  const tensors: TensorEntry[] = [];
  const values: Buffer[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  for (const [group, weights] of Object.entries(groups)) {
    for (const [name, variable] of Object.entries(weights)) {
      if (variable.dtype !== 'float32') {
        throw new Error(`saveCheckpoint: expected float32 tensors, got ${variable.dtype} for '${group}/${name}'`);
      }
      const data = variable.dataSync() as Float32Array;
      const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      tensors.push({ group, name, shape: [...variable.shape], trainable: variable.trainable });
      values.push(raw);
      hash.update(raw);
      bytes += raw.length;
    }
  }
  const header: Header = { tensors, facts: { ...facts }, bytes, sha256: hash.digest('hex') };
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const prefix = Buffer.alloc(prefixBytes);
  magic.copy(prefix);
  prefix.writeUInt32LE(version, 8);
  prefix.writeUInt32LE(text.length, 12);
  sha256(text).copy(prefix, 16);
  return [prefix, text, ...values];
}

/** The checkpoint before the last one, kept beside it. */
export function previousCheckpoint(path: string): string {
  return `${path}.previous`;
}

/** Where a checkpoint is written before it takes its place. */
function unfinishedCheckpoint(path: string): string {
  return `${path}.tmp`;
}

/** A checkpoint that could not be read, put aside by `loadLastGood`. */
function brokenCheckpoint(path: string): string {
  return `${path}.broken`;
}

/** Every file that saving to `path` and loading from it may leave. */
export function checkpointFiles(path: string): readonly string[] {
  return [path, previousCheckpoint(path), unfinishedCheckpoint(path), brokenCheckpoint(path)];
}

async function writeSynced(path: string, parts: readonly Buffer[]): Promise<void> {
  const handle = await open(path, 'w');
  try {
    for (const part of parts) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a checkpoint so that at every moment, whatever happens, a whole one is on the disk: into a temporary file in
 * the same folder, synced, then renamed; the one before is kept as `path.previous`, unless `keepPrevious` is false. One
 * process may write to a path at a time.
 *
 * @param keepPrevious Whether the one before is kept; default true.
 * @throws If it cannot be written (disk full, no permission): the earlier checkpoints are then as they were.
 * @example
 * const encoder = mlp({ sizes: [2, 4] }).init(key(0));
 * await saveCheckpoint('data/first.ckpt', { groups: { encoder }, facts: { step: 100 } });
 * (await loadCheckpoint('data/first.ckpt')).facts; // { step: 100 }
 */
export async function saveCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  { keepPrevious = true }: { readonly keepPrevious?: boolean } = {},
): Promise<void> {
  const temporary = unfinishedCheckpoint(path);
  let moved = false;
  const parts = encode(checkpoint);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeSynced(temporary, parts);
    if (keepPrevious && existsSync(path)) {
      await rename(path, previousCheckpoint(path));
      moved = true;
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    // Once the last has moved away, the temporary file is whole and the newest.
    if (!moved) await unlink(temporary).catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `saveCheckpoint: ${path} could not be written (${reason}); the last good checkpoint is kept. Make room or choose another folder, then run again to go on from it.`,
    );
  }
}

async function syncFolder(folder: string): Promise<void> {
  // A rename is only lasting once its folder is synced; where folders cannot be opened (Windows) there is nothing to do.
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function decode(path: string, file: Buffer, remedy: string): Header & { values: Buffer } {
  const broken = (what: string) => new Error(`loadCheckpoint: ${path} ${what}. ${remedy}`);
  if (file.length < prefixBytes) throw broken(`is truncated: ${file.length} bytes, less than the header's beginning`);
  if (!file.subarray(0, 8).equals(magic)) throw broken('is not a checkpoint of infossl');
  const found = file.readUInt32LE(8);
  if (found !== version) {
    throw broken(`has format version ${found}, and this code reads version ${version}`);
  }
  const end = prefixBytes + file.readUInt32LE(12);
  if (file.length < end) throw broken(`is truncated: ${file.length} bytes, the header alone needs ${end}`);
  const text = file.subarray(prefixBytes, end);
  if (!sha256(text).equals(file.subarray(16, 48))) throw broken('is corrupt: the header does not match its checksum');
  const header = JSON.parse(text.toString('utf8')) as Header;
  const values = file.subarray(end);
  if (values.length < header.bytes) {
    throw broken(`is truncated: ${file.length} bytes of ${end + header.bytes}`);
  }
  if (values.length > header.bytes || sha256(values).toString('hex') !== header.sha256) {
    throw broken('is corrupt: the values do not match their checksum');
  }
  return { ...header, values };
}

/**
 * Reads a checkpoint, every byte of it checked. The caller disposes the variables.
 *
 * @param remedy What to do about a broken one, for the error; default: go on from the one before.
 * @throws If the file is missing, truncated, corrupt, or of another format: the error names the file and the remedy.
 * @example
 * const encoder = mlp({ sizes: [2, 4] });
 * await saveCheckpoint('data/first.ckpt', { groups: { encoder: encoder.init(key(0)) }, facts: { step: 100 } });
 * const { groups } = await loadCheckpoint('data/first.ckpt');
 * encoder.apply(groups.encoder!, tf.zeros([1, 2])).shape; // [1, 4]
 */
export async function loadCheckpoint(
  path: string,
  remedy = `Delete it to go on from the checkpoint before (${previousCheckpoint(path)}) if there is one, or from the start.`,
): Promise<Checkpoint> {
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`loadCheckpoint: ${path} is missing. ${remedy}`) : error;
  });
  const { tensors, facts, values } = decode(path, file, remedy);
  const aligned = new Uint8Array(values).buffer;
  const groups: Record<string, Weights> = {};
  let offset = 0;
  for (const { group, name, shape, trainable } of tensors) {
    const size = shape.reduce((product, length) => product * length, 1);
    const value = tf.tensor(new Float32Array(aligned, offset, size), shape, 'float32');
    groups[group] ??= {};
    groups[group][name] = tf.variable(value, trainable);
    value.dispose();
    offset += 4 * size;
  }
  return { groups, facts };
}

/**
 * The newest checkpoint of `path` that is whole: the last, or, if that one is missing or broken, the one before it, or,
 * where that one is broken too, one that was written but had not taken its place; then `problem` says what was wrong.
 * Null if there has never been one. A broken last one is renamed to `path.broken`, so that the next save does not put
 * it in the place of a good one.
 *
 * @throws If there are checkpoints but none is whole.
 */
export async function loadLastGood(path: string): Promise<{ checkpoint: Checkpoint; problem?: string } | null> {
  const [previous, unfinished] = [previousCheckpoint(path), unfinishedCheckpoint(path)];
  // Without one before, an unfinished one is what the very first save left: the training had better begin anew.
  const candidates = [path, previous, ...(existsSync(previous) ? [unfinished] : [])];
  let problem: string | undefined;
  for (const candidate of candidates.filter((file) => existsSync(file))) {
    try {
      const checkpoint = await loadCheckpoint(candidate);
      if (candidate === path) return { checkpoint };
      if (existsSync(path)) {
        await rename(path, brokenCheckpoint(path));
        problem += ` It is put aside as ${brokenCheckpoint(path)}.`;
      }
      // The next save writes where the unfinished one is, which is the only good one.
      if (candidate === unfinished) await rename(unfinished, path);
      return { checkpoint, problem };
    } catch (error) {
      problem ??= error instanceof Error ? error.message : String(error);
    }
  }
  if (problem !== undefined) throw new Error(problem);
  return null;
}

/**
 * Copies the values of `source` into the variables of `target`, name by name.
 *
 * @throws If the names or shapes are not the same: the error names the first that differs.
 */
export function assignWeights(target: Weights, source: Weights, where: string): void {
  for (const name of new Set([...Object.keys(target), ...Object.keys(source)])) {
    const [to, from] = [target[name], source[name]];
    const has = (variable: tf.Variable | undefined) => (variable ? `shape [${variable.shape}]` : 'nothing');
    if (!to || !from || has(to) !== has(from)) {
      throw new Error(
        `${where}: the network has ${has(to)} for '${name}', the checkpoint ${has(from)}. It is of another network: give it its own path, or delete it.`,
      );
    }
  }
  for (const [name, variable] of Object.entries(target)) variable.assign(source[name]!);
}
