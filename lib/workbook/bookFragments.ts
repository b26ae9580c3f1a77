import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { renderToString } from 'katex';
import { unescapeHtml } from './table';

/** A piece of source to set as HTML. */
export interface BookFragment {
  /** `markdown`: with TeX between dollar signs; `typescript`: code, coloured by class names that book.css knows. */
  readonly kind: 'markdown' | 'typescript';
  readonly source: string;
  /** What a message calls it, e.g. '03-non-overlap, cell 4'. */
  readonly place: string;
}

/**
 * Markdown and TypeScript as HTML, in the order given: headings with ids, equations set by KaTeX with
 * MathML beside them, code in `<pre class="code">`. One call starts Python once (0.5 s); give it all there is.
 *
 * @param root the project's folder, whose .venv has mistune and Pygments
 * @returns the HTML of each, and a line for each equation that KaTeX does not understand; such a one is shown as its source
 * @throws if Python fails
 */
export function renderFragments(
  root: string,
  fragments: readonly BookFragment[],
): { readonly html: readonly string[]; readonly problems: readonly string[] } {
  if (fragments.length === 0) return { html: [], problems: [] };
  const { status, stdout, stderr, error } = spawnSync(
    join(root, '.venv', 'bin', 'python'),
    [join(root, 'lib', 'workbook', 'bookFragments.py')],
    { input: JSON.stringify(fragments), encoding: 'utf8', maxBuffer: 1e8 },
  );
  if (error || status !== 0) {
    throw new Error(`renderFragments: bookFragments.py failed: ${error?.message ?? stderr.trim()}. Run npm run setup`);
  }
  const problems: string[] = [];
  const html = (JSON.parse(stdout) as string[]).map((body, i) =>
    body.replace(equation, (_, display: string, escaped: string) => {
      const tex = unescapeHtml(escaped);
      try {
        const typeset = renderToString(tex, { displayMode: display === 'block', throwOnError: true, strict: 'ignore' });
        return display === 'block' ? `<span class="equation">${typeset}</span>` : typeset;
      } catch (failure) {
        problems.push(`${fragments[i]!.place}: $${tex}$: ${(failure as Error).message}`);
        return `<code class="broken">${escaped}</code>`;
      }
    }),
  );
  return { html, problems };
}

/** As bookFragments.py leaves an equation. */
const equation = /<tex-(inline|block)>([\s\S]*?)<\/tex-\1>/g;
