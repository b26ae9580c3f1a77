import type { BookPage } from './bookPage';
import { escapeHtml, unescapeHtml } from './table';

/** What stands around every page of one book. */
export interface BookFrame {
  /** All pages, the first page first, in the order of reading. */
  readonly pages: readonly BookPage[];
  /** The scale of the runs behind it. */
  readonly scale: string;
  /** The day it was made, YYYY-MM-DD. */
  readonly made: string;
}

/**
 * A whole page: head, a link past the navigation, the navigation with the page's own sections, the body, the pages before and after it.
 * Headings' ids are made unique in the page.
 */
export function pageHtml(page: BookPage, { pages, scale, made }: BookFrame): string {
  const { html, headings } = uniqueIds(page.html);
  const at = pages.indexOf(page);
  const plotly = html.includes('class="plot"') ? '\n<script defer src="assets/plotly.js"></script>' : '';
  const title = page.name === 'index' ? 'infossl' : `${page.title} · infossl`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="assets/katex.css">
<link rel="stylesheet" href="assets/book.css">${plotly}
<script defer src="assets/book.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<div class="layout">
<header class="side">
<p class="brand"><a href="index.html">infossl</a> <span class="note">scale ${escapeHtml(scale)}</span></p>
<div id="search"></div>
<details class="contents"><summary>Contents</summary>
<nav aria-label="Pages">
${navigation(page, pages, headings)}
</nav>
</details>
</header>
<main id="main" tabindex="-1">
${html}
${turning(pages[at - 1], pages[at + 1])}
<footer class="note"><p>${page.run ? `Notebook run on ${page.run}. ` : ''}Made ${escapeHtml(made)} by <code>npm run figures</code> at scale ${escapeHtml(scale)}.</p></footer>
</main>
</div>
</body>
</html>
`;
}

export interface Heading {
  readonly level: number;
  readonly id: string;
  /** Its inner HTML, without links. */
  readonly html: string;
  /** Its text, an equation as its TeX. */
  readonly text: string;
}

const heading = /<h([1-6])((?:\s[\w-]+="[^"]*")*)>([\s\S]*?)<\/h\1>/g;

/** The ids of `pageHtml`'s own, and of the search that bookScript.js adds. */
const frameIds = ['main', 'search', 'search-text'];

/** The page with each heading's id unlike any other id in it or around it (`-2` and so on is put to one that is taken), and its headings. */
export function uniqueIds(html: string): { readonly html: string; readonly headings: readonly Heading[] } {
  const headings: Heading[] = [];
  const others = html.replace(heading, '').matchAll(/\sid="([^"]*)"/g);
  const taken = new Set([...frameIds, ...[...others].map((match) => match[1]!)]);
  const unique = html.replace(heading, (whole, level: string, attributes: string, inner: string) => {
    const wanted = /\sid="([^"]*)"/.exec(attributes)?.[1];
    if (wanted === undefined) return whole;
    let id = wanted;
    for (let n = 2; taken.has(id); n++) id = `${wanted}-${n}`;
    taken.add(id);
    const text = unescapeHtml(/\sdata-name="([^"]*)"/.exec(attributes)?.[1] ?? inner.replace(/<[^>]*>/g, ''));
    headings.push({ level: Number(level), id, html: inner.replace(/<\/?a\b[^>]*>/g, ''), text });
    const others = attributes.replace(/\s(?:id|data-name)="[^"]*"/g, '');
    return `<h${level} id="${id}"${others}>${inner}</h${level}>`;
  });
  return { html: unique, headings };
}

/** The pages by section; under the current one its own sections, those of the third level under those of the second. */
function navigation(current: BookPage, pages: readonly BookPage[], headings: readonly Heading[]): string {
  const sections = [...new Set(pages.map(({ section }) => section))];
  return sections
    .map((section) => {
      const items = pages
        .filter((page) => page.section === section)
        .map((page) => item(page, page === current, headings));
      const title = section ? `<p class="section">${escapeHtml(section)}</p>\n` : '';
      return `${title}<ul>\n${items.join('\n')}\n</ul>`;
    })
    .join('\n');
}

function item({ name, title }: BookPage, current: boolean, headings: readonly Heading[]): string {
  const mark = current ? ' aria-current="page"' : '';
  const link = `<a href="${name}.html"${mark}>${escapeHtml(title)}</a>`;
  const own = current ? headings.filter(({ level }) => level === 2 || level === 3) : [];
  if (own.length === 0) return `<li>${link}</li>`;
  const links = own.map(({ id, level, html }) => `<li class="level-${level}"><a href="#${id}">${html}</a></li>`);
  return `<li>${link}\n<ul class="sections">\n${links.join('\n')}\n</ul></li>`;
}

function turning(before: BookPage | undefined, after: BookPage | undefined): string {
  const link = (page: BookPage | undefined, rel: string, word: string) =>
    page
      ? `<a href="${page.name}.html" rel="${rel}"><span class="note">${word}</span> ${escapeHtml(page.title)}</a>`
      : '';
  const links = [link(before, 'prev', 'Previous'), link(after, 'next', 'Next')].filter((html) => html !== '');
  return links.length === 0 ? '' : `<nav class="turn" aria-label="Previous and next page">${links.join('\n')}</nav>`;
}
