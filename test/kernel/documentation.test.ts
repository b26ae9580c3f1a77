import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { asMarkdown, asText, documentation } from '../../lib/kernel/documentation.cjs';
import { symbolAt } from '../../lib/kernel/symbolAt.cjs';
import { cellProgram, root, ts } from './cellProgram';

vi.setConfig({ testTimeout: 120_000 });

test('every name that the library exports has its signature and its comment, in a cell that imports it', () => {
  const index = join(root, 'lib', 'index.ts');
  const cell = join(root, '__cell__.ts');
  const text = ts.sys.readFile(index) ?? '';
  const exported = ts
    .createSourceFile(index, text, ts.ScriptTarget.ES2022, true)
    .statements.flatMap((one) =>
      ts.isExportDeclaration(one) && one.exportClause && ts.isNamedExports(one.exportClause)
        ? one.exportClause.elements.map(({ name }) => name.text)
        : [],
    );
  expect(exported.length).toBeGreaterThan(300);
  const source = `import { ${exported.join(', ')} } from './lib/index';`;
  const program = cellProgram(new Map([[cell, source]]));
  const file = program.getSourceFile(cell)!;

  const lacking = exported.filter((name) => {
    const at = new RegExp(`[ ,]${name.replaceAll('$', '\\$')}[ ,]`).exec(source)!.index + 2;
    const symbol = symbolAt(ts, program, root, file, at);
    if (symbol === undefined) return true;
    const known = documentation(ts, program, root, symbol);
    const members = known.options !== undefined || /\/\*\*/.test(known.signature);
    expect(asMarkdown(known), name).toMatch(/^```typescript\n.+\n```/s);
    expect(asText(known), name).toContain(known.signature);
    expect(known.signature, name).toMatch(new RegExp(`\\b${name}\\b`));
    return known.comment === '' && !members;
  });
  expect(lacking).toEqual([]);
});

test('a comment’s dollars, products and stars are shown as they are written; bold stays', () => {
  const known = { signature: 'f', parameters: [], options: undefined, tags: [], examples: [], place: undefined };
  const comment = 'Looks in $HOME, or in $DATA; ‖f(x) − g*(x)‖ and h*(x) are **not** squared: `a * $b * c`.';
  expect(asMarkdown({ ...known, comment })).toBe(
    '```typescript\nf\n```\n\nLooks in \\$HOME, or in \\$DATA; ‖f(x) − g\\*(x)‖ and h\\*(x) are **not** squared: `a * $b * c`.',
  );
});
