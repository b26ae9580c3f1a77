import * as ts from '@tslab/typescript-for-tslab';

const printer = ts.createPrinter({ removeComments: true });

/** A type as TypeScript on one line, without its comments and its fields' `readonly`. */
export function printed(node: ts.Node): string {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(?<=[{;(] ?)readonly (?=[\w[\]]+\??:)/g, '')
    .replaceAll('; }', ' }');
}

/** The name of a parameter, `options` where its fields are taken apart. */
export function parameterName(parameter: ts.ParameterDeclaration): string {
  if (ts.isIdentifier(parameter.name)) return parameter.name.text;
  const { parameters } = parameter.parent;
  const patterns = parameters.filter(({ name }) => !ts.isIdentifier(name));
  return patterns.length === 1 ? 'options' : `options${patterns.indexOf(parameter) + 1}`;
}

/** The signature of a public name: what is written in its declaration, without bodies, defaults and modifiers. */
export function signatureText(name: string, node: ts.Declaration, checker: ts.TypeChecker): string {
  if (ts.isFunctionDeclaration(node)) return callText(name, node, checker);
  if (ts.isClassDeclaration(node)) {
    const bases = node.heritageClauses?.map((clause) => ` ${printed(clause).trim()}`).join('') ?? '';
    const creation = node.members.find(ts.isConstructorDeclaration);
    const call = creation ? `\n${callText(`new ${name}`, creation, checker)}` : '';
    return `class ${name}${typeParameters(node)}${bases}${call}`;
  }
  if (ts.isInterfaceDeclaration(node)) {
    const bases = node.heritageClauses?.map((clause) => ` ${printed(clause).trim()}`).join('') ?? '';
    return `interface ${name}${typeParameters(node)}${bases}`;
  }
  if (ts.isTypeAliasDeclaration(node)) return `type ${name}${typeParameters(node)} = ${printed(node.type)}`;
  if (ts.isVariableDeclaration(node)) {
    const type = node.type ? printed(node.type) : checker.typeToString(checker.getTypeAtLocation(node));
    return `const ${name}: ${type}`;
  }
  return `namespace ${name}`;
}

function typeParameters(node: { readonly typeParameters?: ts.NodeArray<ts.TypeParameterDeclaration> }): string {
  return node.typeParameters ? `<${node.typeParameters.map((parameter) => printed(parameter)).join(', ')}>` : '';
}

function callText(
  name: string,
  node: ts.FunctionDeclaration | ts.ConstructorDeclaration,
  checker: ts.TypeChecker,
): string {
  const parameters = node.parameters.map((parameter) => {
    const optional = parameter.initializer || parameter.questionToken ? '?' : '';
    const type = parameter.type
      ? printed(parameter.type)
      : checker.typeToString(checker.getTypeAtLocation(parameter), undefined, ts.TypeFormatFlags.NoTruncation);
    return `${parameter.dotDotDotToken ? '...' : ''}${parameterName(parameter)}${optional}: ${type}`;
  });
  const signature = checker.getSignatureFromDeclaration(node)!;
  const result = node.type ? printed(node.type) : checker.typeToString(checker.getReturnTypeOfSignature(signature));
  const end = ts.isConstructorDeclaration(node) ? '' : `: ${result}`;
  const line = `${name}${typeParameters(node)}(${parameters.join(', ')})${end}`;
  if (line.length <= 96) return line;
  return `${name}${typeParameters(node)}(\n${parameters.map((parameter) => `  ${parameter},\n`).join('')})${end}`;
}
