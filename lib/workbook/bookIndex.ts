import { outcomeHtml } from './bookOutput';
import type { BookPage } from './bookPage';
import { escapeHtml } from './table';
import { type Verdict, verdictRow } from './verdict';

/** A notebook's page with the verdicts of its run. */
export interface JudgedPage {
  readonly page: BookPage;
  readonly verdicts: readonly Verdict[];
}

/** The book's first page: how many claims hold, and a table of them all by notebook, each linked. */
export function indexPage(judged: readonly JudgedPage[], scale: string): BookPage {
  const verdicts = judged.flatMap((page) => page.verdicts);
  const count = (holds: Verdict['holds']) => verdicts.filter((verdict) => verdict.holds === holds).length;
  const counts = [
    [count(true), 'hold'],
    [count(false), 'do not hold'],
    [count('inconclusive'), 'inconclusive'],
  ]
    .filter(([n]) => n !== 0)
    .map(([n, word]) => `<strong>${n}</strong> ${word}`);
  const said =
    verdicts.length === 0
      ? '<p>None of these notebooks has come to a verdict yet.</p>'
      : `<p class="counts">Of ${verdicts.length} claims at scale ${escapeHtml(scale)}: ${counts.join(', ')}.</p>\n${table(judged)}`;
  const html = `<h1>The information-theoretic view of self-supervised learning</h1>
<p>Each claim of “An Information-Theoretic Perspective on Variance-Invariance-Covariance Regularization” (Shwartz-Ziv, Balestriero,
Kawaguchi, Rudner and LeCun, NeurIPS 2023, arXiv 2303.00633) that the notebooks test, and what this run found.</p>
${said}
<p class="note">Each verdict was computed in its notebook’s run; the notebook says with which data, seeds and sample sizes, and where the
claim comes from.</p>
${judged.length === 0 ? '' : contents(judged)}`;
  return { name: 'index', title: 'Verdicts', html };
}

function table(judged: readonly JudgedPage[]): string {
  const heads = ['Claim', 'Statistic', 'Samples', 'Verdict'].map((head) => `<th scope="col">${head}</th>`);
  const groups = judged
    .filter(({ verdicts }) => verdicts.length > 0)
    .map(({ page, verdicts }) => {
      const run = page.run ? ` <span class="note">run on ${page.run}</span>` : '';
      const title = `<tr class="group"><th scope="rowgroup" colspan="4"><a href="${page.name}.html">${escapeHtml(page.title)}</a>${run}</th></tr>`;
      return `<tbody>\n${title}\n${verdicts.map(line).join('\n')}\n</tbody>`;
    });
  return `<table class="verdicts">
<caption class="unseen">Claims and verdicts, by notebook</caption>
<thead><tr>${heads.join('')}</tr></thead>
${groups.join('\n')}
</table>`;
}

function line(verdict: Verdict): string {
  const row = verdictRow(verdict);
  const interval = row.interval ? `<br><span class="note">interval ${escapeHtml(row.interval)}</span>` : '';
  return `<tr>
<td>${escapeHtml(row.claim)}<br><span class="note">${escapeHtml(row.statement)}</span></td>
<td>${escapeHtml(row.statistic)}${interval}</td>
<td>${escapeHtml(row.samples)}</td>
<td>${outcomeHtml(verdict)}</td>
</tr>`;
}

function contents(judged: readonly JudgedPage[]): string {
  const items = judged.map(({ page }) => `<li><a href="${page.name}.html">${escapeHtml(page.title)}</a></li>`);
  return `<h2 id="pages">Pages</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}
