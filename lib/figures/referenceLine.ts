import { type PlotlyValue, rounded } from './figure';
import { wrapText } from './provenance';
import { ink } from './theme';

/** A dashed line across the plot at a value of one axis. */
export interface ReferenceLine {
  /** Where: exactly one of x (a vertical line) and y (a horizontal one), in the data's units. */
  readonly x?: number;
  /** A horizontal line's place, if it is none of x. */
  readonly y?: number;
  /** Written outside the plot at the line's end, so that it covers no data. */
  readonly label: string;
}

/** Shapes and labels of reference lines, and the room in pixels that the labels need outside the plot. */
export interface ReferenceMarks {
  readonly annotations: readonly PlotlyValue[];
  readonly shapes: readonly PlotlyValue[];
  /** Pixels above the plot and right of it. */
  readonly above: number;
  readonly right: number;
}

const level = 17; // pixels a label takes above the plot
const columns = 18; // characters of a label right of it

/** Dash and colour of every reference line. */
export const referenceStyle = { color: ink.reference, width: 1.5, dash: '6px,4px' } as const;

/** Lines and labels; `xLog` and `yLog` tell which axes are logarithmic. Vertical lines' labels stand on a level each. */
export function referenceMarks(
  lines: readonly ReferenceLine[],
  { xLog = false, yLog = false }: { readonly xLog?: boolean; readonly yLog?: boolean } = {},
): ReferenceMarks {
  const annotations: PlotlyValue[] = [];
  const shapes: PlotlyValue[] = [];
  let [above, right] = [0, 0];
  for (const { x, y, label } of lines) {
    if ((x === undefined) === (y === undefined)) {
      throw new Error(`referenceMarks: expected exactly one of x and y for the line "${label}", got x ${x} and y ${y}`);
    }
    const text = { showarrow: false, borderpad: 0, font: { size: 12, color: ink.reference } };
    const line = { type: 'line', line: referenceStyle };
    if (x !== undefined) {
      const { at, place } = position(label, x, xLog);
      shapes.push({ ...line, xref: 'x', yref: 'paper', x0: at, x1: at, y0: 0, y1: 1 });
      annotations.push({
        ...text,
        text: label,
        xref: 'x',
        x: place,
        yref: 'paper',
        y: 1,
        yanchor: 'bottom',
        yshift: above,
      });
      above += level;
    } else {
      const { at, place } = position(label, y!, yLog);
      const wrapped = wrapText(label, columns);
      shapes.push({ ...line, xref: 'paper', yref: 'y', x0: 0, x1: 1, y0: at, y1: at });
      annotations.push({
        ...text,
        text: wrapped.join('<br>'),
        align: 'left',
        xref: 'paper',
        x: 1,
        xanchor: 'left',
        xshift: 4,
        yref: 'y',
        y: place,
        yanchor: 'middle',
      });
      right = Math.max(right, 12 + Math.round(6.6 * Math.max(...wrapped.map((part) => part.length))));
    }
  }
  return { annotations, shapes, above, right };
}

/** The place for a shape (the value) and for an annotation, which Plotly wants as a power of ten on a log axis. */
function position(label: string, value: number, log: boolean): { at: number; place: number } {
  if (!Number.isFinite(value) || (log && value <= 0)) {
    throw new Error(
      `referenceMarks: expected a ${log ? 'positive' : 'finite'} value for the line "${label}", got ${value}`,
    );
  }
  return { at: rounded(value)!, place: rounded(log ? Math.log10(value) : value)! };
}
