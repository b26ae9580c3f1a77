import type { PlotlyValue } from './figure';
import { fontSize, ink } from './theme';

/** Pixels that a slider takes below the plot and its axis. */
export const sliderHeight = 82;

export interface SliderOptions {
  /** Pixels below the plot that belong to the axis. */
  readonly below: number;
  /** Pixels left of the slider, for a button. Default 0. */
  readonly left?: number;
  /** Place of the name that it stands on at first. Default: the last. */
  readonly active?: number;
}

/** A slider under the plot that chooses among a figure's frames by name. `label` is written before the chosen name. */
export function slider(label: string, names: readonly string[], options: SliderOptions): PlotlyValue {
  const { below, left = 0, active = names.length - 1 } = options;
  return {
    active,
    ...{
      x: 0,
      xanchor: 'left',
      len: 1,
      y: 0,
      yanchor: 'top',
      pad: { t: below - 10, b: 0, ...(left > 0 ? { l: left } : {}) },
    },
    currentvalue: { prefix: `${label} `, xanchor: 'left', font: { size: fontSize.legend, color: ink.text } },
    font: { size: fontSize.tick, color: ink.faint },
    steps: names.map((name) => ({
      ...{ label: name, method: 'animate' },
      args: [[name], { mode: 'immediate', frame: { duration: 0, redraw: true }, transition: { duration: 0 } }],
    })),
  };
}
