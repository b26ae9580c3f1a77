import sharp from 'sharp';
import { expect, test } from 'vitest';
import { batch } from '../../lib/datasets/dataset';
import { subset } from '../../lib/datasets/subset';
import { foldIn, key, permutation, split } from '../../lib/engine/random';
import type { Figure } from '../../lib/figures/figure';
import { recipes, twoViews } from '../../lib/views/recipe';
import { viewsFigure } from '../../lib/workbook/viewsFigure';
import { expectNoLeak } from '../matchers';
import { coloredNoise } from '../training/smallRun';

const dataset = coloredNoise(20, 8);

/** The red, green and blue bytes of the figure's sheet, and its width. */
async function sheet(figure: Figure) {
  const source = figure.data[0]!.source as string;
  const { data, info } = await sharp(Buffer.from(source.split(',')[1]!, 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, ...info };
}

test('shows originals beside their views, a row an image', async () => {
  const figure = await expectNoLeak(() =>
    viewsFigure({ dataset, recipe: recipes.asymmetric, count: 3, views: 4, seed: 5 }),
  );
  const [orderKey, viewKey] = split(key(5));
  const indices = permutation(orderKey!, 20).slice(0, 3);
  const images = batch(dataset, indices);
  const shown = [images, ...[0, 1].flatMap((i) => twoViews(recipes.asymmetric, foldIn(viewKey!, i), images))];
  const { data, width, height } = await sheet(figure);
  const [strideX, strideY] = [width / 5, height / 3];
  for (const [column, own] of shown.entries()) {
    const values = own.arraySync();
    for (let row = 0; row < 3; row++) {
      for (const [y, x] of [
        [0, 0],
        [3, 5],
        [7, 7],
      ] as const) {
        const at = 3 * ((row * strideY + y) * width + column * strideX + x);
        expect([...data.subarray(at, at + 3)]).toEqual(values[row]![y]![x]!.map((value) => Math.round(255 * value)));
      }
    }
  }
  const texts = (figure.layout.annotations as { text: string }[]).map(({ text }) => text);
  expect(texts.filter((text) => /^(original|view)/.test(text)).slice(0, 5)).toEqual([
    ...['original', 'view a', 'view b', 'view a', 'view b'],
  ]);
  const classes = Array.from(indices, (index) => dataset.classNames[dataset.labels[index]!]);
  expect(texts).toEqual(expect.arrayContaining(classes));
  expect(figure.layout.meta).toMatchObject({ real: false });
  const layout = JSON.stringify(figure.layout);
  expect(layout).toContain('seed 5');
  expect(layout).toContain('asymmetric.yaml');
});

test('is the same for the same seed, another for another, and takes the defaults', async () => {
  const source = async (seed: number) => (await viewsFigure({ dataset, seed })).data[0]!.source;
  expect(await source(1)).toBe(await source(1));
  expect(await source(1)).not.toBe(await source(2));
});

test('refuses what it cannot show', async () => {
  await expect(viewsFigure({ dataset: subset(dataset, [0, 1]), count: 3 })).rejects.toThrow(
    /expected count to be a whole number from 1 to 2, got 3/,
  );
  await expect(viewsFigure({ dataset, views: 0 })).rejects.toThrow(/expected views .* from 1 to 16, got 0/);
  const [view] = recipes.vicreg.views;
  const small = { ...view, crop: { ...view.crop, size: [4, 4] as const } };
  await expect(viewsFigure({ dataset, recipe: { ...recipes.vicreg, views: [small, small] } })).rejects.toThrow(
    /views of the images' own size, 8 × 8, got 4 × 4 by the recipe vicreg/,
  );
});
