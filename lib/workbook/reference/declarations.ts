import { dirname, join } from 'node:path';
import * as ts from '@tslab/typescript-for-tslab';

/** A name with its declarations: several if it is overloaded, else one. */
export interface Declared {
  readonly name: string;
  readonly exported: boolean;
  readonly declarations: readonly ts.Declaration[];
}

/**
 * The names that lib/index.ts exports, in its order, then the types of the library that these name, with their declarations. The compiler is tslab's, which the workbook has
 * anyway (the current one has no interface for programs); it reads the library's types in some 5 s.
 *
 * @param root The project's folder.
 */
export function publicDeclarations(root: string): {
  readonly names: readonly Declared[];
  readonly program: ts.Program;
} {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const index = join(root, 'lib', 'index.ts');
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [index] }, ts.sys, root);
  const program = ts.createProgram([index], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(index);
  if (!source) throw new Error(`publicDeclarations: expected ${index} to exist; give the project's folder.`);
  const names = source.statements.filter(ts.isExportDeclaration).flatMap((statement) =>
    (statement.exportClause as ts.NamedExports).elements.map(({ name }): Declared => {
      const symbol = checker.getAliasedSymbol(checker.getSymbolAtLocation(name)!);
      const own = (symbol.declarations ?? []).filter((node) =>
        node.getSourceFile().fileName.startsWith(dirname(index)),
      );
      const declarations = own.length > 0 ? own : [reExport(program, statement, index, name.text)];
      return { name: name.text, exported: true, declarations };
    }),
  );
  return { names: withNamedTypes(names, checker, dirname(index)), program };
}

/** Adds the library's own types that the signatures and fields of these name, and of those in turn. */
function withNamedTypes(exported: readonly Declared[], checker: ts.TypeChecker, lib: string): Declared[] {
  const found = [...exported];
  const known = new Set(exported.flatMap(({ declarations }) => declarations));
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node)) return;
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const symbol = checker.getSymbolAtLocation(ts.isTypeReferenceNode(node) ? node.typeName : node.expression);
      const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const own = target?.declarations?.find(
        (declaration) =>
          (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) &&
          declaration.getSourceFile().fileName.startsWith(lib),
      );
      if (own && !known.has(own)) {
        known.add(own);
        found.push({ name: target!.name, exported: false, declarations: [own] });
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const { declarations } of found) declarations.forEach(visit); // and those that are found on the way
  return found;
}

/** Where the library passes on what a package declares: `export { tf }`. */
function reExport(program: ts.Program, statement: ts.ExportDeclaration, index: string, name: string): ts.Declaration {
  const file = `${join(dirname(index), (statement.moduleSpecifier as ts.StringLiteral).text)}.ts`;
  for (const exported of program.getSourceFile(file)!.statements.filter(ts.isExportDeclaration)) {
    const found = (exported.exportClause as ts.NamedExports).elements.find((element) => element.name.text === name);
    if (found) return found;
  }
  throw new Error(`publicDeclarations: expected ${file} to export ${name}`);
}

/** The docstring that stands before a declaration, a field or a parameter, as it is in the source. */
export function commentOf(node: ts.Node): string | undefined {
  const statement = ts.isVariableDeclaration(node)
    ? node.parent.parent
    : ts.isExportSpecifier(node)
      ? node.parent.parent
      : node;
  const text = node.getSourceFile().text;
  const last = ts.getLeadingCommentRanges(text, statement.getFullStart())?.at(-1);
  const comment = last && text.slice(last.pos, last.end);
  return comment?.startsWith('/**') ? comment : undefined;
}
