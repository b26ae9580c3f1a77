import * as ts from '@tslab/typescript-for-tslab';

/** The import of the public names that an example uses, in lines of at most 100 characters; '' if it uses none. */
export function importLines(code: string, names: ReadonlySet<string>): string {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const used = new Set<string>();
  const own = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
      const isKey = ts.isPropertyAssignment(parent) && parent.name === node;
      const declares =
        (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent)) &&
        parent.name === node;
      if (declares) own.add(node.text);
      else if (!isMember && !isKey && names.has(node.text)) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const imported = [...used]
    .filter((name) => !own.has(name))
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  if (imported.length === 0) return '';
  const line = `import { ${imported.join(', ')} } from './lib/index';`;
  return line.length <= 100 ? line : `import {\n  ${imported.join(',\n  ')},\n} from './lib/index';`;
}
