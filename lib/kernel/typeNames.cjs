/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').TypeChecker} TypeChecker
 * @typedef {import('@tslab/typescript-for-tslab').Type} Type
 * @typedef {import('@tslab/typescript-for-tslab').Node} Node
 * @typedef {import('@tslab/typescript-for-tslab').Symbol} Symbol
 */

/** So long may a type's or a value's text be in a message, and so many names be listed. */
const LONGEST = 80;
const MOST_NAMES = 12;

/**
 * A type's text as TypeScript prints it, with the field's names.
 * @param {string} text
 */
const shortened = (text) =>
  text
    .replace(/import\("[^"]*"\)\./g, '')
    .replace(/\bTensor<(?:\w+\.)*Rank\.R(\d)>/g, 'Tensor$1D')
    .replace(/\bTensor<(?:\w+\.)*Rank>/g, 'Tensor')
    .replace(/\s+/g, ' ');

/**
 * `a, b and c`, or the first of many.
 * @param {readonly string[]} names
 * @param {string} last the word before the last
 */
function listed(names, last = 'and') {
  if (names.length > MOST_NAMES) return `${names.slice(0, MOST_NAMES).join(', ')}, …`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

/**
 * Types and values as one short piece of a sentence.
 * @param {TypeScript} ts
 * @param {TypeChecker} checker
 */
function typeNames(ts, checker) {
  const flags = ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType | ts.TypeFormatFlags.NoTruncation;

  /** @param {Type} type */
  const isFunction = (type) => type.getCallSignatures().length > 0;

  /** The names of a type's properties. @param {Type} type */
  const properties = (type) =>
    checker
      .getPropertiesOfType(type)
      .flatMap((property) => (/^[#_]/.test(property.getName()) ? [] : [property.getName()]));

  /** The values of a type that is one of several literals. @param {Type} type @returns {string[] | undefined} */
  const literals = (type) => {
    if (!type.isUnion()) return type.isStringLiteral() ? [type.value] : undefined;
    const values = type.types.flatMap((one) => (one.isStringLiteral() ? [one.value] : []));
    return values.length === type.types.length ? values : undefined;
  };

  /**
   * @param {Type} type
   * @returns {string}
   */
  const typeName = (type) => {
    const present = checker.getNonNullableType(type);
    const choices = literals(present);
    if (choices !== undefined)
      return listed(
        choices.map((choice) => `'${choice}'`),
        'or',
      );
    const text = shortened(checker.typeToString(present, undefined, flags));
    if (text.length <= LONGEST) return text;
    if (isFunction(present)) {
      const parameters = present
        .getCallSignatures()[0]
        ?.getParameters()
        .map((parameter) => parameter.getName());
      return `a function (${(parameters ?? []).map((name) => (name.startsWith('__') ? '{…}' : name)).join(', ')}) => …`;
    }
    const names = properties(present);
    return present.isUnion() || names.length === 0 ? `${text.slice(0, LONGEST - 1)}…` : `{ ${listed(names, ',')} }`;
  };

  /**
   * What a value is, by its own text if that is short, else by its type.
   * @param {Node} node
   * @returns {string}
   */
  const valueName = (node) => {
    const text = node.getText().replace(/\s+/g, ' ');
    const literal =
      ts.isLiteralExpression(node) ||
      (ts.isPrefixUnaryExpression(node) && ts.isLiteralExpression(node.operand)) ||
      node.kind === ts.SyntaxKind.TrueKeyword ||
      node.kind === ts.SyntaxKind.FalseKeyword ||
      node.kind === ts.SyntaxKind.NullKeyword;
    if (literal && text.length <= LONGEST) return text.replace(/^"(.*)"$/, "'$1'");
    if (ts.isObjectLiteralExpression(node)) {
      const names = properties(checker.getTypeAtLocation(node));
      return names.length === 0
        ? '{}'
        : `{ ${names.slice(0, MOST_NAMES).join(', ')}${names.length > MOST_NAMES ? ', …' : ''} }`;
    }
    const type = checker.getTypeAtLocation(node);
    return typeName(checker.getBaseTypeOfLiteralType(type));
  };

  return { typeName, valueName, properties, literals };
}

module.exports = { listed, shortened, typeNames };
