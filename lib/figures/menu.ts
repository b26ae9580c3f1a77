import type { PlotlyValue } from './figure';
import { fontSize, ink } from './theme';

/** Pixels above the plot that a menu with its label takes. */
export const menuHeight = 62;

/** A menu above the plot, `left` pixels from its left edge, and what it chooses, written over it. */
export function menu(
  left: number,
  label: string,
  buttons: readonly PlotlyValue[],
): { box: PlotlyValue; label: PlotlyValue } {
  const place = { x: 0, xanchor: 'left', y: 1, yanchor: 'bottom' };
  return {
    box: {
      ...place,
      type: 'dropdown',
      direction: 'down',
      showactive: true,
      pad: { l: left, b: 8 },
      bgcolor: '#FFFFFF',
      bordercolor: ink.faint,
      font: { size: fontSize.tick },
      buttons,
    },
    label: {
      ...place,
      ...{ text: label, showarrow: false, xref: 'paper', yref: 'paper', xshift: left, yshift: 41, borderpad: 0 },
      font: { size: fontSize.subtitle, color: ink.faint },
    },
  };
}
