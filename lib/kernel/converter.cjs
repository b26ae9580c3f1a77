const { CELL_FILE } = require('./compiler.cjs');
const { completion } = require('./completion.cjs');
const { asMarkdown, asText, documentation } = require('./documentation.cjs');
const { projectModules } = require('./moduleGraph.cjs');
const { symbolAt } = require('./symbolAt.cjs');

/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('tslab/dist/converter').Converter} Converter
 * @typedef {import('./compiler.cjs').Compiler} Compiler
 * @typedef {ReturnType<typeof import('./modules.cjs').moduleCompiler>} ModuleCompiler
 * @typedef {import('tslab/dist/converter').Diagnostic} Diagnostic
 * @typedef {{ parseDiagnostics: readonly import('@tslab/typescript-for-tslab').Diagnostic[] }} Parsed
 * @typedef {import('./completion.cjs').Completion} Completion
 * @typedef {Record<'text/plain' | 'text/markdown', string>} Inspection
 * @typedef {Omit<Converter, 'inspect' | 'complete'> & {
 *   inspect(declarations: string, source: string, position: number): Inspection | undefined,
 *   complete(declarations: string, source: string, position: number): Completion,
 *   diagnostics(): readonly Diagnostic[], warmUp(goesOn: () => boolean): Promise<void> }} ProjectConverter
 *   `diagnostics`: what the last conversion found; `warmUp`: compiles the library, for the first cell to be quick, and lets
 *   requests be answered between two modules
 */

/** What cells import, from the project's folder. */
const LIBRARY = 'lib/index';

/** An import whose names are being written, and not yet its module. */
const OPEN_IMPORT = /\bimport\s+(?:type\s+)?\{[^}]*$/;

/** What makes a module of a cell's text, in a line of its own. */
const MODULE = 'export {};\n';

/** `Cannot find module …`, in its two forms. */
const MISSING_MODULE = new Set([2307, 2792]);

/**
 * Code that takes the names which earlier cells imported from the project once more, so that they are those of the
 * modules as they are now. tslab gives a cell the value that a name had when it was imported.
 * @param {TypeScript} ts
 * @param {string} declarations what tslab knows of the earlier cells
 */
function rebinding(ts, declarations) {
  const { statements } = ts.createSourceFile('declarations.d.ts', declarations, ts.ScriptTarget.ES2022);
  return statements
    .flatMap((statement) => {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
      const { text } = statement.moduleSpecifier;
      const { name, namedBindings } = statement.importClause ?? {};
      if (!text.startsWith('.')) return [];
      /** @type {string[]} */
      const assignments = [];
      const take = (/** @type {string} */ local, /** @type {string} */ original) =>
        assignments.push(`if ('${original}' in m) exports.${local} = m.${original};`);
      if (name !== undefined) take(name.text, 'default');
      if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) {
        assignments.push(`exports.${namedBindings.name.text} = m;`);
      } else {
        for (const one of namedBindings?.elements ?? []) take(one.name.text, (one.propertyName ?? one.name).text);
      }
      return [`{ const m = require(${JSON.stringify(text)}); ${assignments.join(' ')} }`];
    })
    .join(' ');
}

/**
 * The text, with the library as the module of an import that has none yet.
 * @param {string} source
 * @param {number} position of the cursor
 */
function withLibrary(source, position) {
  const after = source.slice(position);
  if (!OPEN_IMPORT.test(source.slice(0, position)) || /^[^;{]*\}\s*from\b/.test(after)) return source;
  const rest = /^[\w$]*/.exec(after)?.[0] ?? '';
  return `${source.slice(0, position)}${rest} } from './${LIBRARY}';${after.slice(rest.length).replace(/^\s*\}/, '')}`;
}

/**
 * tslab's converter, with the project's modules compiled by modules.cjs and each cell under a name of its own.
 * @param {{ ts: TypeScript, root: string, converter: Converter, compiler: Compiler, modules: ModuleCompiler,
 *   nameCell: (source: string, maps: readonly string[], lines: number) => string }} parts `nameCell` gives the name by
 *   which errors know the cell, which was compiled to so many lines
 * @returns {ProjectConverter}
 */
function projectConverter({ ts, root, converter, compiler, modules, nameCell }) {
  /** @type {readonly Diagnostic[]} */
  let found = [];
  let modulesMissing = false;
  let loaded = false;

  /** The program, and the project's modules that this cell and the earlier ones import. */
  const imported = () => {
    const { program } = compiler;
    if (program === undefined) throw new Error('kernel: the compiler made no program');
    const starts = [CELL_FILE, '__prev__.d.ts'].flatMap((name) => program.getSourceFile(`${root}/${name}`) ?? []);
    return { program, used: projectModules(program, root, starts) };
  };

  /**
   * The first error of syntax, of which others are mostly the consequence; over some, tslab would stumble.
   * @param {string} source
   * @returns {Diagnostic[]}
   */
  const syntaxErrors = (source) => {
    const file = ts.createSourceFile(CELL_FILE, `${MODULE}${source}`, ts.ScriptTarget.ES2022);
    const { parseDiagnostics } = /** @type {Parsed} */ (/** @type {unknown} */ (file));
    return parseDiagnostics.slice(0, 1).map(({ start = 0, length = 0, messageText, category, code }) => {
      const at = (/** @type {number} */ offset) => {
        const { line, character } = file.getLineAndCharacterOfPosition(offset);
        return { offset: offset - MODULE.length, line: line - 1, character };
      };
      const text = ts.flattenDiagnosticMessageText(messageText, ' ');
      return { start: at(start), end: at(start + length), messageText: text, category, code };
    });
  };

  /**
   * @param {string} declarations
   * @param {string} source
   */
  const compile = (declarations, source) => {
    const otherFiles = compiler.reportChanges();
    compiler.lookAgain = modulesMissing || otherFiles;
    const cell = converter.convert(declarations, source);
    const { program, used } = imported();
    found = [...modules.check(program, used), ...cell.diagnostics];
    modulesMissing = found.some(({ code }) => MISSING_MODULE.has(code));
    return { cell, used };
  };

  /** @type {Converter['convert']} */
  const convert = (declarations, source) => {
    found = syntaxErrors(source);
    if (found.length > 0) return { diagnostics: [...found] };
    const { cell, used } = compile(declarations, source);
    if (found.length > 0) return { diagnostics: [...found] };
    const sideOutputs = modules.stale(used);
    const prologue = loaded && sideOutputs.length > 0 ? rebinding(ts, declarations) : '';
    loaded = true;
    const { output = '' } = cell;
    const name = nameCell(source, compiler.cellMaps, output.split('\n').length);
    return { ...cell, sideOutputs, output: `${prologue}${output}\n//# sourceURL=${name}` };
  };

  /**
   * The text as the compiler has it, once tslab has given it to it.
   * @template T
   * @param {string} source
   * @param {() => T} give asks tslab something about the text, and may fail over half a line
   */
  const parsed = (source, give) => {
    compiler.reportChanges();
    /** @type {T | undefined} */
    let result;
    try {
      result = give();
    } catch {
      result = undefined;
    }
    const { program } = compiler;
    const file = program?.getSourceFile(`${root}/${CELL_FILE}`);
    if (program === undefined || file === undefined) throw new Error('kernel: the compiler made no program');
    return { program, file, prefix: file.text.length - source.length, result };
  };

  return {
    ...converter,
    convert,
    diagnostics: () => found,
    warmUp: async (goesOn) => {
      // Else the library would leave the program with the first text that does not import it, to be read again.
      compiler.keep(`${root}/${LIBRARY}.ts`);
      converter.convert('', `import './${LIBRARY}';`);
      const { program, used } = imported();
      for (const one of used) {
        if (!goesOn()) return;
        modules.check(program, [one]);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    inspect: (declarations, source, position) => {
      const text = withLibrary(source, position);
      const { program, file, prefix } = parsed(text, () => converter.inspect(declarations, text, position));
      const symbol = symbolAt(ts, program, root, file, position + prefix);
      if (symbol === undefined) return undefined;
      const known = documentation(ts, program, root, symbol);
      return { 'text/plain': asText(known), 'text/markdown': asMarkdown(known) };
    },
    complete: (declarations, source, position) => {
      const text = withLibrary(source, position);
      const { file, prefix, result } = parsed(text, () => converter.complete(declarations, text, position));
      const familiar = new Set(`${declarations}\n${source}`.match(/[\w$]+/g));
      const found = completion(ts, root, file, position + prefix, familiar, result?.original);
      return { ...found, start: found.start - prefix, end: found.end - prefix };
    },
  };
}

module.exports = { projectConverter };
