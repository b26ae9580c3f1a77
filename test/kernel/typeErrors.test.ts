import { join } from 'node:path';
import type * as TypeScript from '@tslab/typescript-for-tslab';
import { beforeAll, expect, test, vi } from 'vitest';
import { readableError } from '../../lib/kernel/typeErrors.cjs';
import { cellProgram, root, ts } from './cellProgram';

vi.setConfig({ hookTimeout: 120_000 });

const IMPORTS = `
  import { vicreg } from './lib/objectives/vicreg';
  import { projector } from './lib/models/projector';
  import { load } from './lib/datasets/load';
  import { key, normal } from './lib/engine/random';
  import { tf } from './lib/engine/tensorflow';
  import { logDet } from './lib/information/logDet';
  interface Axis { label: string; log?: boolean }
  interface Chart { title: string; rows: readonly { x: number; y: number }[]; axis: Axis; scale?: 'smoke' | 'quick' }
  declare function draw(chart: Chart, ...more: Chart[]): void;
  declare function fit(loss: (z: tf.Tensor2D) => tf.Scalar): number;
  declare function read(path: string): string;
  declare function read(path: string, bytes: true): Uint8Array;
  declare function paint(x: number, name: string): void;
  declare function paint(name: string, x: number): void;`;

/** What users write wrong, and what they are told: all written by hand. */
const said: [string, ...string[]][] = [
  ['logDet(5)', "logDet: argument 'z' should be Tensor, not 5; tf.tensor(…) makes one."],
  ['logDet([[1, 2], [3, 4]])', "logDet: argument 'z' should be Tensor, not number[][]; tf.tensor(…) makes one."],
  ['const z: tf.Tensor2D = 5', 'z should be Tensor2D, not 5; tf.tensor2d(…) makes one.'],
  ['const z: tf.Tensor2D = tf.tensor1d([1])', 'z should be Tensor2D, not Tensor1D.'],
  ['normal(1, [2])', "normal: argument 'k' should be Key, not 1; key(seed) makes one."],
  ['normal(key(1), 5)', "normal: argument 'shape' should be readonly number[], not 5; put it in [ ]."],
  ['normal(key(1))', 'normal(k, shape, mean?, std?) takes 2 to 4 arguments, got 1.'],
  [
    'const both = [1, 2]; paint(...both)',
    'A spread argument must either have a tuple type or be passed to a rest parameter.',
  ],
  ['draw()', 'draw(chart, ...more) takes at least 1 argument, got 0.'],
  [
    'vicreg({ lambda: 1 })',
    "vicreg: VicregOptions has no option 'lambda'; it has invariance, variance, covariance, epsilon and varianceConvention.",
  ],
  ['vicreg({ invarience: 1 })', "vicreg: VicregOptions has no option 'invarience'; did you mean 'invariance'?"],
  ['vicreg(25)', 'vicreg: argument 1 should be VicregOptions, not 25.'],
  ["vicreg({ epsilon: '1e-4' })", "vicreg: option 'epsilon' should be number, not '1e-4'."],
  [
    "const options = { epsilon: 'small' }; vicreg(options)",
    'vicreg: argument 1 should be VicregOptions, not { epsilon: string; }: its epsilon should be number, not string.',
  ],
  [
    'projector({ inputSize: 8, sizes: 512 })',
    "projector: option 'sizes' should be readonly number[], not 512; put it in [ ].",
  ],
  ["load('cifar10', { split: 'training' })", "load: option 'split' should be 'train' or 'test', not 'training'."],
  ["draw({ title: 'a', rows: [] })", "draw: Chart: 'axis' is missing."],
  ['draw({ rows: [] })', "draw: Chart: 'title' and 'axis' are missing."],
  ["draw({ title: 'a', rows: [], axis: {} })", "draw: Axis (option 'axis'): 'label' is missing."],
  ["draw({ title: 'a', rows: [], axis: { label: 5 } })", "draw: option 'axis.label' should be string, not 5."],
  [
    "draw({ title: 'a', rows: [{ x: 1, y: 2 }, { x: 1, y: '2' }], axis: { label: 'a' } })",
    "draw: option 'rows[1].y' should be number, not '2'.",
  ],
  [
    "draw({ title: 'a', rows: [1, 2].map((x) => ({ x })), axis: { label: 'a' } })",
    "draw: option 'rows' should be readonly { x: number; y: number; }[], not { x: number; }[]: 'y' is missing.",
  ],
  [
    "draw({ title: 'a', rows: [], axis: { label: 'a' }, scale: 'qick' })",
    "draw: option 'scale' should be 'smoke' or 'quick', not 'qick'; did you mean 'quick'?",
  ],
  ['fit((z) => z)', 'fit: what the function returns should be Scalar, not Tensor2D.'],
  ['fit((z) => { return z; })', 'fit: what the function returns should be Scalar, not Tensor2D.'],
  ['read(5)', "read: argument 'path' should be string, not 5."],
  ["read('a', false)", "read: argument 'bytes' should be true, not false."],
  ['paint(1, 2)', 'paint: takes (x: number, name: string) or (name: string, x: number), not (1, 2).'],
  [
    "const image: { label: number } = load('cifar10')",
    "image should be { label: number; }, not Promise<Dataset>: 'label' is missing.",
  ],
  [
    "const data: Awaited<ReturnType<typeof load>> = load('cifar10')",
    'data should be Dataset, not Promise<Dataset>; await it.',
  ],
  ['tf.ones([2]) * 2', "tensors have no operator '*'; write tf.mul(tf.ones([2]), 2)."],
  ['const s = logDet(tf.ones([2, 2])); s + 1', "tensors have no operator '+'; write tf.add(s, 1)."],
  ['[1].mapp()', "number[] has no 'mapp'; did you mean 'map'?"],
  ['const chart = {} as Axis; chart.range', "Axis has no 'range'; it has label and log."],
  ['const { range } = {} as Axis', "Axis has no 'range'; it has label and log."],
  ['vicrg()', "there is no 'vicrg' here; did you mean 'vicreg'?"],
  ['byol()', "'byol' is not imported: import { byol } from './lib/index';"],
  ['tensorOfTheDay', "there is no 'tensorOfTheDay' here; does the cell that makes it still have to run?"],
  [
    "import { vicre } from './lib/objectives/vicreg'",
    "'./lib/objectives/vicreg' has no 'vicre'; did you mean 'vicreg'?",
  ],
  [
    "import { x } from '../lib/index'",
    "there is no '../lib/index'; a cell imports from './lib/index', wherever its notebook is.",
  ],
  [
    "import { x } from './lib/engine/rnadom'",
    "there is no file './lib/engine/rnadom'; did you mean './lib/engine/random'?",
  ],
  ["import x from 'fss'", "there is no package 'fss' in node_modules; npm install puts one there."],
  ['let maybe: { a?: { b: number } } = {}; maybe.a.b', "'maybe.a' is possibly 'undefined'."],
  ['const half: string = vicreg', 'half should be string, not a function ({…}) => ….'],
  ["const n: number = 'one', m: string = 1", "n should be number, not 'one'.", 'm should be string, not 1.'],
];

let program: TypeScript.Program;
const path = (i: number) => join(root, `__cell${i}__.ts`);

beforeAll(() => {
  const files = new Map(
    said.map(([cell], i) => [path(i), `${cell.startsWith('import') ? '' : IMPORTS}\nexport {};\n${cell};`]),
  );
  program = cellProgram(files);
});

test.each(said.map(([cell, ...lines], i) => ({ cell, lines, i })))('$cell', ({ lines, i }) => {
  const file = program.getSourceFile(path(i));
  const found = program.getSemanticDiagnostics(file).map((one) => readableError(ts, program, root, one));
  expect(found).toEqual(lines);
});
