import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

let minified: string | undefined;

/** Plotly's own source, to stand in a <script> of a page that must work without network: 5 MB, minified once, which halves it. */
export function plotlySource(): string {
  minified ??= transformSync(readFileSync(require.resolve('plotly.js-dist/plotly.js'), 'utf8'), {
    minify: true,
    legalComments: 'inline',
    logLevel: 'silent',
  }).code.replaceAll('</script', '<\\/script');
  return minified;
}
