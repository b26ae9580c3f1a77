const { moduleCache } = require('./moduleCache.cjs');
const { readableError } = require('./typeErrors.cjs');

/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').Program} Program
 * @typedef {import('@tslab/typescript-for-tslab').SourceFile} SourceFile
 * @typedef {import('./moduleGraph.cjs').ProjectModule} ProjectModule
 * @typedef {import('tslab/dist/converter').Diagnostic} Diagnostic
 * @typedef {import('tslab/dist/converter').SideOutput} SideOutput
 */

/**
 * The path under which tslab evaluates a module: its file's, with the extension of the compiled one.
 * @param {string} path
 */
const evaluatedPath = (path) => path.replace(/\.[jt]sx?$/, '.js');

/**
 * Checks and compiles the project's modules for the cells that import them.
 * @param {TypeScript} ts
 * @param {string} root
 */
function moduleCompiler(ts, root) {
  const cache = moduleCache(root, ts.version);
  /** The key under which each module was last handed to tslab. @type {Map<string, string>} */
  const evaluated = new Map();
  let unsaved = false;

  /** @param {SourceFile} file */
  const transpile = (file) => {
    if (file.fileName.endsWith('.json')) return { code: `module.exports = ${file.text};`, map: '' };
    const { outputText, sourceMapText } = ts.transpileModule(file.text, {
      fileName: file.fileName,
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        esModuleInterop: true,
        experimentalDecorators: true,
        noImplicitUseStrict: true,
        newLine: ts.NewLineKind.LineFeed,
        sourceMap: true,
      },
    });
    return { code: outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, ''), map: sourceMapText ?? '' };
  };

  /**
   * @param {ProjectModule} projectModule
   * @returns {import('./moduleCache.cjs').CompiledModule}
   */
  const compiled = ({ file, version }) => {
    const known = cache.modules.get(file.fileName);
    if (known?.version === version) return known;
    const entry = { version, ...transpile(file) };
    cache.modules.set(file.fileName, entry);
    unsaved = true;
    return entry;
  };

  /**
   * @param {Program} program
   * @param {import('@tslab/typescript-for-tslab').Diagnostic} problem
   * @returns {Diagnostic[]}
   */
  const diagnostic = (program, problem) => {
    const { file, start, length, category, code } = problem;
    if (file === undefined || start === undefined) return [];
    const position = (/** @type {number} */ offset) => ({ offset, ...file.getLineAndCharacterOfPosition(offset) });
    return [
      {
        start: position(start),
        end: position(start + (length ?? 0)),
        messageText: readableError(ts, program, root, problem),
        category,
        code,
        fileName: file.fileName.slice(root.length + 1),
      },
    ];
  };

  return {
    /**
     * The errors of the modules, each checked once as long as neither it nor what it imports changes.
     * @param {Program} program
     * @param {readonly ProjectModule[]} modules
     * @returns {Diagnostic[]}
     */
    check(program, modules) {
      return modules.flatMap((one) => {
        if (/\.(json|d\.ts)$/.test(one.file.fileName)) return [];
        const entry = compiled(one);
        if (entry.clean === one.key) return [];
        const found = [...program.getSyntacticDiagnostics(one.file), ...program.getSemanticDiagnostics(one.file)];
        const problems = found.flatMap((one) => diagnostic(program, one));
        if (problems.length === 0) {
          entry.clean = one.key;
          unsaved = true;
        }
        return problems;
      });
    },

    /**
     * The modules to evaluate anew: those that changed since the last call, and all that import them.
     * @param {readonly ProjectModule[]} modules
     * @returns {SideOutput[]}
     */
    stale(modules) {
      const changed = modules.filter(
        ({ file, key }) => !file.fileName.endsWith('.d.ts') && evaluated.get(file.fileName) !== key,
      );
      return changed.map((one) => {
        evaluated.set(one.file.fileName, one.key);
        return { path: evaluatedPath(one.file.fileName), data: compiled(one).code };
      });
    },

    /**
     * The source map of an evaluated module, with the file it came from.
     * @param {string} path
     */
    sourceMap(path) {
      for (const [name, { map }] of cache.modules) if (map !== '' && evaluatedPath(name) === path) return { name, map };
      return undefined;
    },

    /** Keeps what was learnt for the next kernel. */
    save() {
      if (unsaved) cache.save();
      unsaved = false;
    },
  };
}

module.exports = { moduleCompiler };
