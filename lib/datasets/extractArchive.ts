import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as tar from 'tar';
import * as yauzl from 'yauzl';
import { brokenFile } from './brokenFile';
import { withFileLock } from './fileLock';
import type { ReportProgress } from './progress';

const UNSAFE = 'Nothing was extracted. Delete the archive: it is not the official one';
const TAR_FILES: readonly string[] = ['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir'];

/** Why a member must not be extracted, or undefined: its name leads outside the folder, or it is a link or a device. */
export function unsafeMember(name: string, type: string): string | undefined {
  if (!TAR_FILES.includes(type)) return `is a ${type}, expected files and folders only`;
  if (name.includes('\0')) return 'has a NUL in its name';
  if (/^([a-zA-Z]:|[/\\])/.test(name)) return 'has an absolute name';
  if (name.split(/[/\\]/).includes('..')) return 'has ".." in its name';
  return undefined;
}

/** Not by `tar.x`: that one's promise is rejected while files are still being made, which the folder's removal then meets. */
async function extractTar(archive: string, folder: string, report: ReportProgress): Promise<void> {
  const task = `extract ${basename(archive)}`;
  const source = createReadStream(archive);
  const parser = new tar.Parser({ strict: true });
  const cut = new AbortController();
  const write = async (entry: tar.ReadEntry) => {
    const target = join(folder, entry.path);
    if (entry.type === 'Directory' || entry.type === 'GNUDumpDir') {
      await mkdir(target, { recursive: true });
      entry.resume();
      return;
    }
    await mkdir(dirname(target), { recursive: true });
    await pipeline(entry, createWriteStream(target), { signal: cut.signal });
  };
  let done = 0;
  // The parser gives the next member once this one is read: one file is open at a time.
  let written = Promise.resolve();
  try {
    await new Promise<void>((resolve, reject) => {
      parser.on('entry', (entry: tar.ReadEntry) => {
        const problem = unsafeMember(entry.path, entry.type);
        if (problem) {
          reject(brokenFile(archive, `member ${entry.path}`, problem, UNSAFE));
          return;
        }
        written = written.then(() => write(entry));
        written.then(() => report({ task, done: ++done, total: undefined, unit: 'files' }), reject);
      });
      parser.on('end', () => written.then(resolve, reject));
      parser.on('error', reject);
      source.on('error', reject);
      source.pipe(parser as unknown as NodeJS.WritableStream);
    });
  } finally {
    source.destroy();
    cut.abort();
    await written.catch(() => undefined);
  }
}

/** What stopped an extraction, as an error of `load`, which it may be already. */
function extractionError(archive: string, error: NodeJS.ErrnoException): Error {
  if (error.message.startsWith('load: ')) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new Error(`load: no space left on the disk while extracting ${archive}. Free some and load again.`);
  }
  return brokenFile(archive, 'in the archive', error.message);
}

function openZip(archive: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(archive, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

/** Unix file type in the upper half of the attributes: 0o12 is a symbolic link. */
function zipType(entry: yauzl.Entry): string {
  const kind = (entry.externalFileAttributes >>> 28) & 0xf;
  if (kind === 0o12) return 'SymbolicLink';
  return entry.fileName.endsWith('/') ? 'Directory' : 'File';
}

async function extractMember(zip: yauzl.ZipFile, entry: yauzl.Entry, folder: string): Promise<void> {
  const target = join(folder, entry.fileName);
  if (zipType(entry) === 'Directory') {
    await mkdir(target, { recursive: true });
    return;
  }
  await mkdir(dirname(target), { recursive: true });
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  await pipeline(stream, createWriteStream(target, { flags: 'wx' }));
}

async function extractZip(archive: string, folder: string, report: ReportProgress): Promise<void> {
  const task = `extract ${basename(archive)}`;
  let zip: yauzl.ZipFile | undefined;
  try {
    const opened = await openZip(archive);
    zip = opened;
    let done = 0;
    await new Promise<void>((resolve, reject) => {
      opened.on('entry', (entry: yauzl.Entry) => {
        const problem = unsafeMember(entry.fileName, zipType(entry));
        if (problem) {
          reject(brokenFile(archive, `member ${entry.fileName}`, problem, UNSAFE));
          return;
        }
        extractMember(opened, entry, folder).then(() => {
          report({ task, done: ++done, total: opened.entryCount, unit: 'files' });
          opened.readEntry();
        }, reject);
      });
      opened.on('end', resolve);
      opened.on('error', reject);
      opened.readEntry();
    });
  } finally {
    zip?.close();
  }
}

/**
 * Extracts the folder `member` (at the top) of a .tar, .tar.gz, .tgz or .zip archive to `target`, unless `target` is there.
 * All or nothing: the members go to a new folder beside `target`, renamed at the end. Any member with an absolute name, with
 * '..', or that is a link or a device is an error and nothing is kept. Another process that wants the same waits.
 */
export async function extractArchive(
  archive: string,
  member: string,
  target: string,
  report: ReportProgress = () => undefined,
): Promise<void> {
  const parent = dirname(target);
  const prefix = `.${basename(target)}.extracting-`;
  await mkdir(parent, { recursive: true });
  await withFileLock(`${target}.lock`, async () => {
    if (existsSync(target)) return;
    for (const name of await readdir(parent)) {
      // Left by a process that was killed: we hold the lock, so no one is writing there.
      if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true });
    }
    const temporary = join(parent, `${prefix}${randomUUID()}`);
    await mkdir(temporary);
    try {
      const extract = archive.endsWith('.zip') ? extractZip : extractTar;
      await extract(archive, temporary, report).catch((error) => {
        throw extractionError(archive, error);
      });
      const extracted = join(temporary, member);
      if (!existsSync(extracted)) throw brokenFile(archive, 'in the archive', `expected a folder ${member} at the top`);
      await rename(extracted, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
}
