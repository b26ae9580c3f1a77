/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').Program} Program
 * @typedef {import('@tslab/typescript-for-tslab').TypeChecker} TypeChecker
 * @typedef {import('@tslab/typescript-for-tslab').Node} Node
 * @typedef {import('@tslab/typescript-for-tslab').Symbol} Symbol
 * @typedef {import('@tslab/typescript-for-tslab').SourceFile} SourceFile
 * @typedef {{ getTouchingPropertyName(file: SourceFile, position: number): Node }} Internals what TypeScript has, and its
 *   types do not show
 */

/**
 * What an identifier stands for: for an import, what is imported; for an option's name, the option of that type.
 * @param {TypeScript} ts
 * @param {TypeChecker} checker
 * @param {Node} node
 * @returns {Symbol | undefined}
 */
function symbolOf(ts, checker, node) {
  const { parent } = node;
  if (parent !== undefined && ts.isObjectLiteralElement(parent) && parent.name === node) {
    const type = checker.getContextualType(
      /** @type {import('@tslab/typescript-for-tslab').Expression} */ (parent.parent),
    );
    const option = type && checker.getNonNullableType(type).getProperty(node.getText());
    if (option !== undefined) return option;
  }
  const found = checker.getSymbolAtLocation(node);
  if (found === undefined || (found.flags & ts.SymbolFlags.Alias) === 0) return found;
  const original = checker.getAliasedSymbol(found);
  // A whole module, such as tf, is told about by the name that it was given.
  const isModule = original.declarations?.some(ts.isSourceFile) ?? true;
  return isModule ? found : original;
}

/**
 * The symbol to tell about at a position: that of the name there; else that of the function whose arguments surround it;
 * else what the library exports by the name that is being written.
 * @param {TypeScript} ts
 * @param {Program} program
 * @param {string} root
 * @param {SourceFile} file
 * @param {number} position
 * @returns {Symbol | undefined}
 */
function symbolAt(ts, program, root, file, position) {
  const checker = program.getTypeChecker();
  const { getTouchingPropertyName } = /** @type {Internals} */ (/** @type {unknown} */ (ts));
  const isName = (/** @type {Node} */ node) => ts.isIdentifier(node) || ts.isPrivateIdentifier(node);

  for (const at of [position, position - 1]) {
    const node = getTouchingPropertyName(file, at);
    const symbol = isName(node) ? symbolOf(ts, checker, node) : undefined;
    if (symbol?.declarations !== undefined) return symbol;
  }

  const word =
    /[\w$]*$/.exec(file.text.slice(0, position))?.[0] + (/^[\w$]*/.exec(file.text.slice(position))?.[0] ?? '');
  const index = word === '' ? undefined : program.getSourceFile(`${root}/lib/index.ts`);
  const module = index && checker.getSymbolAtLocation(index);
  const exported = module && checker.getExportsOfModule(module).find((one) => one.getName() === word);
  if (exported !== undefined) {
    return (exported.flags & ts.SymbolFlags.Alias) === 0 ? exported : checker.getAliasedSymbol(exported);
  }

  // The innermost call that is still open there, complete or not.
  /** @type {Node | undefined} */
  let called;
  const visit = (/** @type {Node} */ node) => {
    if (node.pos > position || node.end < position) return;
    const isCall = ts.isCallExpression(node) || ts.isNewExpression(node);
    if (
      isCall &&
      position > node.expression.end &&
      (position < node.end || !file.text.slice(0, node.end).endsWith(')'))
    ) {
      called = node.expression;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  if (called === undefined) return undefined;
  const name = ts.isPropertyAccessExpression(called) ? called.name : called;
  return isName(name) ? symbolOf(ts, checker, name) : undefined;
}

module.exports = { symbolAt };
