import { dirname, join, relative, sep } from 'node:path';
import * as ts from '@tslab/typescript-for-tslab';
import { type Docstring, parseDocstring } from './docstring';
import { parameterName, printed, signatureText } from './signature';

/** One name that lib/index.ts exports, as plain data. */
export interface PublicName {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'constant' | 'interface' | 'type';
  /** From lib/, such as `information/logDet.ts`. */
  readonly file: string;
  /** Of its declaration, from 1. */
  readonly line: number;
  /** TypeScript as one who calls it reads it; one for each overload. */
  readonly signatures: readonly string[];
  readonly doc: Docstring;
  /** Of a function, of its most general overload; of a class, of its constructor. */
  readonly parameters: readonly Member[];
  /** Of an interface, and of the object types written within a type or a parameter. */
  readonly fields: readonly Member[];
}

/** A parameter or a field. */
export interface Member {
  /** Within a nested object type with the names around it, such as `window.size`. */
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  /** The value that stands for it where it is left out, if the code states one. */
  readonly initial?: string;
  readonly text: string;
}

/** A name with its declarations: several if it is overloaded, else one. */
export interface Declared {
  readonly name: string;
  readonly declarations: readonly ts.Declaration[];
}

/**
 * The names that lib/index.ts exports, in its order, with their declarations. The compiler is tslab's, which the workbook has
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
      return { name: name.text, declarations };
    }),
  );
  return { names, program };
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

/**
 * What the reference says of each public name.
 *
 * @param root The project's folder.
 * @throws If a docstring has an unknown tag; the message names its file.
 */
export function publicNames(root: string): PublicName[] {
  return namesOf(publicDeclarations(root), root);
}

/** As `publicNames`, of declarations that are there already. */
export function namesOf({ names, program }: ReturnType<typeof publicDeclarations>, root: string): PublicName[] {
  const checker = program.getTypeChecker();
  return names.map(({ name, declarations }) => {
    const source = declarations[0]!.getSourceFile();
    const file = relative(join(root, 'lib'), source.fileName).split(sep).join('/');
    const overloads = declarations.filter((node) => !(ts.isFunctionDeclaration(node) && node.body));
    const shown = overloads.length > 0 ? overloads : declarations;
    const documented = declarations.find((node) => commentOf(node) !== undefined) ?? declarations[0]!;
    const last = shown.at(-1)!;
    try {
      const doc = parseDocstring(commentOf(documented));
      return {
        name,
        kind: kindOf(last),
        file,
        line: source.getLineAndCharacterOfPosition(documented.getStart()).line + 1,
        signatures: shown.map((node) => signatureText(name, node, checker)),
        doc,
        parameters: parametersOf(last, doc),
        fields: fieldsOf(last),
      };
    } catch (error) {
      throw new Error(`lib/${file}, ${name}: ${(error as Error).message}`);
    }
  });
}

function kindOf(node: ts.Declaration): PublicName['kind'] {
  if (ts.isFunctionDeclaration(node)) return 'function';
  if (ts.isClassDeclaration(node)) return 'class';
  if (ts.isInterfaceDeclaration(node)) return 'interface';
  return ts.isTypeAliasDeclaration(node) ? 'type' : 'constant';
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

function parametersOf(node: ts.Declaration, doc: Docstring): Member[] {
  const creation = ts.isClassDeclaration(node) ? node.members.find(ts.isConstructorDeclaration) : undefined;
  const callable = creation ?? (ts.isFunctionDeclaration(node) ? node : undefined);
  return (callable?.parameters ?? []).map((parameter): Member => {
    const name = parameterName(parameter);
    return {
      name,
      type: parameter.type ? printed(parameter.type) : '',
      optional: parameter.initializer !== undefined || parameter.questionToken !== undefined,
      initial: ts.isIdentifier(parameter.name) ? parameter.initializer?.getText() : undefined,
      text:
        doc.parameters.find(({ names }) => names.includes(name))?.text ??
        parseDocstring(commentOf(parameter)).description,
    };
  });
}

/** The fields of every object type written in a declaration, but for those inside of functions' types. */
function fieldsOf(declaration: ts.Declaration): Member[] {
  if (ts.isInterfaceDeclaration(declaration)) return declaration.members.flatMap((member) => field(member, ''));
  if (ts.isTypeAliasDeclaration(declaration)) return nestedFields(declaration.type, '');
  if (ts.isClassDeclaration(declaration)) {
    return declaration.members
      .filter((member) => !ts.isConstructorDeclaration(member))
      .flatMap((member) => field(member, ''));
  }
  if (ts.isVariableDeclaration(declaration)) {
    return declaration.type ? nestedFields(declaration.type, '') : constantFields(declaration.initializer);
  }
  if (!ts.isFunctionDeclaration(declaration)) return [];
  return declaration.parameters.flatMap((parameter) =>
    parameter.type ? nestedFields(parameter.type, `${parameterName(parameter)}.`, parameter.name) : [],
  );
}

function constantFields(initial: ts.Expression | undefined): Member[] {
  if (initial && (ts.isSatisfiesExpression(initial) || ts.isAsExpression(initial))) {
    return constantFields(initial.expression);
  }
  if (!initial || !ts.isObjectLiteralExpression(initial)) return [];
  return initial.properties
    .filter((property) => commentOf(property) !== undefined)
    .map((property) => ({
      name: property.name!.getText(),
      type: '',
      optional: false,
      text: parseDocstring(commentOf(property)).description,
    }));
}

function field(member: ts.ClassElement | ts.TypeElement, prefix: string, pattern?: ts.BindingName): Member[] {
  const name =
    prefix + (ts.isIndexSignatureDeclaration(member) ? `[${member.parameters[0]!.getText()}]` : member.name!.getText());
  const optional = (member as ts.PropertySignature).questionToken !== undefined;
  const text = memberText(member);
  if (ts.isMethodSignature(member) || ts.isMethodDeclaration(member)) {
    const parameters = member.parameters.map((parameter) => printed(parameter)).join(', ');
    return [{ name, type: `(${parameters}) => ${member.type ? printed(member.type) : 'void'}`, optional, text }];
  }
  const { type } = member as ts.PropertySignature;
  if (!type) return [{ name, type: '', optional, text }];
  const nested = nestedFields(type, `${name}.`);
  const initial = pattern && initialOf(pattern, member.name!.getText());
  return [
    { name, type: nested.length > 0 ? '' : printed(type), optional, text, ...(initial && { initial }) },
    ...nested,
  ];
}

function memberText(member: ts.Node): string {
  const { description, throws, returns } = parseDocstring(commentOf(member));
  return [description, returns && `Returns ${returns}`, ...throws.map((text) => `Throws: ${text}`)]
    .filter((text) => text)
    .join('\n');
}

function nestedFields(type: ts.TypeNode, prefix: string, pattern?: ts.BindingName): Member[] {
  if (ts.isTypeLiteralNode(type)) return type.members.flatMap((member) => field(member, prefix, pattern));
  if (ts.isFunctionTypeNode(type) || ts.isMappedTypeNode(type)) return [];
  const found: Member[] = [];
  ts.forEachChild(type, (child) => {
    if (ts.isTypeNode(child)) found.push(...nestedFields(child, prefix, pattern));
  });
  return found;
}

/** The default that a destructured parameter states for one of its fields. */
function initialOf(pattern: ts.BindingName, name: string): string | undefined {
  if (!ts.isObjectBindingPattern(pattern)) return undefined;
  return pattern.elements
    .find((element) => (element.propertyName ?? element.name).getText() === name)
    ?.initializer?.getText();
}
