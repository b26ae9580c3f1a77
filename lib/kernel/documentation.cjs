/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').Program} Program
 * @typedef {import('@tslab/typescript-for-tslab').Node} Node
 * @typedef {import('@tslab/typescript-for-tslab').Symbol} Symbol
 * @typedef {import('@tslab/typescript-for-tslab').SymbolDisplayPart} Part
 * @typedef {import('@tslab/typescript-for-tslab').ParameterDeclaration} Parameter
 * @typedef {{ getImmediateAliasedSymbol(symbol: Symbol): Symbol | undefined }} CheckerInternals what TypeScript has, and
 *   its types do not show
 * @typedef {{ name: string, text: string }} Entry
 * @typedef {object} Documentation what is known of a name
 * @property {string} signature as TypeScript
 * @property {string} comment
 * @property {Entry[]} parameters
 * @property {{ type: string, entries: Entry[] } | undefined} options of the type of the function's options
 * @property {Entry[]} tags the others, with their titles
 * @property {string[]} examples as TypeScript
 * @property {string | undefined} place of the project's file and line
 */

/** So many forms of an overloaded function are shown. */
const MOST_FORMS = 4;

/** @type {Record<string, string>} */
const TITLES = {
  returns: 'Returns',
  return: 'Returns',
  throws: 'Throws',
  remarks: 'Remarks',
  see: 'See',
  deprecated: 'Deprecated',
  default: 'Default',
};

/** @param {readonly Part[] | undefined} parts */
const partsText = (parts) =>
  (parts ?? [])
    .map(({ text }) => text)
    .join('')
    .replace(/\{@link\s+([^}]+?)\s*\}/g, '$1')
    .trim();

/** Removes the indentation that all lines but the first have. @param {string} text */
function dedent(text) {
  const [first = '', ...rest] = text.split('\n');
  const indents = rest.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const least = Math.min(...indents);
  return [first, ...rest.map((line) => line.slice(rest.length === 0 ? 0 : least))].join('\n').trim();
}

/**
 * @param {TypeScript} ts
 * @param {Program} program
 * @param {string} root
 * @param {Symbol} symbol
 * @returns {Documentation}
 */
function documentation(ts, program, root, symbol) {
  const checker = program.getTypeChecker();
  const declarations = symbol.declarations ?? [];
  const isOwn = (/** @type {Node} */ node) => {
    const { fileName } = node.getSourceFile();
    return fileName.startsWith(`${root}/lib/`);
  };

  /** A declaration's text without its body. @param {Node} node @returns {string | undefined} */
  const header = (node) => {
    const text = node.getSourceFile().text;
    const upTo = (/** @type {number} */ end) =>
      dedent(text.slice(node.getStart(), end)).replace(/^(export |default |declare )+/, '');
    if (ts.isFunctionLike(node)) {
      const body = /** @type {{ body?: Node }} */ (node).body;
      return body === undefined ? upTo(node.end) : upTo(body.getStart()).replace(/\s*(=>)?\s*$/, '');
    }
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isEnumDeclaration(node))
      return upTo(node.end);
    if (ts.isClassDeclaration(node)) return upTo(node.members.pos).replace(/\s*\{$/, '');
    if (ts.isPropertySignature(node) || ts.isPropertyDeclaration(node)) {
      const owner = 'name' in node.parent ? /** @type {{ name?: Node }} */ (node.parent).name?.getText() : undefined;
      return `(property) ${owner === undefined ? '' : `${owner}.`}${upTo(node.end)
        .replace(/^readonly /, '')
        .replace(/;$/, '')}`;
    }
    return undefined;
  };

  const signature = () => {
    const isBody = (/** @type {Node} */ node) => 'body' in node && node.body !== undefined;
    // Of an overloaded function its body's form is not for use.
    const forms =
      declarations.length > 1
        ? declarations.filter((node) => !(ts.isFunctionLike(node) && isBody(node)))
        : declarations;
    const headers = forms.flatMap((node) => header(node) ?? []);
    if (headers.length > 0) return headers.slice(0, MOST_FORMS).join('\n');
    const [declaration] = declarations;
    if (declaration === undefined) return symbol.getName();
    if ((symbol.flags & (ts.SymbolFlags.Alias | ts.SymbolFlags.Module)) !== 0) return `namespace ${symbol.getName()}`;
    const type = checker.typeToString(
      checker.getTypeOfSymbolAtLocation(symbol, declaration),
      undefined,
      ts.TypeFormatFlags.NoTruncation,
    );
    const keyword = ts.isVariableDeclaration(declaration)
      ? 'const '
      : ts.isParameter(declaration)
        ? '(parameter) '
        : '';
    return `${keyword}${symbol.getName()}: ${type.replace(/import\("[^"]*"\)\./g, '')}`;
  };

  /** The function's last parameter, if its type is one of the project's with documented properties. */
  const options = () => {
    const functions = declarations.flatMap((node) =>
      ts.isVariableDeclaration(node) && node.initializer && ts.isFunctionLike(node.initializer)
        ? node.initializer
        : ts.isFunctionLike(node)
          ? node
          : [],
    );
    const parameter = functions[0]?.parameters.at(-1);
    if (parameter === undefined) return undefined;
    const type = checker.getNonNullableType(checker.getTypeAtLocation(parameter));
    const name = type.aliasSymbol ?? type.symbol;
    const properties = checker.getPropertiesOfType(type);
    if (!name?.declarations?.some((one) => isOwn(one) && !ts.isClassDeclaration(one))) return undefined;
    const entries = properties.flatMap((property) => {
      const declaration = property.declarations?.find(ts.isPropertySignature);
      if (declaration === undefined || !isOwn(declaration)) return [];
      const text = declaration
        .getText()
        .replace(/^readonly /, '')
        .replace(/;$/, '')
        .replace(/\s+/g, ' ');
      return { name: text, text: partsText(property.getDocumentationComment(checker)) };
    });
    const named = parameter.type && ts.isTypeReferenceNode(parameter.type) ? parameter.type.getText() : '';
    return entries.length === 0 || named === '' ? undefined : { type: named, entries };
  };

  /** Of a module that is exported by a name, the comment is at its export. */
  const exportComment = () => {
    const { getImmediateAliasedSymbol } = /** @type {CheckerInternals} */ (/** @type {unknown} */ (checker));
    for (let at = /** @type {Symbol | undefined} */ (symbol); at !== undefined; ) {
      const statement = at.declarations?.map((node) => ts.findAncestor(node, ts.isExportDeclaration)).find(Boolean);
      const { jsDoc } = /** @type {{ jsDoc?: import('@tslab/typescript-for-tslab').JSDoc[] }} */ (statement ?? {});
      if (jsDoc?.[0] !== undefined) return ts.getTextOfJSDocComment(jsDoc[0].comment) ?? '';
      at = (at.flags & ts.SymbolFlags.Alias) === 0 ? undefined : getImmediateAliasedSymbol(at);
    }
    return '';
  };

  const tags = symbol.getJsDocTags(checker);
  const of = (/** @type {string} */ name) => tags.filter((tag) => tag.name === name);
  const first = declarations.find(isOwn);
  const position = first?.getSourceFile().getLineAndCharacterOfPosition(first.getStart());
  return {
    signature: signature(),
    comment: partsText(symbol.getDocumentationComment(checker)) || exportComment(),
    parameters: of('param').map(({ text }) => {
      const [name = '', rest = ''] = partsText(text).split(/(?<=^\S+)\s+(.*)$/s);
      return { name, text: rest.replace(/^[-–]\s*/, '') };
    }),
    options: options(),
    tags: tags.flatMap(({ name, text }) => {
      const title = TITLES[name];
      return title === undefined ? [] : { name: title, text: partsText(text) };
    }),
    examples: of('example').map(({ text }) => partsText(text).replace(/^```\w*\n?|\n?```$/g, '')),
    place: first && position && `${first.getSourceFile().fileName.slice(root.length + 1)}:${position.line + 1}`,
  };
}

/** @param {string} text */
const oneLine = (text) => text.replace(/\s*\n\s*/g, ' ');

/**
 * A comment as Markdown: its $ and * are names and products, where JupyterLab would set formulas and emphasis.
 * @param {string} text
 */
const prose = (text) =>
  text.replace(/(`[^`]*`)|\$|(?<!\*)\*(?!\*)/g, (mark, /** @type {string | undefined} */ code) => code ?? `\\${mark}`);

/**
 * For JupyterLab's hover and its contextual help.
 * @param {Documentation} known
 */
function asMarkdown({ signature, comment, parameters, options, tags, examples, place }) {
  const code = (/** @type {string} */ text) => `\`\`\`typescript\n${text}\n\`\`\``;
  const list = (/** @type {Entry[]} */ entries) =>
    entries.map(({ name, text }) => `- \`${name}\`${text === '' ? '' : ` — ${prose(oneLine(text))}`}`).join('\n');
  return [
    code(signature),
    prose(comment),
    ...(parameters.length > 0 ? ['**Parameters**', list(parameters)] : []),
    ...(options === undefined ? [] : [`**Options** (\`${options.type}\`)`, list(options.entries)]),
    ...tags.map(({ name, text }) => `**${name}** ${prose(oneLine(text))}`),
    ...(examples.length > 0 ? ['**Example**', ...examples.map(code)] : []),
    ...(place === undefined ? [] : [`*${place}*`]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/**
 * For a terminal, and the panel beside JupyterLab's completions.
 * @param {Documentation} known
 */
function asText({ signature, comment, parameters, options, tags, examples, place }) {
  const list = (/** @type {Entry[]} */ entries) =>
    entries.map(({ name, text }) => `  ${name}${text === '' ? '' : ` — ${oneLine(text)}`}`).join('\n');
  return [
    signature,
    comment,
    ...(parameters.length > 0 ? [`Parameters\n${list(parameters)}`] : []),
    ...(options === undefined ? [] : [`Options (${options.type})\n${list(options.entries)}`]),
    ...tags.map(({ name, text }) => `${name} ${oneLine(text)}`),
    ...(examples.length > 0 ? [`Example\n${examples.map((text) => text.replace(/^/gm, '  ')).join('\n\n')}`] : []),
    ...(place === undefined ? [] : [place]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

module.exports = { asMarkdown, asText, documentation };
