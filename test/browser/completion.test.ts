import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, type NotebookPage, startLab } from './lab';

const name = `completion-test-${process.pid}`;
const cells = {
  imports: "import { load, tf, vicreg } from './lib/index';",
  mistake: 'vicreg({ invarience: 1 });',
  thrown: 'const a = tf.ones([2, 3]);\na.matMul(a);',
  million: "for (let i = 0; i < 1_000_000; i++) console.log('line ' + i);",
  name: 'vicr',
  literal: "load('sha",
  options: 'vicreg({ eps',
};
const place = (cell: keyof typeof cells) => Object.keys(cells).indexOf(cell);

let lab: Lab;
let book: NotebookPage;
beforeAll(async () => {
  lab = await startLab(name, { 'completion.ipynb': cells });
  book = await lab.open('completion.ipynb');
}, 300_000);
afterAll(() => lab?.stop(), 60_000);

const editor = (cell: keyof typeof cells) =>
  book.page.locator('.jp-Notebook .jp-CodeCell').nth(place(cell)).locator('.cm-content');

/** Puts the cursor at the end of a cell's line, and presses these keys until `done`: a busy kernel's answer may be too late. */
async function press(cell: keyof typeof cells, keys: string, done: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    await editor(cell).click();
    await book.page.keyboard.press('End');
    await book.page.keyboard.press(keys);
    for (let waited = 0; waited < 4000; waited += 200) {
      if (await done()) return;
      await book.page.waitForTimeout(200);
    }
    await book.page.keyboard.press('Escape');
  }
  await book.picture('not-completed');
  throw new Error(`${keys} does nothing in the cell ${cell}`);
}

test('a new kernel is idle, not unknown, before any cell has run', { timeout: 120_000 }, async () => {
  await book.page.getByText('infossl (TypeScript) | Idle').waitFor({ timeout: 110_000 });
});

test('errors show their message first, then the line of the cell', { timeout: 400_000 }, async () => {
  await book.runCell(place('imports'));
  await book.runCell(place('mistake'));
  const mistake = book.outputs(place('mistake'));
  await mistake.getByText('TypeScriptError').waitFor({ timeout: 360_000 });
  expect((await mistake.innerText()).trimEnd().split('\n')).toEqual([
    "TypeScriptError: vicreg: VicregOptions has no option 'invarience'; did you mean 'invariance'?",
    '  in cell [2], line 1:  vicreg({ invarience: 1 });',
    expect.stringMatching(/^ {33}\^+$/),
  ]);
  await book.runCell(place('thrown'));
  const thrown = book.outputs(place('thrown'));
  await thrown.getByText('TensorFlowError').waitFor({ timeout: 60_000 });
  const lines = (await thrown.innerText()).trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^TensorFlowError: matMul: .*\[2,3\]/),
    '  in cell [3], line 2:  a.matMul(a);',
  ]);
  await book.picture('errors');
});

test('a name, a literal and an option are completed by Tab', { timeout: 120_000 }, async () => {
  for (const [cell, whole] of [
    ['name', 'vicreg'],
    ['literal', "load('shapes"],
    ['options', 'vicreg({ epsilon'],
  ] as const) {
    const popup = book.page.locator('.jp-Completer:visible').first();
    await press(cell, 'Tab', async () => (await popup.isVisible()) || (await editor(cell).innerText()).includes(whole));
    await book.picture(`completion-${cell}`);
    if (await popup.isVisible()) await book.page.keyboard.press('Enter');
    await expect.poll(() => editor(cell).innerText()).toContain(whole);
  }
});

test('Shift+Tab shows the signature and the comment, set in type', { timeout: 60_000 }, async () => {
  const tooltip = book.page.locator('.jp-Tooltip');
  await press('name', 'Shift+Tab', () => tooltip.locator('strong', { hasText: 'Options' }).isVisible());
  await book.picture('hover');
  expect(await tooltip.locator('pre').first().innerText()).toMatch(/^function vicreg\(/);
  expect(await tooltip.locator('li code').first().innerText()).toBe('invariance?: number');
  await book.page.keyboard.press('Escape');
});

test('a cell that prints a million lines leaves the page alive, and says what it left out', {
  timeout: 180_000,
}, async () => {
  await book.runCell(place('million'));
  const output = book.outputs(place('million'));
  await output.getByText('line 999999').waitFor({ timeout: 120_000 });
  await output.getByText('997,900 lines (11.9 million characters) left out').waitFor();
  await book.page.getByText('infossl (TypeScript) | Idle').waitFor({ timeout: 30_000 });
  expect((await output.innerText()).length).toBeLessThan(30_000);
  await book.picture('million');
});
