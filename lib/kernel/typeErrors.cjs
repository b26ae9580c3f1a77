const { listed, shortened, typeNames } = require('./typeNames.cjs');
const { errorPlace } = require('./typeErrorPlace.cjs');

/**
 * @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript
 * @typedef {import('@tslab/typescript-for-tslab').Program} Program
 * @typedef {import('@tslab/typescript-for-tslab').Node} Node
 * @typedef {import('@tslab/typescript-for-tslab').Type} Type
 * @typedef {import('@tslab/typescript-for-tslab').Diagnostic} Diagnostic
 * @typedef {import('@tslab/typescript-for-tslab').DiagnosticMessageChain} Chain
 * @typedef {{ getSpellingSuggestion(name: string, candidates: readonly string[], of: (one: string) => string): string | undefined }} Internals
 * @typedef {{ isTypeAssignableTo(from: Type, to: Type): boolean }} CheckerInternals what TypeScript has, and its types do
 *   not show
 */

/** A message longer than this is cut. */
const LONGEST = 300;

/** TypeScript's numbers of what it reports. */
const CODE = {
  notAssignable: new Set([2322, 2345, 2416, 2420, 2430, 2559, 2560, 2739, 2740, 2741, 2820]),
  missing: new Set([2739, 2740, 2741]),
  unknownOption: new Set([2353, 2561]),
  overloads: 2769,
  argumentCount: new Set([2554, 2555]),
  noProperty: new Set([2339, 2551]),
  noName: new Set([2304, 2503, 2552]),
  noExport: new Set([2305, 2614, 2724]),
  noModule: new Set([2307, 2792]),
  operator: new Set([2362, 2363, 2365]),
};

/** How a user who gives a number or an array where one of these is expected makes it. @type {Record<string, string>} */
const MADE_BY = { Tensor: 'tf.tensor(…)', Tensor1D: 'tf.tensor1d(…)', Tensor2D: 'tf.tensor2d(…)', Key: 'key(seed)' };

/** What tensors have in the place of operators. @type {Record<string, string>} */
const METHODS = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '**': 'pow',
  '%': 'mod',
  '<': 'less',
  '>': 'greater',
};

/**
 * The first message of a chain, and those below it on the way to the innermost.
 * @param {string | Chain} text
 * @returns {{ code: number, text: string }[]}
 */
function chainOf(text) {
  if (typeof text === 'string') return [];
  const below = text.next?.[0];
  return [{ code: text.code, text: text.messageText }, ...(below === undefined ? [] : chainOf(below))];
}

/** The words in quotes of a message. @param {string} text */
const quoted = (text) => [...text.matchAll(/'((?:[^']|'(?=\w))*)'/g)].map((match) => match[1] ?? '');

/**
 * Says a compiler's error in one line: where, what was expected by its own name, what came, and what may be meant.
 * @param {TypeScript} ts
 * @param {Program} program
 * @param {string} root
 * @param {Diagnostic} diagnostic
 * @returns {string}
 */
function readableError(ts, program, root, diagnostic) {
  const checker = program.getTypeChecker();
  const names = typeNames(ts, checker);
  const { file, start = 0, length = 0, code } = diagnostic;
  const plain = shortened(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n').split('\n')[0] ?? '');
  if (file === undefined) return plain;
  const place = errorPlace(ts, checker, file, start, length);
  const chain = chainOf(diagnostic.messageText);
  const innermost = chain.at(-1) ?? { code, text: plain };
  const about = place.owner === '' ? '' : `${place.owner}: `;

  const { getSpellingSuggestion } = /** @type {Internals} */ (/** @type {unknown} */ (ts));
  const assignable = (/** @type {Type} */ from, /** @type {Type} */ to) =>
    /** @type {CheckerInternals} */ (/** @type {unknown} */ (checker)).isTypeAssignableTo(from, to);

  const nearest = (/** @type {string} */ name, /** @type {readonly string[]} */ known) =>
    getSpellingSuggestion(name, known, (one) => one);

  /** @param {string} name @param {readonly string[]} known */
  const meant = (name, known) => {
    const close = nearest(name, known);
    if (close !== undefined) return `; did you mean '${close}'?`;
    return known.length > 0 && known.length <= 20 ? `; it has ${listed(known)}.` : '.';
  };

  const unknownOption = () => {
    const name =
      /'([^']*)' does not exist/.exec(innermost.text)?.[1] ?? /'([^']*)' does not exist/.exec(plain)?.[1] ?? '';
    const type = place.container && checker.getNonNullableType(place.container);
    const owner = type === undefined ? shortened(quoted(innermost.text).at(-1) ?? '') : names.typeName(type);
    return `${about}${owner} has no option '${name}'${meant(name, type === undefined ? [] : names.properties(type))}`;
  };

  /** Which properties the innermost message misses, unless a whole class is missing. */
  const missing = () => {
    const last = innermost.text;
    if (innermost.code === 2741) return quoted(last).slice(0, 1);
    const found = /: ([\w$]+(?:, [\w$]+)*)(?:, and \d+ more)?\.?$/.exec(last)?.[1]?.split(', ') ?? [];
    return / and \d+ more/.test(last) ? [] : found;
  };

  /** What turns the value into what is expected. @param {string} wanted @param {string} came */
  const remedy = (wanted, came) => {
    const { expected, value } = place;
    if (expected === undefined || value === undefined) return undefined;
    const choices = names.literals(checker.getNonNullableType(expected));
    const close = choices && ts.isStringLiteralLike(value) && nearest(value.text, choices);
    if (close) return `did you mean '${close}'?`;
    if (came === `Promise<${wanted}>`) return 'await it.';
    if (/^(-?\d|number|.*\[\]$)/.test(came) && MADE_BY[wanted]) return `${MADE_BY[wanted]} makes one.`;
    const element = checker.getIndexTypeOfType(checker.getNonNullableType(expected), ts.IndexKind.Number);
    if (element === undefined || !wanted.endsWith('[]')) return undefined;
    return assignable(checker.getTypeAtLocation(value), element) ? 'put it in [ ].' : undefined;
  };

  const notAssignable = () => {
    const { expected, value } = place;
    const [firstCame = '', firstWanted = ''] = quoted(chain[0]?.text ?? plain).map(shortened);
    const [innerCame = '', innerWanted = ''] = quoted(innermost.text).map(shortened);
    const absent = CODE.missing.has(innermost.code) ? missing() : [];
    const areMissing = `${listed(absent.map((name) => `'${name}'`))}${absent.length > 1 ? ' are' : ' is'} missing`;
    const path = chain.flatMap(({ code: one, text }) => (one === 2326 || one === 2200 ? quoted(text).slice(0, 1) : []));
    const isFunction = value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
    if (isFunction && chain.length === 2 && innermost.code === 2322) {
      return `${about}what the function returns should be ${innerWanted}, not ${innerCame}.`;
    }
    const wanted = expected === undefined ? firstWanted : names.typeName(expected);
    if (absent.length > 0 && value !== undefined && ts.isObjectLiteralExpression(value)) {
      return `${about}${wanted}${place.slot.startsWith('option') ? ` (${place.slot})` : ''}: ${areMissing}.`;
    }
    const came = value === undefined ? firstCame : names.valueName(value);
    const said =
      place.slot === ''
        ? `${about}expected ${wanted}, got ${came}`
        : `${about}${place.slot} should be ${wanted}, not ${came}`;
    const help = remedy(wanted, came);
    if (help !== undefined) return `${said}; ${help}`;
    if (absent.length > 0) return `${said}: ${areMissing}.`;
    const inner = path.length > 0 && innermost.code === 2322;
    return inner ? `${said}: its ${path.join('.')} should be ${innerWanted}, not ${innerCame}.` : `${said}.`;
  };

  const overloads = () => {
    const { call } = place;
    if (call === undefined) return plain;
    const given = (call.arguments ?? []).map((one) => names.valueName(one)).join(', ');
    const callee = checker.getTypeAtLocation(call.expression);
    const signatures = ts.isNewExpression(call) ? callee.getConstructSignatures() : callee.getCallSignatures();
    const forms = signatures.map((signature) => {
      const parameters = signature.getParameters().map((parameter) => {
        const declared = parameter.valueDeclaration;
        return declared === undefined ? parameter.getName() : shortened(declared.getText().replace(/\s+/g, ' '));
      });
      return `(${parameters.join(', ')})`;
    });
    return `${about}takes ${listed([...new Set(forms)].slice(0, 3), 'or')}, not (${given}).`;
  };

  const argumentCount = () => {
    const declaration = place.call && checker.getResolvedSignature(place.call)?.getDeclaration();
    if (declaration?.parameters === undefined) return `${about}${plain}`;
    const form = declaration.parameters.map((one) => {
      const name = ts.isIdentifier(one.name) ? one.name.text : '{…}';
      return `${one.dotDotDotToken ? '...' : ''}${name}${one.questionToken || one.initializer ? '?' : ''}`;
    });
    const [expected = '', got = ''] = plain.match(/\d+(?:-\d+)?/g) ?? [];
    const least = /at least/.test(plain) ? 'at least ' : '';
    const noun = expected === '1' ? 'argument' : 'arguments';
    return `${place.owner}(${form.join(', ')}) takes ${least}${expected.replace('-', ' to ')} ${noun}, got ${got}.`;
  };

  const noProperty = () => {
    const [name = ''] = quoted(plain);
    const type = place.container && checker.getApparentType(checker.getNonNullableType(place.container));
    if (type === undefined) return plain;
    const widened = checker.getBaseTypeOfLiteralType(/** @type {Type} */ (place.container));
    return `${names.typeName(widened)} has no '${name}'${meant(name, names.properties(type))}`;
  };

  const noName = () => {
    const [name = '', close] = quoted(plain);
    const index = ts.sys.readFile(`${root}/lib/index.ts`) ?? '';
    if (new RegExp(`^(?!/).*[{ ]${name.replaceAll('$', '\\$')}[ ,]`, 'm').test(index)) {
      return `'${name}' is not imported: import { ${name} } from './lib/index';`;
    }
    const help = close === undefined ? 'does the cell that makes it still have to run?' : `did you mean '${close}'?`;
    return `there is no '${name}' here; ${help}`;
  };

  const noExport = () => {
    const texts = quoted(plain).map((text) => text.replaceAll('"', ''));
    const name = texts[1] ?? '';
    const specifier = place.specifier;
    const symbol = specifier && checker.getSymbolAtLocation(specifier);
    const known = symbol === undefined ? [] : checker.getExportsOfModule(symbol).map((one) => one.getName());
    return `'${specifier?.text ?? texts[0]}' has no '${name}'${meant(name, known)}`;
  };

  const noModule = () => {
    const [name = ''] = quoted(plain);
    if (/(^|\/)lib\/index/.test(name))
      return `there is no '${name}'; a cell imports from './lib/index', wherever its notebook is.`;
    if (!name.startsWith('.')) return `there is no package '${name}' in node_modules; npm install puts one there.`;
    const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${root}/lib/`));
    const close = nearest(
      name,
      own.map(({ fileName }) => `.${fileName.slice(root.length).replace(/\.ts$/, '')}`),
    );
    return `there is no file '${name}'${close ? `; did you mean '${close}'?` : ": a cell's paths start at the project's folder."}`;
  };

  const operator = () => {
    const { operation } = place;
    const method = operation && METHODS[operation.operatorToken.getText()];
    if (!operation || !method) return plain;
    const operands = [operation.left, operation.right];
    const isTensor = operands.some((one) =>
      /^(Tensor|Scalar|Variable)/.test(names.typeName(checker.getTypeAtLocation(one))),
    );
    const [left, right] = operands.map((one) => one.getText());
    return isTensor
      ? `tensors have no operator '${operation.operatorToken.getText()}'; write tf.${method}(${left}, ${right}).`
      : plain;
  };

  const said = () => {
    if (CODE.unknownOption.has(innermost.code) || CODE.unknownOption.has(code)) return unknownOption();
    if (code === CODE.overloads) return overloads();
    if (CODE.argumentCount.has(code)) return argumentCount();
    if (CODE.noProperty.has(code)) return noProperty();
    if (CODE.noName.has(code)) return noName();
    if (CODE.noExport.has(code)) return noExport();
    if (CODE.noModule.has(code)) return noModule();
    if (CODE.notAssignable.has(code)) return notAssignable();
    if (CODE.operator.has(code)) return operator();
    return plain;
  };
  const message = said();
  return message.length <= LONGEST ? message : `${message.slice(0, LONGEST - 1)}…`;
}

module.exports = { readableError };
