/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').TypeChecker} TypeChecker
 * @typedef {import('@tslab/typescript-for-tslab').Node} Node
 * @typedef {import('@tslab/typescript-for-tslab').Type} Type
 * @typedef {import('@tslab/typescript-for-tslab').Expression} Expression
 * @typedef {import('@tslab/typescript-for-tslab').SourceFile} SourceFile
 * @typedef {import('@tslab/typescript-for-tslab').CallExpression} CallExpression
 * @typedef {import('@tslab/typescript-for-tslab').NewExpression} NewExpression
 * @typedef {import('@tslab/typescript-for-tslab').BinaryExpression} BinaryExpression
 * @typedef {import('@tslab/typescript-for-tslab').StringLiteralLike} StringLiteralLike
 * @typedef {object} Place what an error is about
 * @property {string} owner the function that is called, or ''
 * @property {string} slot `argument 'z'`, `option 'split'`, the variable's name; '' if there is none
 * @property {Type | undefined} expected
 * @property {Expression | undefined} value what came instead
 * @property {Type | undefined} container whose property is named
 * @property {CallExpression | NewExpression | undefined} call
 * @property {BinaryExpression | undefined} operation
 * @property {StringLiteralLike | undefined} specifier of the import
 */

/**
 * The node that covers these characters.
 * @param {TypeScript} ts
 * @param {SourceFile} file
 * @param {number} start
 * @param {number} length
 */
function nodeAt(ts, file, start, length) {
  const end = start + length;
  /** @type {Node} */
  let found = file;
  const visit = (/** @type {Node} */ node) => {
    if (node.getStart(file) > start || node.end < end) return;
    found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  // Of a node and its only child, such as an expression and the statement of it, the outer.
  return found;
}

/**
 * @param {TypeScript} ts
 * @param {TypeChecker} checker
 * @param {SourceFile} file
 * @param {number} start
 * @param {number} length
 * @returns {Place}
 */
function errorPlace(ts, checker, file, start, length) {
  const node = nodeAt(ts, file, start, length);
  const { parent } = node;

  /** The value that the error is about, where it goes, and the type that is expected there. */
  const target = () => {
    const named = parent !== undefined && 'name' in parent && parent.name === node;
    if (named && ts.isVariableDeclaration(parent)) {
      return { value: parent.initializer, slot: node.getText(), expected: checker.getTypeAtLocation(node) };
    }
    if (named && ts.isPropertyAssignment(parent)) return { value: parent.initializer, slot: '', expected: undefined };
    if (named && ts.isShorthandPropertyAssignment(parent)) return { value: parent.name, slot: '', expected: undefined };
    if (parent !== undefined && ts.isBinaryExpression(parent) && parent.left === node) {
      return { value: parent.right, slot: node.getText(), expected: checker.getTypeAtLocation(node) };
    }
    if (ts.isReturnStatement(node)) return { value: node.expression, slot: 'what is returned', expected: undefined };
    return { value: ts.isExpression(node) ? node : undefined, slot: '', expected: undefined };
  };

  /** @type {string[]} */
  const path = [];
  /** @type {CallExpression | NewExpression | undefined} */
  let call;
  /** @type {Node | undefined} */
  let argument;
  let inFunction = false;
  const { value, slot: ownSlot, expected: ownExpected } = target();
  for (let at = /** @type {Node} */ (node); at.parent !== undefined && call === undefined; at = at.parent) {
    const above = at.parent;
    if ((ts.isPropertyAssignment(above) || ts.isShorthandPropertyAssignment(above)) && !inFunction) {
      path.unshift(`.${above.name.getText()}`);
    } else if (ts.isArrayLiteralExpression(above) && !inFunction) {
      path.unshift(`[${above.elements.indexOf(/** @type {Expression} */ (at))}]`);
    } else if (ts.isCallExpression(above) || ts.isNewExpression(above)) {
      if (at === node || above.expression !== at) {
        call = above;
        argument = above.arguments?.find((one) => one === at);
      }
    } else if (ts.isFunctionLike(above)) inFunction = true;
    else if (ts.isBlock(above) || ts.isVariableDeclaration(above)) break;
  }
  // An error at a function's name is about its call.
  if (ts.isIdentifier(node) && parent !== undefined) {
    const callee = ts.isPropertyAccessExpression(parent) && parent.name === node ? parent : node;
    const above = callee.parent;
    if (ts.isCallExpression(above) && above.expression === callee) call = above;
  }
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) call ??= node;

  const signature = call && checker.getResolvedSignature(call);
  const slot = () => {
    if (ownSlot !== '') return ownSlot;
    const option = path.join('').replace(/^\./, '');
    if (inFunction) return option === '' ? 'what the function returns' : `what the function returns as '${option}'`;
    if (path[0]?.startsWith('.')) return `option '${option}'`;
    const index = argument === undefined ? -1 : (call?.arguments?.indexOf(/** @type {Expression} */ (argument)) ?? -1);
    if (index === -1) return '';
    const declared = signature?.getParameters()[index]?.valueDeclaration;
    const name =
      declared && ts.isParameter(declared) && ts.isIdentifier(declared.name) ? declared.name.text : undefined;
    return name === undefined ? `argument ${index + 1}` : `argument '${name}'`;
  };

  const container = () => {
    if (parent === undefined) return undefined;
    if (ts.isPropertyAccessExpression(parent)) return checker.getTypeAtLocation(parent.expression);
    if (ts.isObjectBindingPattern(parent.parent)) return checker.getTypeAtLocation(parent.parent);
    const literal =
      ts.isObjectLiteralElementLike(node) || !ts.isObjectLiteralElementLike(parent) ? parent : parent.parent;
    return ts.isObjectLiteralExpression(literal) ? checker.getContextualType(literal) : undefined;
  };

  const declaration = ts.findAncestor(node, (one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one));
  const specifier =
    declaration && (ts.isImportDeclaration(declaration) || ts.isExportDeclaration(declaration))
      ? declaration.moduleSpecifier
      : undefined;
  const callee = call?.expression;
  return {
    owner: callee === undefined ? '' : (callee.getText().split('.').at(-1)?.replace(/\s+/g, '') ?? ''),
    slot: slot(),
    expected: ownExpected ?? (value && checker.getContextualType(value)),
    value,
    container: container(),
    call,
    operation: [node, parent].find(ts.isBinaryExpression),
    specifier: specifier && ts.isStringLiteralLike(specifier) ? specifier : undefined,
  };
}

module.exports = { errorPlace };
