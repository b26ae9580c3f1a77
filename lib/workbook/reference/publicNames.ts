import { join, relative, sep } from 'node:path';
import * as ts from '@tslab/typescript-for-tslab';
import { commentOf, type Declared, publicDeclarations } from './declarations';
import { type Docstring, parseDocstring } from './docstring';
import { parameterName, printed, signatureText } from './signature';

/** A name that lib/index.ts exports, or a type that its signatures name, as plain data. */
export interface PublicName {
  readonly name: string;
  /** False for a type that only signatures name: it is described, but cannot be imported from lib/index. */
  readonly exported: boolean;
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
  const initials = destructuredInitials(names);
  return names.map(({ name, exported, declarations }) => {
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
        exported,
        kind: kindOf(last),
        file,
        line: source.getLineAndCharacterOfPosition(documented.getStart()).line + 1,
        signatures: shown.map((node) => signatureText(name, node, checker)),
        doc,
        parameters: parametersOf(last, doc),
        fields: fieldsOf(last).map((member) => ({
          initial: initials.get(`${name}.${member.name}`),
          ...member,
          text: member.text || (parameterText(doc, member.name.replace(/^.*\./, '')) ?? ''),
        })),
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

function parameterText(doc: Docstring, name: string): string | undefined {
  return doc.parameters.find(({ names }) => names.includes(name))?.text;
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
      initial: ts.isIdentifier(parameter.name) ? literal(parameter.initializer) : undefined,
      text: parameterText(doc, name) ?? parseDocstring(commentOf(parameter)).description,
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

/**
 * The defaults that functions state where they take an options type apart, by `Type.field`; without those on which they differ.
 */
function destructuredInitials(names: readonly Declared[]): Map<string, string> {
  const stated = new Map<string, Set<string>>();
  for (const declaration of names.flatMap(({ declarations }) => declarations)) {
    for (const { name, type } of ts.isFunctionDeclaration(declaration) ? declaration.parameters : []) {
      if (!type || !ts.isTypeReferenceNode(type) || !ts.isObjectBindingPattern(name)) continue;
      for (const element of name.elements) {
        const field = `${type.typeName.getText()}.${(element.propertyName ?? element.name).getText()}`;
        const values = stated.get(field) ?? new Set();
        stated.set(field, values.add(literal(element.initializer) ?? ''));
      }
    }
  }
  const alike = [...stated].filter(([, values]) => values.size === 1 && !values.has(''));
  return new Map(alike.map(([field, [value]]) => [field, value!]));
}

/** The default that a destructured parameter states for one of its fields. */
function initialOf(pattern: ts.BindingName, name: string): string | undefined {
  if (!ts.isObjectBindingPattern(pattern)) return undefined;
  const element = pattern.elements.find(({ propertyName, name: local }) => (propertyName ?? local).getText() === name);
  return literal(element?.initializer);
}

/** A default that says something outside of its function: a literal, not a name or an empty object. */
function literal(initial: ts.Expression | undefined): string | undefined {
  const text = initial?.getText();
  return text && /^(-?[\d.]+(e-?\d+)?|'[^']*'|true|false|null|\[[^a-z]+\])$/.test(text) ? text : undefined;
}
