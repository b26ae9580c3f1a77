import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { notebookTitle, outputsOf, readNotebook } from './notebookFile';
import type { Scale } from './scale';
import { escapeHtml } from './table';
import { type Verdict, verdictMimeType, verdictRow } from './verdict';

export interface Book {
  readonly root: string;
  readonly scale: Scale;
  /** The folder of executed notebooks; all of them become pages, in the order of their names. */
  readonly notebooks: string;
  /** The book's folder; replaced as a whole when the new book is complete. */
  readonly output: string;
}

interface Page {
  readonly name: string;
  readonly title: string;
  readonly verdicts: readonly Verdict[];
}

/**
 * Makes the static book: one page a notebook, and a first page with the table of verdicts. It opens from the disk without a
 * network: Plotly, KaTeX and its fonts lie beside the pages.
 *
 * @returns the path of its first page
 */
export function buildBook({ root, scale, notebooks, output }: Book): string {
  const files = readdirSync(notebooks)
    .filter((file) => file.endsWith('.ipynb'))
    .sort();
  const pages = files.map((file): Page => {
    const notebook = readNotebook(join(notebooks, file));
    const name = basename(file, '.ipynb');
    return { name, title: notebookTitle(notebook, name), verdicts: outputsOf<Verdict>(notebook, verdictMimeType) };
  });
  const temporary = `${output}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  try {
    copyAssets(root, temporary);
    const css = convertNotebooks(root, notebooks, pages, temporary);
    writeFileSync(join(temporary, 'assets', 'book.css'), `${readFileSync(asset(root, 'book.css'), 'utf8')}\n${css}`);
    for (const page of pages) {
      const path = join(temporary, `${page.name}.html`);
      writeFileSync(path, pageHtml(page.title, page.name, pages, readFileSync(path, 'utf8')));
    }
    writeFileSync(join(temporary, 'index.html'), pageHtml('infossl', 'index', pages, indexHtml(scale, pages)));
    if (existsSync(output)) renameSync(output, `${temporary}.last`);
    renameSync(temporary, output);
  } finally {
    for (const folder of [temporary, `${temporary}.last`]) rmSync(folder, { recursive: true, force: true });
  }
  return join(output, 'index.html');
}

function asset(root: string, file: string): string {
  return join(root, 'lib', 'workbook', file);
}

function copyAssets(root: string, book: string): void {
  const assets = join(book, 'assets');
  const katex = join(root, 'node_modules', 'katex', 'dist');
  mkdirSync(join(assets, 'fonts'), { recursive: true });
  cpSync(asset(root, 'bookScript.js'), join(assets, 'book.js'));
  cpSync(join(root, 'node_modules', 'plotly.js-dist-min', 'plotly.min.js'), join(assets, 'plotly.js'));
  for (const file of ['katex.min.css', 'katex.min.js', 'contrib/auto-render.min.js']) {
    cpSync(join(katex, file), join(assets, basename(file)));
  }
  for (const font of readdirSync(join(katex, 'fonts')).filter((file) => file.endsWith('.woff2'))) {
    cpSync(join(katex, 'fonts', font), join(assets, 'fonts', font));
  }
}

function convertNotebooks(root: string, notebooks: string, pages: readonly Page[], book: string): string {
  const input = pages.map(({ name }) => ({
    notebook: join(notebooks, `${name}.ipynb`),
    body: join(book, `${name}.html`),
  }));
  const python = join(root, '.venv', 'bin', 'python');
  const { status, stdout, stderr } = spawnSync(python, [asset(root, 'bookPages.py')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (status !== 0) throw new Error(`buildBook: nbconvert failed on ${dirname(input[0]?.notebook ?? '')}:\n${stderr}`);
  return stdout;
}

function pageHtml(title: string, name: string, pages: readonly Page[], body: string): string {
  const links = [{ name: 'index', title: 'Verdicts' }, ...pages].map((page) => {
    const current = page.name === name ? ' aria-current="page"' : '';
    return `<li><a href="${page.name}.html"${current}>${escapeHtml(page.title)}</a></li>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="assets/katex.min.css">
<link rel="stylesheet" href="assets/book.css">
<script defer src="assets/katex.min.js"></script>
<script defer src="assets/auto-render.min.js"></script>
<script defer src="assets/plotly.js"></script>
<script defer src="assets/book.js"></script>
</head>
<body>
<div class="page">
<nav aria-label="Pages"><strong>infossl</strong><ol>${links.join('\n')}</ol></nav>
<main>
${body}
</main>
</div>
</body>
</html>
`;
}

function indexHtml(scale: Scale, pages: readonly Page[]): string {
  const rows = pages.flatMap((page) =>
    page.verdicts.map((verdict) => {
      const row = verdictRow(verdict);
      const interval = row.interval ? `<br><span class="note">interval ${escapeHtml(row.interval)}</span>` : '';
      return `<tr>
<td class="outcome">${escapeHtml(row.outcome)}</td>
<td>${escapeHtml(row.claim)}<br><span class="note">${escapeHtml(row.statement)} · <a href="${page.name}.html">${escapeHtml(page.name)}</a></span></td>
<td>${escapeHtml(row.statistic)}${interval}</td>
<td>${escapeHtml(row.samples)}</td>
</tr>`;
    }),
  );
  const heads = ['Verdict', 'Claim', 'Statistic', 'Samples'].map((head) => `<th scope="col">${head}</th>`);
  return `<h1>The information-theoretic view of self-supervised learning</h1>
<p>Each claim of “An Information-Theoretic Perspective on Variance-Invariance-Covariance Regularization” (Shwartz-Ziv, Balestriero,
Kawaguchi, Rudner and LeCun, NeurIPS 2023, arXiv 2303.00633) that the notebooks test, and what this run found.</p>
<table><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>
<p class="note">Scale ${scale}, made ${new Date().toISOString().slice(0, 10)}. Each verdict was computed in its notebook's run;
the notebook says with which data, seeds and sample sizes, and where the claim comes from.</p>`;
}
