const { createHash } = require('node:crypto');
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const { basename, dirname, join } = require('node:path');

/**
 * @typedef {{ version: string, code: string, map: string, clean?: string }} CompiledModule `clean`: the key under which
 *   the type checker found no error in it.
 */

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Milliseconds after which what a kernel began to write is that of a killed one: it takes well under a second. */
const ABANDONED = 600_000;

/** Removes what killed kernels left half written. @param {string} path */
function removeAbandoned(path) {
  const folder = dirname(path);
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(`${basename(path)}.`) || !file.endsWith('.tmp')) continue;
    if (Date.now() - statSync(join(folder, file)).mtimeMs > ABANDONED) rmSync(join(folder, file), { force: true });
  }
}

/**
 * What the kernel knows of the project's modules, kept in data/cache/kernel.json for the next kernel.
 * It holds for one compiler and one state of the installed packages; anything unreadable counts as empty.
 * @param {string} root
 * @param {string} compilerVersion
 */
function moduleCache(root, compilerVersion) {
  const path = join(root, 'data', 'cache', 'kernel.json');
  const packages = read(join(root, 'node_modules', '.package-lock.json')) ?? '';
  const code = ['modules.cjs', 'compiler.cjs'].map((name) => read(join(__dirname, name))).join('\n');
  const validFor = createHash('sha256').update([compilerVersion, packages, code].join('\n')).digest('hex');
  /** @type {Map<string, CompiledModule>} */
  const modules = new Map();
  try {
    const stored = JSON.parse(read(path) ?? '{}');
    if (stored.validFor === validFor)
      for (const [name, entry] of Object.entries(stored.modules)) modules.set(name, entry);
  } catch {
    // Half a file, or another one's: it is written anew.
  }

  return {
    modules,
    save() {
      for (const name of modules.keys()) if (!existsSync(name)) modules.delete(name);
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        mkdirSync(dirname(path), { recursive: true });
        removeAbandoned(path);
        writeFileSync(temporary, JSON.stringify({ validFor, modules: Object.fromEntries(modules) }));
        renameSync(temporary, path);
      } catch {
        // Without a place to write, the next kernel compiles again.
        rmSync(temporary, { force: true });
      }
    },
  };
}

module.exports = { moduleCache };
