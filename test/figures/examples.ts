import { animatedScatter } from '../../lib/figures/animatedScatter';
import { densityContour } from '../../lib/figures/densityContour';
import { dial } from '../../lib/figures/dial';
import { dotChart } from '../../lib/figures/dotChart';
import type { Figure } from '../../lib/figures/figure';
import { heatmap } from '../../lib/figures/heatmap';
import { histogramChart } from '../../lib/figures/histogramChart';
import { imageGrid } from '../../lib/figures/imageGrid';
import { lineChart } from '../../lib/figures/lineChart';
import type { Provenance } from '../../lib/figures/provenance';
import { regionsChart } from '../../lib/figures/regionsChart';
import { scatterChart } from '../../lib/figures/scatterChart';
import { selectableLineChart } from '../../lib/figures/selectableLineChart';
import { settingsScatterChart } from '../../lib/figures/settingsScatterChart';
import { smallMultiples } from '../../lib/figures/smallMultiples';
import { sortableTable } from '../../lib/figures/sortableTable';

export const provenance: Provenance = {
  title: 'An example',
  scale: 'smoke',
  data: 'made for this test',
  real: false,
  seeds: [0],
  samples: 12,
};

/** One small figure of each kind and of each of its main options. */
export const examples: Readonly<Record<string, () => Figure | Promise<Figure>>> = {
  lineChart: () =>
    lineChart({
      ...provenance,
      errorBars: 'quartiles',
      rows: [0.001, 0.01, 0.1, 1].flatMap((x) => [
        {
          series: 'trained',
          x,
          y: 0.5 * Math.exp(-40 * x),
          low: 0.3 * Math.exp(-40 * x),
          high: 0.7 * Math.exp(-40 * x),
        },
        { series: 'untrained', x, y: x === 0.1 ? null : 0.5 },
      ]),
      x: { label: 'noise scale σ', log: true },
      y: { label: 'p-value', log: true },
      yFloor: 1e-12,
      references: [
        { y: 0.01, label: 'p = 0.01' },
        { x: 0.05, label: 'scale of the augmentation' },
      ],
    }),
  lineChartBars: () =>
    lineChart({
      ...provenance,
      real: true,
      uncertainty: 'bars',
      rows: [0, 1, 2].map((x) => ({ series: 'entropy', x, y: x * x + 1 / 3, low: x * x, high: x * x + 1 })),
      x: { label: 'epoch', ticks: [0, 1, 2] },
      y: { label: 'entropy (nats)', range: [0, 6] },
    }),
  dial: () =>
    dial({
      label: 'power',
      start: 2,
      settings: [1, 2, 3].map((power) => ({
        value: power,
        figure: lineChart({
          ...provenance,
          rows: [1, 2, 4].map((x) => ({ series: 'x to the power', x, y: x ** power })),
          x: { label: 'x', range: [0, 2 + power] },
          y: { label: 'y', log: true },
          references: [{ y: 2 ** power, label: 'at 2' }],
        }),
      })),
    }),
  histogramOverlay: () =>
    histogramChart({
      ...provenance,
      series: [
        { name: 'narrow', values: [1, 1.1, 1.2, 1.25, 1.9] },
        { name: 'wide', values: [0.5, 1, 2, 3, 4] },
      ],
      binCount: 7,
      x: { label: 'distance' },
      lines: [{ x: 0.9, label: 'noise ball σ√D' }],
    }),
  histogramRidgeline: () =>
    histogramChart({
      ...provenance,
      arrangement: 'ridgeline',
      series: [
        { name: 'pairwise', row: 'digits', bins: { edges: [1, 2, 4], counts: [3, 1] } },
        { name: 'nearest', row: 'digits', bins: { edges: [1, 2, 4], counts: [1, 0] } },
        { name: 'pairwise', row: 'photographs', bins: { edges: [2, 4, 8], counts: [1, 3] } },
      ],
      x: { label: 'distance', log: true },
      lines: [{ x: 1.5, label: 'σ√D', row: 'digits' }],
    }),
  settingsScatterChart: () =>
    settingsScatterChart({
      ...provenance,
      rows: [0, 1, 2, 3, 4].map((i) => ({
        x: i + 1,
        y: i * i,
        yError: 0.5,
        name: `model ${i}`,
        settings: { width: 16 / 2 ** (i % 3), pairs: i % 2 ? 'class' : 'augmentation' },
      })),
      colorBy: 'pairs',
      x: { label: 'bound', log: true },
      y: { label: 'gap' },
    }),
  scatterChart: () =>
    scatterChart({
      ...provenance,
      rows: [
        { series: 'a', x: 0.123456789, y: 1, label: 'first' },
        { series: 'b', x: 2, y: 1.5 },
      ],
      x: { label: 'predicted' },
      y: { label: 'measured' },
      identity: true,
    }),
  heatmap: () =>
    heatmap({
      ...provenance,
      values: [
        [1, -0.25, null],
        [-0.25, 1, 0.123456],
      ],
      rows: ['first', 'second'],
      columns: ['a', 'b', 'c'],
      xLabel: 'column',
      yLabel: 'row',
      valueLabel: 'covariance',
      center: 0,
    }),
  heatmapSlider: () =>
    heatmap({
      ...provenance,
      frames: [0, 0.5, 1].map((r, i) => ({
        name: String(10 ** i),
        values: [
          [1, r],
          [r, 1],
        ],
      })),
      frameLabel: 'step',
      xLabel: 'coordinate',
      yLabel: 'coordinate',
      valueLabel: 'correlation',
      center: 0,
      range: [-1, 1],
      writeValues: false,
    }),
  animatedScatter: () =>
    animatedScatter({
      ...provenance,
      points: [0, 5, 10].flatMap((at) =>
        ['fixed inputs', 'trainable inputs'].flatMap((panel, p) =>
          ['inputs', 'centres'].flatMap((series, s) =>
            [-1, 1].map((side) => ({ panel, series, at, x: side * (1 - (p + s) * 0.04 * at), y: 0.3 * side })),
          ),
        ),
      ),
      quantities: [0, 5, 10].flatMap((at) =>
        ['fixed inputs', 'trainable inputs'].flatMap((panel, p) => [
          {
            panel,
            quantity: 'entropy (nats)',
            at,
            y: 3 - p * 0.1 * at,
            low: 2.9 - p * 0.1 * at,
            high: 3.1 - p * 0.1 * at,
          },
          { panel, quantity: 'log-likelihood (nats)', at, y: p * 0.1 * at },
        ]),
      ),
      x: { label: 'x₁' },
      y: { label: 'x₂' },
      frameLabel: 'step',
    }),
  imageGrid: () =>
    imageGrid({
      ...provenance,
      images: [0, 100, 255].map((grey) => ({ pixels: new Uint8Array(4).fill(grey), caption: `grey ${grey}` })),
      height: 2,
      width: 2,
      channels: 1,
      columns: 2,
      rowNames: ['dark', 'light'],
    }),
  regionsChart: () =>
    regionsChart({
      ...provenance,
      labels: [0, 0, 7, 0, 7, 7, 9, 9, 7],
      rows: 3,
      columns: 3,
      x: { label: 'x₁', range: [0, 3] },
      y: { label: 'x₂', range: [0, 3] },
      points: [{ series: 'training points', x: 1, y: 1 }],
    }),
  densityContour: () =>
    densityContour({
      ...provenance,
      density: [
        [0, 0.2, 1e-9],
        [0.1, 0.9, 0.3],
      ],
      gridX: [0, 1, 2],
      gridY: [0, 1],
      x: { label: 'z₁' },
      y: { label: 'z₂' },
      densityLabel: 'density of the mixture',
      points: [{ series: 'outputs', x: 1, y: 0.5 }],
    }),
  dotChart: () =>
    dotChart({
      ...provenance,
      errorBars: '95 % over seeds',
      rows: ['VICReg', 'SimCLR'].flatMap((category, i) => [
        { category, series: 'linear', value: 0.4 + i / 10, low: 0.35, high: 0.6, trials: [0.38, 0.41, 0.52] },
        { category, series: 'nearest', value: 0.3 + i / 10 },
      ]),
      x: { label: 'accuracy' },
      references: [{ x: 0.33, label: 'untrained' }],
    }),
  smallMultiples: () =>
    smallMultiples({
      ...provenance,
      panels: ['VICReg', 'SimCLR', 'BYOL', 'SwAV'],
      rows: [1, 2, 3].flatMap((x) => [
        { panel: 'VICReg', series: 'invariance', x, y: 1 / x, low: 0.9 / x, high: 1.1 / x },
        { panel: 'VICReg', series: 'variance', x, y: 2 / x },
        { panel: 'SimCLR', series: 'NT-Xent', x, y: 3 / x },
      ]),
      x: { label: 'step' },
      y: { label: 'weighted loss term' },
      sharedY: true,
    }),
  smallMultiplesLegend: () =>
    smallMultiples({
      ...provenance,
      rows: ['RankMe', 'alignment'].flatMap((panel, p) =>
        ['VICReg', 'SimCLR'].flatMap((series, s) =>
          p === 1 && s === 0 ? [] : [0, 1].map((x) => ({ panel, series, x, y: x + s + 10 * p })),
        ),
      ),
      x: { label: 'step' },
      y: { label: 'value' },
      columns: 2,
      legend: 'below',
    }),
  selectableLineChart: () =>
    selectableLineChart({
      ...provenance,
      errorBars: 'one standard error over seeds',
      uncertainty: 'bars',
      menus: ['estimator', 'scale'],
      x: { label: 'step' },
      views: ['PairDist', 'LogDet'].map((name, v) => ({
        name,
        yLabel: `${name} (nats)`,
        rows: ['as they are', 'length 1'].flatMap((variant, s) =>
          ['VICReg', 'SimCLR'].flatMap((series, m) =>
            [0, 8].map((x) => {
              const y = x + 10 * m + 100 * s + 1000 * v;
              return { series, variant, x, y, low: y - 1 - s, high: y + 1 + s };
            }),
          ),
        ),
      })),
    }),
  sortableTable: () =>
    sortableTable({
      ...provenance,
      columns: ['method', 'linear (%)'],
      rows: [
        ['VICReg', 9.5],
        ['SimCLR', 10.25],
        ['BYOL', null],
      ].map(([name, value]) => [
        { text: String(name), value: String(name) },
        { text: value === null ? '' : `${value} ± 1`, value: value as number | null },
      ]),
      sortBy: 'linear (%)',
    }),
};
