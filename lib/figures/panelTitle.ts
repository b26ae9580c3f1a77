import { type PlotlyValue, rounded } from './figure';
import { fontSize, ink } from './theme';

/** Where a panel lies, as Plotly's axes have it: shares of the plot's width and height. */
export interface PanelDomain {
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
}

/** A line or more over a panel, from its left edge on. */
export function panelTitle(text: string, { x, y }: PanelDomain): PlotlyValue {
  return {
    ...{ text, showarrow: false, align: 'left', borderpad: 0, yshift: 3 },
    ...{ xref: 'paper', x: rounded(x[0]!), xanchor: 'left' },
    ...{ yref: 'paper', y: rounded(y[1]!), yanchor: 'bottom' },
    font: { size: fontSize.subtitle, color: ink.text },
  };
}
