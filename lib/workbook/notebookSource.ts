import { cellSource, type Notebook } from './notebookFile';

export interface NotebookSource {
  /** The code cells as one TypeScript module. */
  readonly text: string;
  /** Which cell (from 1, code cells only) and line in it (from 1) a line of the module (from 1) is. */
  place(line: number): { readonly cell: number; readonly line: number };
}

/** An import at the beginning of a line, also one for its effects alone. */
export const importStatement = /^import\s+(?:(type\s+)?(?:\{([^}]*)\}|(\* as \w+|\w+))\s+from\s+)?'([^']+)';?/gm;

/**
 * The notebook's code cells as one module, as tslab runs them: a later cell sees the names of the earlier ones, and may import
 * a name again. `resolve` rewrites a module's specifier for the place where the module will lie.
 */
export function notebookSource(notebook: Notebook, resolve: (specifier: string) => string): NotebookSource {
  const seen = new Set<string>();
  const lines: string[] = [];
  const places: { cell: number; line: number }[] = [];
  const cells = notebook.cells.filter(({ cell_type }) => cell_type === 'code');
  for (const [i, cell] of cells.entries()) {
    const source = cellSource(cell).replace(importStatement, (whole, type = '', names, single, specifier) => {
      if (names === undefined && single === undefined) return whole.replace(specifier, resolve(specifier));
      const wanted: string[] = names === undefined ? [single] : names.split(',');
      const fresh = wanted.map((name) => name.trim()).filter((name) => name !== '' && !seen.has(name));
      for (const name of fresh) seen.add(name);
      const newlines = '\n'.repeat(whole.split('\n').length - 1);
      if (fresh.length === 0) return newlines;
      const binding = names === undefined ? fresh[0] : `{ ${fresh.join(', ')} }`;
      return `import ${type}${binding} from '${resolve(specifier)}';${newlines}`;
    });
    for (const [j, line] of source.split('\n').entries()) {
      lines.push(line);
      places.push({ cell: i + 1, line: j + 1 });
    }
    lines.push(';');
    places.push({ cell: i + 1, line: 0 });
  }
  return {
    text: `${lines.join('\n')}\nexport {};\n`,
    place: (line) => places[line - 1] ?? { cell: cells.length, line: 0 },
  };
}
