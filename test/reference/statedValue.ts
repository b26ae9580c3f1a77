import * as ts from '@tslab/typescript-for-tslab';
import { tf } from '../../lib/engine/tensorflow';

/** How `value` differs from the literal in a comment; undefined if it does not. Numbers are compared to the digits written. */
export function difference(value: unknown, comment: string): string | undefined {
  const source = ts.createSourceFile('result.ts', `(${comment});`, ts.ScriptTarget.ES2022, true);
  const statement = source.statements[0];
  const errors = (source as unknown as { readonly parseDiagnostics: readonly unknown[] }).parseDiagnostics;
  if (errors.length > 0 || source.statements.length !== 1 || !statement || !ts.isExpressionStatement(statement)) {
    return notLiteral(comment);
  }
  return compare(plain(value), (statement.expression as ts.ParenthesizedExpression).expression, '');
}

function notLiteral(text: string): string {
  return `'${text}' is no literal: a comment behind a statement is its result; prose stands on a line of its own`;
}

/** Tensors and typed arrays as nested arrays of numbers. */
function plain(value: unknown): unknown {
  if (value instanceof tf.Tensor) return value.arraySync();
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  return value;
}

function compare(value: unknown, stated: ts.Expression, path: string): string | undefined {
  const differs = () =>
    `${path || 'value'}: got ${JSON.stringify(value) ?? String(value)}, the comment says ${stated.getText()}`;
  if (ts.isArrayLiteralExpression(stated)) {
    if (!Array.isArray(value) || value.length !== stated.elements.length) return differs();
    return first(stated.elements.map((element, i) => compare(plain(value[i]), element, `${path}[${i}]`)));
  }
  if (ts.isObjectLiteralExpression(stated)) {
    if (typeof value !== 'object' || value === null) return differs();
    return first(
      stated.properties.map((property) => {
        if (!ts.isPropertyAssignment(property)) return notLiteral(stated.getText());
        const { name } = property;
        const key = ts.isStringLiteral(name) ? name.text : name.getText();
        return compare(plain((value as Record<string, unknown>)[key]), property.initializer, `${path}.${key}`);
      }),
    );
  }
  if (ts.isStringLiteralLike(stated)) return value === stated.text ? undefined : differs();
  const text = stated.getText();
  if (text in words) return Object.is(value, words[text as keyof typeof words]) ? undefined : differs();
  if (!/^-?\d/.test(text)) return notLiteral(text);
  if (typeof value !== 'number') return differs();
  return Math.abs(value - Number(text)) <= tolerance(text) ? undefined : differs();
}

const words = {
  true: true,
  false: false,
  null: null,
  undefined: undefined,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
} as const;

/** Half a unit of the last digit after the point, and float32's rounding; of a whole number 1e-4 of it. */
function tolerance(text: string): number {
  const [, decimals, exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? [];
  const size = Math.abs(Number(text));
  if (decimals === undefined && exponent === '0') return 1e-4 * Math.max(1, size);
  return 0.5 * 10 ** (Number(exponent) - (decimals?.length ?? 0)) + 1e-6 * size;
}

function first(differences: readonly (string | undefined)[]): string | undefined {
  return differences.find((text) => text !== undefined);
}
