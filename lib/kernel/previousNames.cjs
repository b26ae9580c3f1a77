/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').Program} Program
 * @typedef {import('@tslab/typescript-for-tslab').Node} Node
 * @typedef {import('@tslab/typescript-for-tslab').Identifier} Identifier
 * @typedef {import('@tslab/typescript-for-tslab').Expression} Expression
 * @typedef {import('@tslab/typescript-for-tslab').SourceFile} SourceFile
 * @typedef {import('@tslab/typescript-for-tslab').TransformationContext} TransformationContext
 */

/**
 * tslab turns a name of an earlier cell, `encoder`, into `exports.encoder`, by asking the type checker for the name's symbol.
 * It asks for every identifier, and so mistakes two kinds of them: in `{ encoder }` the checker answers with the property, so
 * the value is not found when the cell runs; in `({ size: s }) => s` with a type of an earlier cell it answers with that type's
 * `size`, which becomes `exports.size: s`, no longer JavaScript. While a cell is emitted, this writes shorthands out, and
 * answers for the names that only name a property that they have no symbol.
 *
 * @template T
 * @param {TypeScript} ts
 * @param {Program} program
 * @param {(expandShorthands: (context: TransformationContext) => (file: SourceFile) => SourceFile) => T} emit
 * @returns {T}
 */
function withPreviousNames(ts, program, emit) {
  const checker = program.getTypeChecker();
  const { getSymbolAtLocation } = checker;
  /** The values written out for shorthands, with the name that they were. @type {WeakMap<Node, Identifier>} */
  const values = new WeakMap();

  checker.getSymbolAtLocation = (node) => {
    const shorthand = values.get(node);
    if (shorthand !== undefined) return checker.getShorthandAssignmentValueSymbol(shorthand.parent);
    const original = ts.getOriginalNode(node);
    return namesProperty(ts, original) ? undefined : getSymbolAtLocation(node);
  };

  const expandShorthands = (/** @type {TransformationContext} */ context) => {
    const { factory } = context;
    /** @type {(node: Node) => Node} */
    const visit = (node) => {
      if (!ts.isShorthandPropertyAssignment(node)) return ts.visitEachChild(node, visit, context);
      const name = factory.createIdentifier(node.name.text);
      values.set(name, node.name);
      // In an assignment's pattern, `({ a = 1 } = b)`, the name may have a default.
      const fallback = node.objectAssignmentInitializer && ts.visitNode(node.objectAssignmentInitializer, visit);
      const value = fallback ? factory.createAssignment(name, /** @type {Expression} */ (fallback)) : name;
      return ts.setTextRange(ts.setOriginalNode(factory.createPropertyAssignment(node.name, value), node), node);
    };
    return (/** @type {SourceFile} */ file) => /** @type {SourceFile} */ (ts.visitEachChild(file, visit, context));
  };

  try {
    return emit(expandShorthands);
  } finally {
    checker.getSymbolAtLocation = getSymbolAtLocation;
  }
}

/**
 * Whether the identifier is the name of a property, not a variable: left of a colon, or of a method.
 * @param {TypeScript} ts
 * @param {Node} node
 */
function namesProperty(ts, node) {
  const { parent } = node;
  if (parent === undefined) return false;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  const named =
    ts.isPropertyAssignment(parent) ||
    ts.isShorthandPropertyAssignment(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isAccessor(parent);
  return named && parent.name === node;
}

module.exports = { withPreviousNames };
