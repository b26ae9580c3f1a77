import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, type NotebookPage, startLab } from './lab';

const name = `browser-test-${process.pid}`;

const cells = {
  figure: `import { load, lineChart, show, imageGrid } from './lib/index';
import { answer } from './data/${name}/answer';
const images = await load('shapes', { split: 'test' });
show(lineChart({ title: 'A line', scale: 'smoke', data: images.source, real: false, seeds: [], samples: 3,
  rows: [1, 2, 3].map((x) => ({ series: 'squares', x, y: x * x })), x: { label: 'x' }, y: { label: 'x squared' } }));
console.log('the answer is ' + answer());`,
  answer: `console.log('now it is ' + answer());`,
  training: `import { dense, flatten, projector, sequential, subset, trainLive, vicreg } from './lib/index';
const encoder = sequential('encoder', [32, 32, 3], { flatten: flatten(), features: dense({ units: 64 }) });
const networks = { encoder, projector: projector({ inputSize: 64, sizes: [64, 64] }) };
const some = subset(images, [...Array(512).keys()]);
await trainLive({ name: '${name}', dataset: some, networks, objective: vicreg(), epochs: 100000, batchSize: 64 });`,
  after: `console.log('the kernel lives: ' + (6 * 7));`,
};

let lab: Lab;
let notebook: NotebookPage;
beforeAll(async () => {
  lab = await startLab(name, { 'stepping.ipynb': cells });
  write(41);
  notebook = await lab.open('stepping.ipynb');
}, 300_000);
afterAll(() => lab?.stop(), 60_000);

const write = (answer: number) =>
  writeFileSync(join(lab.folder, 'answer.ts'), `export const answer = () => ${answer};\n`);

test('the first cell draws its figure and prints', { timeout: 120_000 }, async () => {
  await notebook.runCell(0);
  await notebook.outputs(0).getByText('the answer is 41').waitFor({ timeout: 90_000 });
  const plot = notebook.outputs(0).locator('.js-plotly-plot .main-svg').first();
  await plot.waitFor({ timeout: 30_000 });
  expect((await plot.boundingBox())!.width).toBeGreaterThan(400);
  // Drawn, not just there: the line has a path, and the axis its title.
  expect(await notebook.outputs(0).locator('.scatterlayer path.js-line').first().getAttribute('d')).toMatch(/^M.+L/);
  await notebook.outputs(0).getByText('x squared').first().waitFor();
  await notebook.picture('figure');
});

test('an edit of a library file is seen by the next run of a cell', { timeout: 60_000 }, async () => {
  await notebook.runCell(1);
  await notebook.outputs(1).getByText('now it is 41').waitFor({ timeout: 20_000 });
  write(42);
  await notebook.runCell(0);
  await notebook.outputs(0).getByText('the answer is 42').waitFor({ timeout: 30_000 });
});

// Once more if another process took the machine at that moment: the 3 s are the user's, so they are measured.
test('an interrupt stops a running training within 3 s, and the kernel lives', {
  timeout: 180_000,
  retry: 1,
}, async () => {
  await notebook.runCell(2);
  await notebook
    .outputs(2)
    .getByText(/images\/s/)
    .first()
    .waitFor({ timeout: 90_000 });
  await notebook.picture('training');
  const start = Date.now();
  await notebook.interrupt();
  await notebook
    .outputs(2)
    .getByText(/Interrupted/)
    .first()
    .waitFor({ timeout: 10_000 });
  const stopped = (Date.now() - start) / 1000;
  await notebook.runCell(3);
  await notebook.outputs(3).getByText('the kernel lives: 42').waitFor({ timeout: 10_000 });
  const alive = (Date.now() - start) / 1000;
  await notebook.picture('interrupted');
  expect(stopped).toBeLessThan(3);
  // The training really has stopped: its history no longer grows.
  const text = () => notebook.outputs(2).innerText();
  const before = await text();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await text()).toBe(before);
  expect(alive).toBeLessThan(10);
});

test('the server listens on loopback only and keeps its token', async () => {
  const { origin, port } = new URL(notebook.page.url());
  const refused = await fetch(`${origin}/api/contents`);
  expect(refused.status).toBe(403);
  if (!existsSync('/proc/net/tcp')) return; // Linux tells who listens where
  const suffix = `:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`;
  const listening = ['/proc/net/tcp', '/proc/net/tcp6']
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === '0A');
  expect(listening.map(([, local]) => local)).toEqual([`0100007F${suffix}`]);
});
