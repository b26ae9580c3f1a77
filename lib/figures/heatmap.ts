import { plotlyAxis } from './axis';
import { type Figure, type Frame, rounded, roundedAll, type Trace } from './figure';
import type { Provenance } from './provenance';
import { nonEmpty } from './rows';
import { slider, sliderHeight } from './slider';
import { colorBar, divergingScale, pageLayout, sequentialScale, withMarks } from './theme';

/** values[row][column]; row 0 is drawn on top, as a matrix is written. null: an empty cell. */
type Matrix = readonly ArrayLike<number | null>[];

/** One of several matrices that a slider chooses among. */
export interface HeatmapFrame {
  /** What stands under the slider, such as a step; each frame's must be another. */
  readonly name: string;
  /** The matrix that is shown there. */
  readonly values: Matrix;
}

/** What one matrix and several have in common. */
interface HeatmapBase extends Provenance {
  /** What the columns are. */
  readonly xLabel: string;
  /** What the rows are. */
  readonly yLabel: string;
  /** What a value measures, written at the colour bar. */
  readonly valueLabel: string;
  /** A name for each column and row; default: their numbers, from 0. */
  readonly columns?: readonly string[];
  /** A name for each row; default: their numbers, from 0. */
  readonly rows?: readonly string[];
  /** Diverging colours around this value, e.g. 0 for covariances. Default: sequential, dark to light. */
  readonly center?: number;
  /** Colours span [from, to]; default: the values' own range (symmetric around `center`). */
  readonly range?: readonly [number, number];
  /** Writes each value into its cell; default true up to 100 cells. */
  readonly writeValues?: boolean;
}

export type HeatmapOptions = HeatmapBase &
  (
    | {
        /** One matrix. */
        readonly values: Matrix;
      }
    | {
        /** Matrices of one size with one range of colours, chosen by a slider; the last is shown first, and exported. */
        readonly frames: readonly HeatmapFrame[];
        /** What the frames' names count, written before the slider's, such as 'step'. */
        readonly frameLabel: string;
      }
  );

/** The smallest and largest value; throws on a matrix of another size than the first given or a value that is not finite. */
function extent(matrices: readonly Matrix[]): [number, number] {
  const [height, width] = [matrices[0]!.length, matrices[0]![0]!.length];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of matrices) {
    if (values.length !== height) {
      throw new Error(`heatmap: expected ${height} rows in every frame as in the last, got ${values.length}`);
    }
    values.forEach((row, i) => {
      if (row.length !== width)
        throw new Error(`heatmap: expected ${width} values in row ${i} as in row 0, got ${row.length}`);
      for (let j = 0; j < width; j++) {
        const value = row[j]!;
        if (value === null) continue;
        if (!Number.isFinite(value))
          throw new Error(`heatmap: expected a finite number or null at [${i}][${j}], got ${value}`);
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    });
  }
  return [low, high];
}

/**
 * A matrix as colours: square cells where both axes count the same number of cells; or several, with a slider.
 * Throws on an empty or ragged matrix, on frames of different sizes or of one name, on a value that is not finite, and on names that do not
 * match its size.
 *
 * @example
 * const from = { title: 'A covariance', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 2 };
 * const labels = { xLabel: 'dimension', yLabel: 'dimension', valueLabel: 'covariance' };
 * const figure = heatmap({ ...from, ...labels, values: [[1, 0.3], [0.3, 1]], center: 0 });
 * figure.data[0]!.type; // 'heatmap'
 */
export function heatmap(options: HeatmapOptions): Figure {
  const { xLabel, yLabel, valueLabel, center } = options;
  const frames = 'frames' in options ? options.frames : [{ name: '', values: options.values }];
  nonEmpty('heatmap', frames);
  const values = frames[frames.length - 1]!.values;
  nonEmpty('heatmap', values);
  nonEmpty('heatmap: row 0', values[0]!);
  const [height, width] = [values.length, values[0]!.length];
  if (new Set(frames.map(({ name }) => name)).size < frames.length) {
    throw new Error('heatmap: expected frames of different names, got two of one');
  }
  let [low, high] = extent([values, ...frames.map((frame) => frame.values)]);
  for (const [field, names, count] of [
    ['columns', options.columns, width],
    ['rows', options.rows, height],
  ] as const) {
    if (names && names.length !== count)
      throw new Error(`heatmap: expected ${count} names in ${field}, got ${names.length}`);
  }
  if (low > high) throw new Error('heatmap: expected at least one value that is not null');
  if (center !== undefined) {
    const reach = Math.max(high - center, center - low) || 1;
    [low, high] = [center - reach, center + reach];
  }
  [low, high] = options.range ?? [low, high];
  const write = options.writeValues ?? width * height <= 100;
  const square = width === height;
  const axis = (label: string, names?: readonly string[]) => ({
    ...plotlyAxis({ label }),
    showgrid: false,
    ticks: '',
    ...(names ? { type: 'category' } : {}),
  });
  const leftNames = Math.max(0, ...(options.rows ?? []).map((name) => name.length));
  const longNames = Math.max(0, ...(options.columns ?? []).map((name) => name.length)) * width > 75;
  const ownBelow = longNames ? 62 + Math.round(4.6 * Math.max(...options.columns!.map((name) => name.length))) : 62;
  const left = Math.max(84, 46 + Math.round(leftNames * 7));
  const plotHeight = square ? 420 : Math.min(480, Math.max(180, 40 * height));
  const right = square ? 800 - left - plotHeight : 110;
  const { colorbar, annotation } = colorBar(valueLabel);
  const sliding = 'frames' in options;
  const page = pageLayout(options, { plotHeight, left, right, below: ownBelow + (sliding ? sliderHeight : 0) });
  const trace = (matrix: Matrix): Trace => ({
    type: 'heatmap',
    z: matrix.map((row) => roundedAll(row, 4)),
  });
  const names = frames.map(({ name }) => name);
  return {
    data: [
      {
        ...trace(values),
        name: valueLabel,
        ...(options.columns ? { x: options.columns } : {}),
        ...(options.rows ? { y: options.rows } : {}),
        zmin: rounded(low),
        zmax: rounded(high),
        colorscale: center === undefined ? sequentialScale : divergingScale,
        colorbar,
        xgap: write ? 1 : 0,
        ygap: write ? 1 : 0,
        ...(write ? { texttemplate: '%{z:.3~g}', textfont: { size: 12 } } : {}),
      },
    ],
    layout: {
      ...withMarks(page, [annotation]),
      xaxis: axis(xLabel, options.columns),
      yaxis: { ...axis(yLabel, options.rows), autorange: 'reversed' },
      ...(sliding ? { sliders: [slider(options.frameLabel, names, { below: ownBelow })] } : {}),
    },
    ...(sliding ? { frames: frames.map((frame): Frame => ({ name: frame.name, data: [trace(frame.values)] })) } : {}),
  };
}
