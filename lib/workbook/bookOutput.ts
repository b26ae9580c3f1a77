import { stripVTControlCharacters } from 'node:util';
import type { NotebookOutput } from './notebookFile';
import { escapeHtml } from './table';
import { type Verdict, verdictMimeType, verdictRow } from './verdict';

/** Lines of a printed output that a page shows; of a longer one it shows as many from both ends together. */
const mostLines = 200;

/**
 * An output that is no figure as HTML: a verdict as a card, an error with its message first, else the richest of HTML, Markdown
 * (`typeset` is its HTML), picture and text.
 */
export function outputHtml(output: NotebookOutput, typeset: string | undefined): string {
  if (output.output_type === 'stream')
    return `<pre class="printed">${escapeHtml(shortened(textOf(output.text)))}</pre>`;
  if (output.output_type === 'error') return errorHtml(output);
  const { data = {} } = output;
  if (verdictMimeType in data) return verdictCard(data[verdictMimeType] as Verdict);
  if ('text/html' in data) return scrollable(textOf(data['text/html']));
  if (typeset !== undefined) return `<div class="shown">${typeset}</div>`;
  for (const type of ['image/png', 'image/jpeg'] as const) {
    if (!(type in data)) continue;
    const alt = escapeHtml(textOf(data['text/plain']) || 'Picture');
    return `<img src="data:${type};base64,${textOf(data[type]).replace(/\s/g, '')}" alt="${alt}">`;
  }
  if ('image/svg+xml' in data) return scrollable(textOf(data['image/svg+xml']));
  const plain = textOf(data['text/plain']);
  if (output.metadata?.infossl_progress) return `<p class="progress">${escapeHtml(plain)}</p>`;
  return plain === '' ? '' : `<pre class="printed">${escapeHtml(shortened(plain))}</pre>`;
}

/** A text of a notebook, which may stand there as a list of lines. */
export function textOf(text: unknown): string {
  return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}

/** A box that scrolls by itself, so that a wide table does not widen the page. */
export function scrollable(html: string): string {
  return `<div class="wide">${html}</div>`;
}

function shortened(text: string): string {
  const lines = stripVTControlCharacters(text).replace(/\n$/, '').split('\n');
  if (lines.length <= mostLines) return lines.join('\n');
  const left = lines.length - mostLines;
  const half = mostLines / 2;
  return [...lines.slice(0, half), `… ${left.toLocaleString('en')} lines left out …`, ...lines.slice(-half)].join('\n');
}

function errorHtml(output: NotebookOutput): string {
  const { ename, evalue, traceback } = output;
  const places = (Array.isArray(traceback) ? traceback.map(String) : []).filter(
    (line) => !line.includes(textOf(evalue)),
  );
  const more = places.length > 0 ? `<pre>${escapeHtml(shortened(places.join('\n')))}</pre>` : '';
  return `<div class="error"><p><strong>${escapeHtml(textOf(ename) || 'Error')}</strong> ${escapeHtml(textOf(evalue))}</p>${more}</div>`;
}

const outcomes = { true: ['holds', '✓'], false: ['fails', '✗'], inconclusive: ['open', '?'] } as const;

/** A verdict's outcome as a sign and words; the colour only repeats them. */
export function outcomeHtml(verdict: Verdict): string {
  const [kind, sign] = outcomes[`${verdict.holds}`];
  const { outcome } = verdictRow(verdict);
  return `<span class="outcome ${kind}"><span aria-hidden="true">${sign}</span> ${escapeHtml(outcome)}</span>`;
}

function verdictCard(verdict: Verdict): string {
  const row = verdictRow(verdict);
  const [kind] = outcomes[`${verdict.holds}`];
  const lines = [
    ['Statement', row.statement],
    ['Statistic', row.statistic],
    ['Interval', row.interval || 'none'],
    ['Samples', row.samples],
    ['Note', verdict.note],
  ].map(([name, text]) => `<dt>${name}</dt><dd>${escapeHtml(text!)}</dd>`);
  return `<div class="verdict ${kind}"><p>${outcomeHtml(verdict)}</p><p class="claim">${escapeHtml(row.claim)}</p><dl>${lines.join('')}</dl></div>`;
}
