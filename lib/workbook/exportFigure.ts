import { createRequire } from 'node:module';
import { extname } from 'node:path';
import sharp from 'sharp';
import { writeWhole } from '../datasets/writeWhole';
import type { Figure } from '../figures/figure';
import { findBrowser } from './browser';
import { plotlySource } from './plotlySource';

/** What a figure can be drawn as: pixels, or vectors. */
export type PictureFormat = 'png' | 'svg';

/** One headless browser with Plotly in it, to draw many figures. Close it when done. */
export interface FigureRenderer {
  /** The figure as a PNG at `scale` times its size (default 2), or as SVG, as bytes. Several at once wait for each other. */
  render(figure: Figure, format: PictureFormat, scale?: number): Promise<Buffer>;
  /** Ends the browser. */
  close(): Promise<void>;
}

/** What is used of Playwright. Its own types, 2 MB, would be read by every kernel. */
interface Playwright {
  readonly chromium: {
    launch(options: {
      executablePath: string;
      args: string[];
      handleSIGINT: boolean;
      handleSIGTERM: boolean;
    }): Promise<PlaywrightBrowser>;
  };
}
interface PlaywrightBrowser {
  newPage(): Promise<PlaywrightPage>;
  close(): Promise<void>;
}
interface PlaywrightPage {
  route(url: string, handler: (route: { abort(): Promise<void> }) => Promise<void>): Promise<unknown>;
  setContent(html: string): Promise<void>;
  addScriptTag(script: { content: string }): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
}

/** Only pictures need it, and it takes 0.5 s to load. */
function loadPlaywright(): Playwright {
  return createRequire(__filename)('playwright-core') as Playwright;
}

/**
 * Starts the system's Chromium with the project's own Plotly, without network, to draw many figures. About 2 s; each figure after that
 * some 0.3 s. Close it when done.
 *
 * @throws If there is no browser; it says how to install one.
 * @example
 * // needs Chromium
 * const from = { title: 'A line', scale: 'smoke', data: 'a formula', real: true, seeds: [], samples: 2 };
 * const line = (k: number) => [0, 1].map((x) => ({ series: 'line', x, y: k * x }));
 * const [renderer, x, y] = [await openRenderer(), { label: 'x' }, { label: 'y' }];
 * for (const k of [1, 2]) await exportFigure(lineChart({ ...from, rows: line(k), x, y }), `data/figures/${k}.png`, renderer);
 * await renderer.close();
 */
export async function openRenderer(): Promise<FigureRenderer> {
  const executablePath = findBrowser();
  const { chromium } = loadPlaywright();
  const browser = await chromium.launch({
    executablePath,
    args: ['--disable-gpu'],
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  try {
    const page = await browser.newPage();
    await page.route('**/*', (route) => route.abort());
    await page.setContent('<!doctype html><html><body><div id="figure"></div></body></html>');
    await page.addScriptTag({ content: plotlySource() });
    const draw: FigureRenderer['render'] = async (figure, format, scale = 2) => {
      const { width, height } = figure.layout;
      const options = JSON.stringify({ format, width, height, scale: format === 'png' ? scale : 1 });
      const uri = (await page.evaluate(
        `Plotly.newPlot('figure', ${JSON.stringify(figure.data)}, ${JSON.stringify(figure.layout)}, { staticPlot: true })
             .then(() => Plotly.toImage('figure', ${options}))`,
      )) as string;
      const comma = uri.indexOf(',');
      if (format === 'svg') return Buffer.from(decodeURIComponent(uri.slice(comma + 1)));
      return smaller(Buffer.from(uri.slice(comma + 1), 'base64'), figure);
    };
    // The page has room for one.
    let last: Promise<unknown> = Promise.resolve();
    return {
      render: (...asked) => {
        const drawn = last.then(() => draw(...asked));
        last = drawn.catch(() => undefined);
        return drawn;
      },
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Fewer bytes for a committed picture: 256 colours are enough for lines and text, but not for photographs. */
function smaller(png: Buffer, figure: Figure): Promise<Buffer> {
  const photographs = figure.data.some((trace) => trace.type === 'image');
  return sharp(png)
    .png(photographs ? { compressionLevel: 9 } : { compressionLevel: 9, palette: true, dither: 0 })
    .toBuffer();
}

/** The figure as a <div> and the <script> that draws it, for a page that holds `plotlySource()`. `id` must be unique there. */
export function figureHtml(figure: Figure, id: string): string {
  const json = JSON.stringify({
    data: figure.data,
    layout: figure.layout,
    frames: figure.frames ?? [],
    config: figureConfig,
  });
  return `<div id="${id}"></div>\n<script>Plotly.newPlot(${JSON.stringify(id)}, ${json.replaceAll('<', '\\u003c')});</script>`;
}

/** Plotly's configuration wherever a figure is shown: no logo, nothing sent anywhere. */
export const figureConfig = { displaylogo: false, responsive: false } as const;

/**
 * Writes the figure to `path`; its ending says how: .png (twice the figure's size), .svg, or .html (interactive, complete in
 * itself, 5 MB because Plotly is in it). The folder is made if missing; a file that stands there is replaced only by a whole one.
 *
 * @param renderer What `openRenderer` gave, to save time for many figures. Default: one browser opened for this figure.
 * @throws If the path has another ending, there is no browser (of .png and .svg), or it cannot draw the figure.
 * @example
 * // needs Chromium
 * const from = { title: 'A line', scale: 'smoke', data: 'a formula', real: true, seeds: [], samples: 2 };
 * const rows = [0, 1].map((x) => ({ series: 'x²', x, y: x * x }));
 * await exportFigure(lineChart({ ...from, rows, x: { label: 'x' }, y: { label: 'y' } }), 'data/figures/line.png');
 */
export async function exportFigure(figure: Figure, path: string, renderer?: FigureRenderer): Promise<void> {
  const format = extname(path).slice(1).toLowerCase();
  if (format !== 'png' && format !== 'svg' && format !== 'html') {
    throw new Error(`exportFigure: expected a path ending in .png, .svg or .html, got ${path}`);
  }
  if (format === 'html') return writeWhole(path, await standalonePage(figure));
  const own = renderer ?? (await openRenderer());
  try {
    await writeWhole(path, await own.render(figure, format));
  } finally {
    if (!renderer) await own.close();
  }
}

async function standalonePage(figure: Figure): Promise<string> {
  const { title = 'Figure' } = (figure.layout.meta ?? {}) as { title?: string };
  const escaped = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped}</title>
<script>${plotlySource()}</script></head>
<body>${figureHtml(figure, 'figure')}</body></html>
`;
}
