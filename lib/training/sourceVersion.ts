import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { tf } from '../engine/tensorflow';

/** A static import or re-export of a neighbour that is there when the code runs: one of types alone is not. */
const importLine = /^\s*(?:import|export)\s+(?!type\s)(?:[^;'"]*?from\s+)?['"](\.[^'"]*)['"]/gm;

/** Comments that fill their lines, as the formatter leaves those before a declaration: what is computed does not depend on them. */
const commentLines = /^[ \t]*(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/|\/\/.*)[ \t]*(?:\n|$)/gm;

/** Without its lines of comment; as it is where a template string may span lines, which could look like one and are none. */
function codeOf(content: string): string {
  const code = content.replace(commentLines, '');
  return code.split('\n').some((line) => line.split('`').length % 2 === 0) ? content : code;
}

/**
 * SHA-256, hexadecimal, over the versions of TensorFlow.js, of its Node binding and of the native library, and the names and
 * contents (but for lines of comment) of all source files that code beginning at these runs through: they themselves, and what
 * they import, directly or not (static imports of files of the library, not of types alone).
 *
 * @param entries Files of `lib`, such as `training/train.ts`, or folders, which stand for all files in them, at any depth.
 */
export function sourceVersion(entries: readonly string[], root: string = projectRoot()): string {
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  const { tfjs, 'tfjs-node': node } = tf.version as Record<string, string>;
  const hash = createHash('sha256').update(`${tfjs} ${node} ${binding.TF_Version}\n`);
  for (const [file, content] of sourceFiles(entries, root)) {
    const code = codeOf(content);
    hash.update(`${file} ${code.length}\n`).update(code);
  }
  return hash.digest('hex');
}

/** Every file that these run through, by its path in `lib`, sorted. */
export function sourceFiles(
  entries: readonly string[],
  root: string = projectRoot(),
): readonly (readonly [string, string])[] {
  const lib = join(root, 'lib');
  const found = new Map<string, string>();
  const visit = (file: string) => {
    if (found.has(file)) return;
    const content = readFileSync(join(lib, file), 'utf8');
    found.set(file, content);
    for (const [, target] of content.matchAll(importLine)) {
      const next = `${join(dirname(file), target!)}.ts`;
      // Of one that is missing nothing can run; the compiler says so.
      if (existsSync(join(lib, next))) visit(next);
    }
  };
  for (const entry of entries) {
    const files = statSync(join(lib, entry)).isDirectory()
      ? readdirSync(join(lib, entry), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.ts'))
          .map((file) => join(entry, file))
      : [entry];
    for (const file of files) visit(file);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}
