const { withPreviousNames } = require('./previousNames.cjs');
const { watchSources } = require('./sourceWatch.cjs');
const { readableError } = require('./typeErrors.cjs');

/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').Program} Program
 * @typedef {import('@tslab/typescript-for-tslab').SourceFile} SourceFile
 * @typedef {import('@tslab/typescript-for-tslab').BuilderProgram} BuilderProgram
 * @typedef {import('@tslab/typescript-for-tslab').CompilerOptions} CompilerOptions
 * @typedef {import('@tslab/typescript-for-tslab').System} System
 * @typedef {import('@tslab/typescript-for-tslab').WatchCompilerHostOfFilesAndCompilerOptions<BuilderProgram>} WatchHost
 * @typedef {import('@tslab/typescript-for-tslab').Diagnostic} Diagnostic
 * @typedef {{ bindSourceFile(file: SourceFile, options: object): void,
 *   getPreEmitDiagnosticsOfFiles(program: Program, files: SourceFile[]): Diagnostic[] }} Internals what tslab uses of
 *   TypeScript, and its types do not show
 * @typedef {{ program: Program | undefined, cellMaps: string[], lookAgain: boolean, keep(file: string): void,
 *   reportChanges(): boolean }} Compiler `program`: the last one made; `cellMaps`: the source maps of the last cell, from
 *   TypeScript on; `lookAgain`: whether the next program is to look anew for the modules that are imported; `keep`: has
 *   every next program hold this file and what it imports, whether or not a cell imports it
 */

/** The file that tslab gives a cell's text to the compiler as, in the project's root. */
const CELL_FILE = '__tslab__.ts';

/**
 * @param {TypeScript} ts
 * @returns {Internals}
 */
const internals = (ts) => /** @type {Internals} */ (/** @type {unknown} */ (ts));

/** Whether an error of this code says that something `implicitly has an 'any' type`: they are numbered 7000 to 7099. */
const isImplicitAny = (/** @type {number} */ code) => code >= 7000 && code < 7100;

/**
 * tslab asks for the locals of a file that nobody has bound yet: the builders that would have are not used here.
 * @param {TypeScript} ts
 * @param {Program} program
 * @param {SourceFile | undefined} file
 */
function bind(ts, program, file) {
  if (file !== undefined) internals(ts).bindSourceFile(file, program.getCompilerOptions());
  return file;
}

/**
 * The TypeScript that tslab is given: the same, except that
 * - files on disk are looked at when a cell is run (sourceWatch.cjs), and modules found once stay found;
 * - tslab checks and emits the cell alone: modules.cjs does it for the library, without repeating what is known;
 * - types are checked as strictly as the library's own, save that a cell need not name every type;
 * - the program is rebuilt without the builder's own bookkeeping, and with the types of Node only;
 * - source maps are made, so that an error can name the cell's line.
 * @param {TypeScript} ts
 * @param {string} root
 * @returns {{ ts: TypeScript, compiler: Compiler }}
 */
function cellCompiler(ts, root) {
  /** @type {Compiler} */
  const compiler = { program: undefined, cellMaps: [], lookAgain: false, keep() {}, ...watchSources(ts, root) };
  /** What tslab has the compiler start from. @type {string[]} */
  let starts = [];

  /**
   * @param {BuilderProgram} builder
   * @returns {BuilderProgram}
   */
  const cellBuilder = (builder) => ({
    ...builder,
    getSourceFile: (name) => bind(ts, builder.getProgram(), builder.getSourceFile(name)),
    getAllDependencies: (file) => [file.fileName],
    emit: (file, write, cancellation, declarationsOnly, { before = [], ...transformers } = {}) =>
      withPreviousNames(ts, builder.getProgram(), (expandShorthands) =>
        builder.emit(
          file,
          (name, text, ...more) => {
            if (name.endsWith('.js.map')) compiler.cellMaps = [text];
            write?.(name, text, ...more);
          },
          cancellation,
          declarationsOnly,
          { ...transformers, before: [expandShorthands, ...before] },
        ),
      ),
  });

  /**
   * @param {string[]} files
   * @param {CompilerOptions} options
   * @param {System} sys
   */
  const createWatchCompilerHost = (files, options, sys) => {
    starts = files;
    const cellOptions = { ...options, types: ['node'], sourceMap: true, strict: true };
    const host = ts.createWatchCompilerHost(files, cellOptions, sys, ts.createAbstractBuilder, undefined, () => {});
    const emptyCache = () => ts.createModuleResolutionCache(root, (name) => name, cellOptions);
    let found = emptyCache();
    host.hasInvalidatedResolutions = () => compiler.lookAgain;
    host.resolveModuleNameLiterals = (names, importer, _redirect, settings) =>
      names.map(({ text }) => ts.resolveModuleName(text, importer, settings, host, found));
    // Else a type checker is made, and thrown away, only to decide which folders to watch for them.
    host.resolveTypeReferenceDirectiveReferences = (names, importer, _redirect, settings) =>
      names.map((name) => {
        const text = typeof name === 'string' ? name : name.fileName;
        return ts.resolveTypeReferenceDirective(text, importer, settings, host);
      });
    const { createProgram } = host;
    host.createProgram = (...request) => {
      if (compiler.lookAgain) found = emptyCache();
      const builder = createProgram(...request);
      compiler.lookAgain = false;
      return builder;
    };
    return host;
  };

  /** @param {WatchHost} host */
  const createWatchProgram = (host) => {
    const { afterProgramCreate } = host;
    host.afterProgramCreate = (builder) => {
      compiler.program = builder.getProgram();
      afterProgramCreate?.(cellBuilder(builder));
    };
    const watch = ts.createWatchProgram(host);
    compiler.keep = (file) => {
      const { updateRootFileNames } = /** @type {{ updateRootFileNames(files: string[]): void }} */ (watch);
      updateRootFileNames([...starts, file]);
    };
    return watch;
  };

  /** @type {TypeScript['transpileModule']} */
  const transpileModule = (text, options) => {
    const compilerOptions = { ...options.compilerOptions, sourceMap: true };
    const { outputText, sourceMapText = '', ...rest } = ts.transpileModule(text, { ...options, compilerOptions });
    compiler.cellMaps = [...compiler.cellMaps.slice(0, 1), sourceMapText];
    return { ...rest, outputText: outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n') };
  };

  // Not by the option: without it, the type of `[]` is never[], and a cell could push nothing onto its list.
  /** @type {Internals['getPreEmitDiagnosticsOfFiles']} */
  const getPreEmitDiagnosticsOfFiles = (program, files) =>
    internals(ts)
      .getPreEmitDiagnosticsOfFiles(program, files)
      .flatMap((one) =>
        isImplicitAny(one.code) ? [] : [{ ...one, messageText: readableError(ts, program, root, one) }],
      );

  const changes = { createWatchCompilerHost, createWatchProgram, getPreEmitDiagnosticsOfFiles, transpileModule };
  return { ts: /** @type {TypeScript} */ (/** @type {unknown} */ ({ ...ts, ...changes })), compiler };
}

module.exports = { CELL_FILE, cellCompiler };
