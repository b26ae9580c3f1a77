import sharp from 'sharp';
import type { Figure, PlotlyValue } from './figure';
import type { Provenance } from './provenance';
import { nonEmpty } from './rows';
import { fontSize, pageLayout, withMarks } from './theme';

/** One picture of the grid. */
export interface GridImage {
  /** [height, width, channels] bytes, row by row; one channel is grey, three are red, green, blue. */
  readonly pixels: ArrayLike<number>;
  /** Written under it. Default: nothing. */
  readonly caption?: string;
}

export interface ImageGridOptions extends Provenance {
  /** The pictures, row by row. */
  readonly images: readonly GridImage[];
  /** Rows of pixels of each picture. */
  readonly height: number;
  /** Columns of pixels of each picture. */
  readonly width: number;
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
  /** Pictures a row; default 8, at most the number of images. */
  readonly columns?: number;
  /** A name at the left of each row of pictures, e.g. the noise's scale. Default: none. */
  readonly rowNames?: readonly string[];
}

const page = { width: 800, right: 16, gap: 8, captionLine: 17, largestCell: 110 };

/**
 * Pictures in rows with captions, all of one size, enlarged without smoothing. They are packed into one PNG (lossless), so
 * that a hundred thumbnails cost a notebook a few hundred kB at most.
 * Throws on an image whose length is not height × width × channels, on a byte outside 0..255, and on 2 or more than 3 channels.
 *
 * @example
 * const data = shapes({ count: 4 });
 * const from = { title: 'Shapes', scale: 'smoke', data: data.source, real: data.real, seeds: [], samples: 4 };
 * const images = [0, 1, 2, 3].map((i) => ({ pixels: data.images.slice(i * 3072, (i + 1) * 3072) }));
 * const figure = await imageGrid({ ...from, images, height: 32, width: 32, channels: 3 });
 * figure.data[0]!.type; // 'image'
 */
export async function imageGrid(options: ImageGridOptions): Promise<Figure> {
  const { images, height, width, channels, rowNames } = options;
  nonEmpty('imageGrid', images);
  if (channels !== 1 && channels !== 3) throw new Error(`imageGrid: expected 1 or 3 channels, got ${channels}`);
  const columns = Math.min(options.columns ?? 8, images.length);
  if (!(Number.isInteger(columns) && columns > 0))
    throw new Error(`imageGrid: expected columns to be positive, got ${columns}`);
  const rows = Math.ceil(images.length / columns);
  if (rowNames && rowNames.length !== rows) {
    throw new Error(`imageGrid: expected ${rows} row names for ${rows} rows of pictures, got ${rowNames.length}`);
  }
  const left = rowNames ? 24 + Math.round(7.2 * Math.max(...rowNames.map((name) => name.length))) : 16;
  const cell = Math.min(page.largestCell, (page.width - left - page.right) / columns - page.gap);
  const scale = cell / width; // screen pixels for one pixel of an image
  const captioned = images.some((image) => image.caption);
  const stride = {
    x: width + Math.max(1, Math.round(page.gap / scale)),
    y: height + Math.max(1, Math.round((page.gap + (captioned ? page.captionLine : 0)) / scale)),
  };
  const sheet = { width: stride.x * columns, height: stride.y * rows };
  const pixels = packed(options, columns, stride, sheet);
  const png = await sharp(pixels, { raw: { ...sheet, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  const plotHeight = Math.round(sheet.height * scale);
  const plotWidth = sheet.width * scale;
  const text = { showarrow: false, xref: 'x', yref: 'y', font: { size: fontSize.tick } };
  const captions: PlotlyValue[] = images.flatMap(({ caption }, i) =>
    caption
      ? [
          {
            ...text,
            text: caption,
            x: (i % columns) * stride.x + width / 2,
            xanchor: 'center',
            y: Math.floor(i / columns) * stride.y + height,
            yanchor: 'top',
            borderpad: 0,
          },
        ]
      : [],
  );
  const names: PlotlyValue[] = (rowNames ?? []).map((name, row) => ({
    ...text,
    text: name,
    x: 0,
    xanchor: 'right',
    xshift: -8,
    y: row * stride.y + height / 2,
    yanchor: 'middle',
  }));
  const hidden = { visible: false, fixedrange: true };
  const layout = pageLayout(options, {
    left,
    right: Math.max(0, Math.round(page.width - left - plotWidth)),
    plotHeight,
    below: 8,
  });
  return {
    data: [
      {
        type: 'image',
        name: `${images.length} images`,
        source: `data:image/png;base64,${png.toString('base64')}`,
        hoverinfo: 'skip',
      },
    ],
    layout: {
      ...withMarks(layout, [...captions, ...names]),
      xaxis: { ...hidden, range: [0, sheet.width] },
      yaxis: { ...hidden, range: [sheet.height, 0] },
    },
  };
}

/** All images on one white sheet of red, green and blue bytes. */
function packed(
  { images, height, width, channels }: ImageGridOptions,
  columns: number,
  stride: { readonly x: number; readonly y: number },
  sheet: { readonly width: number; readonly height: number },
): Uint8Array {
  const out = new Uint8Array(sheet.width * sheet.height * 3).fill(255);
  images.forEach(({ pixels }, index) => {
    if (pixels.length !== height * width * channels) {
      throw new Error(
        `imageGrid: expected ${height} × ${width} × ${channels} = ${height * width * channels} bytes for image ${index}, got ${pixels.length}`,
      );
    }
    const [x0, y0] = [(index % columns) * stride.x, Math.floor(index / columns) * stride.y];
    for (let i = 0; i < height * width; i++) {
      const at = ((y0 + Math.floor(i / width)) * sheet.width + x0 + (i % width)) * 3;
      for (let c = 0; c < 3; c++) {
        const byte = pixels[i * channels + (channels === 1 ? 0 : c)]!;
        if (!(byte >= 0 && byte <= 255)) {
          throw new Error(
            `imageGrid: expected bytes in 0..255 in image ${index}, got ${byte}. Multiply images in [0, 1] by 255`,
          );
        }
        out[at + c] = byte;
      }
    }
  });
  return out;
}
