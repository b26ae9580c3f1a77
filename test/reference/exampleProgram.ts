import * as ts from '@tslab/typescript-for-tslab';

/** What an example's trailing comment states about the value before it. */
export interface StatedResult {
  /** In the example, from 1. */
  readonly line: number;
  readonly comment: string;
}

/** An example as JavaScript to run: the body of an async function of `keep`, `check` and the names that it uses. */
export interface ExampleProgram {
  readonly body: string;
  readonly results: readonly StatedResult[];
}

/**
 * Compiles an example. `keep(value)` stands around each call, and is to return its argument: so tensors that an example's own
 * calls return are known. `await check(i, async () => value)` stands for the i-th statement with a result.
 */
export function exampleProgram(code: string): ExampleProgram {
  const results: StatedResult[] = [];
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true },
    transformers: {
      before: [
        (context) => (source) => {
          const { factory } = context;
          const call = (name: string, ...values: ts.Expression[]) =>
            factory.createCallExpression(factory.createIdentifier(name), undefined, values);
          const keeping = (node: ts.Node): ts.Node => {
            const inner = ts.visitEachChild(node, keeping, context);
            const makes = ts.isCallExpression(inner) || ts.isAwaitExpression(inner) || ts.isNewExpression(inner);
            return makes ? call('keep', inner) : inner;
          };
          const checking = (value: ts.Expression, result: StatedResult) => {
            const body = factory.createParenthesizedExpression(value);
            const modifiers = [factory.createModifier(ts.SyntaxKind.AsyncKeyword)];
            const thunk = factory.createArrowFunction(modifiers, undefined, [], undefined, undefined, body);
            const checked = call('check', factory.createNumericLiteral(results.push(result) - 1), thunk);
            return factory.createExpressionStatement(factory.createAwaitExpression(checked));
          };
          const statements = source.statements.flatMap((statement): ts.Statement[] => {
            const run = keeping(statement) as ts.Statement;
            const result = statedResult(source, statement);
            if (!result) return [run];
            if (ts.isExpressionStatement(run)) return [checking(run.expression, result)];
            const declared = ts.isVariableStatement(run) ? run.declarationList.declarations : [];
            if (declared.length === 1 && ts.isIdentifier(declared[0]!.name)) {
              return [run, checking(declared[0]!.name, result)];
            }
            throw new Error(`line ${result.line}: a result stands behind an expression or 'const name = …'`);
          });
          return factory.updateSourceFile(source, statements);
        },
      ],
    },
  });
  return { body: outputText, results };
}

function statedResult(source: ts.SourceFile, statement: ts.Statement): StatedResult | undefined {
  const range = ts.getTrailingCommentRanges(source.text, statement.end)?.[0];
  if (!range) return undefined;
  const { line } = source.getLineAndCharacterOfPosition(range.pos);
  return { line: line + 1, comment: source.text.slice(range.pos, range.end).replace(/^\/\/\s*/, '') };
}
