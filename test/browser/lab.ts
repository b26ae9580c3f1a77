import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { findBrowser } from '../../lib/workbook/browser';
import { freePort } from '../kernel/freePort';
import { removeRuns } from '../training/removeRuns';

const root = join(__dirname, '..', '..');

/** The sources of a notebook's code cells, by their ids. */
export type Cells = Readonly<Record<string, string>>;

/** JupyterLab as `npm start` starts it, on a port and with settings of its own, and Chromium. */
export interface Lab {
  /** Below the project's root, for the kernel imports from there only: `data/<name>`. */
  readonly folder: string;
  readonly process: ChildProcess;
  readonly browser: Browser;
  readonly port: number;
  /** A page with the notebook, once its kernel is connected. */
  open(notebook: string): Promise<NotebookPage>;
  /** Ends the server with this signal, which ends its kernels, and waits for it. */
  stopServer(signal?: NodeJS.Signals): Promise<void>;
  /** Starts the server again, on the same port. */
  startServer(): Promise<void>;
  /** Closes the pages and ends the kernels, and starts a server that has gone: as the first test found it. */
  reset(): Promise<void>;
  /** Ends everything, and removes the folder and the runs whose names begin with `name`. */
  stop(): Promise<void>;
}

/** A notebook in JupyterLab, its cells by their places. */
export interface NotebookPage {
  readonly page: Page;
  /** Runs a cell, and sees that it has begun: a key pressed while JupyterLab still arranges itself goes nowhere. */
  runCell(index: number): Promise<void>;
  outputs(index: number): ReturnType<Page['locator']>;
  interrupt(): Promise<void>;
  /** Saves the notebook's file, by its button. */
  save(): Promise<void>;
  picture(name: string): Promise<unknown>;
}

/** A notebook's file with these code cells. */
export function notebookOf(cells: Cells): string {
  const code = Object.entries(cells).map(([id, source]) => ({
    ...{ cell_type: 'code', id, metadata: {}, source, outputs: [], execution_count: null },
  }));
  const kernelspec = { name: 'infossl', display_name: 'infossl (TypeScript)', language: 'typescript' };
  return JSON.stringify({ cells: code, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}

/**
 * Starts JupyterLab and Chromium with these notebooks in `data/<name>`, each as its cells or as its file's text. Screenshots go to $INFOSSL_SCREENSHOTS, else to a
 * temporary folder.
 */
export async function startLab(name: string, notebooks: Readonly<Record<string, Cells | string>>): Promise<Lab> {
  const folder = join(root, 'data', name);
  const pictures = process.env.INFOSSL_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'infossl-screenshots-'));
  const home = join(folder, 'jupyter');
  const token = randomUUID();
  // First, for a server that were started before a browser that cannot be would be nobody's to end.
  const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox', '--disable-gpu'] });
  mkdirSync(home, { recursive: true });
  for (const [file, cells] of Object.entries(notebooks)) {
    writeFileSync(join(folder, file), typeof cells === 'string' ? cells : notebookOf(cells));
  }
  const port = await freePort();
  const ended = () => server.exitCode !== null || server.signalCode !== null;
  let server = await startServer(port, home, token).catch(async (error) => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    await browser.close();
    throw error;
  });
  const lab: Lab = {
    folder,
    port,
    browser,
    get process() {
      return server;
    },
    async open(notebook) {
      const page = await browser.newPage({ viewport: { width: 1300, height: 1000 } });
      await page.goto(
        `http://127.0.0.1:${port}/lab/workspaces/${notebook.replace(/\W/g, '')}/tree/data/${name}/${notebook}?token=${token}`,
      );
      const { cells } = JSON.parse(readFileSync(join(folder, notebook), 'utf8'));
      await page
        .locator('.jp-Notebook .jp-CodeCell')
        .nth(cells.length - 1)
        .waitFor({ timeout: 60_000 });
      // The status bar: a cell run before the kernel is connected would be lost.
      await page.getByText(/infossl \(TypeScript\) \| Idle/).waitFor({ timeout: 120_000 });
      return notebookPage(page, pictures);
    },
    async stopServer(signal = 'SIGTERM') {
      if (!server.pid || ended()) return;
      const exit = once(server, 'exit');
      process.kill(-server.pid, signal);
      await exit;
    },
    async startServer() {
      server = await startServer(port, home, token);
    },
    async reset() {
      for (const context of browser.contexts()) await context.close();
      if (ended()) return lab.startServer();
      const url = `http://127.0.0.1:${port}/api/sessions`;
      const headers = { Authorization: `token ${token}` };
      const sessions = (await (await fetch(url, { headers })).json()) as { id: string }[];
      await Promise.all(sessions.map(({ id }) => fetch(`${url}/${id}`, { method: 'DELETE', headers })));
    },
    async stop() {
      await browser.close();
      await lab.stopServer();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      removeRuns(name);
    },
  };
  return lab;
}

async function startServer(port: number, home: string, token: string): Promise<ChildProcess> {
  const run = join(root, 'lib', 'setup', 'run.mjs');
  const flags = ['--no-browser', `--port=${port}`, `--IdentityProvider.token=${token}`, '--allow-root'];
  const server = spawn(process.execPath, [run, 'start', ...flags], {
    cwd: root,
    env: {
      ...process.env,
      JUPYTER_CONFIG_DIR: home,
      JUPYTER_DATA_DIR: home,
      JUPYTER_RUNTIME_DIR: home,
      JUPYTERLAB_WORKSPACES_DIR: home,
    },
    detached: true,
  });
  let log = '';
  for (const stream of [server.stdout!, server.stderr!]) stream.on('data', (chunk) => (log += chunk));
  try {
    const ready = () => expect(log).toMatch(/is running at|http:\/\/127\.0\.0\.1/);
    await vi.waitFor(ready, { timeout: 180_000, interval: 200 });
  } catch (error) {
    process.kill(-server.pid!, 'SIGTERM');
    throw error;
  }
  return server;
}

function notebookPage(page: Page, pictures: string): NotebookPage {
  const cell = (index: number) => page.locator('.jp-Notebook .jp-CodeCell').nth(index);
  const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });
  return {
    page,
    picture,
    outputs: (index) => cell(index).locator('.jp-Cell-outputArea'),
    async runCell(index) {
      const prompt = () => cell(index).locator('.jp-InputPrompt').first().innerText();
      const before = await prompt();
      for (let attempt = 0; attempt < 5; attempt++) {
        await cell(index).locator('.cm-content').click();
        await page.keyboard.press('Control+Enter');
        const begun = vi.waitFor(async () => expect(await prompt()).not.toBe(before), { timeout: 4000, interval: 50 });
        if (
          await begun.then(
            () => true,
            () => false,
          )
        )
          return;
      }
      await picture('stuck');
      throw new Error(`cell ${index} does not begin; screenshots are in ${pictures}`);
    },
    async interrupt() {
      await page
        .getByRole('button', { name: /Interrupt/ })
        .first()
        .click();
    },
    async save() {
      await page.locator('[data-jp-item-name="save"] jp-button, [data-jp-item-name="save"] button').first().click();
    },
  };
}
