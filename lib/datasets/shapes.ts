import type { Dataset, Split } from './dataset';
import { makeDataset } from './makeDataset';

const SIDE = 32;
const COUNTS: Readonly<Record<Split, number>> = { train: 10_000, test: 2_000 };
/** Points a pixel along each axis, for smooth edges. */
const SAMPLES = 2;

/** Whether a point is in the shape; the shapes fit in the circle of radius 1, upright. */
type Shape = (x: number, y: number) => boolean;

/** In the regular star of n points, radius 1, whose inner corners lie at `inner`; inner = cos(π/n) makes a regular polygon. */
function inStar(x: number, y: number, n: number, inner: number): boolean {
  const sector = Math.PI / n;
  const angle = Math.abs(((Math.atan2(x, -y) + 7 * Math.PI) % (2 * sector)) - sector);
  const fromTip = n % 2 === 1 ? sector - angle : angle;
  const radius = Math.sqrt(x * x + y * y);
  // The edge runs from the tip (1, 0) to the inner corner, at this angle from the tip.
  const [cx, cy] = [inner * Math.cos(sector), inner * Math.sin(sector)];
  const [px, py] = [radius * Math.cos(fromTip), radius * Math.sin(fromTip)];
  return (cx - 1) * py - cy * (px - 1) >= 0;
}

const SHAPES: readonly (readonly [name: string, shape: Shape])[] = [
  ['disc', (x, y) => x * x + y * y <= 0.8],
  ['ring', (x, y) => x * x + y * y <= 1 && x * x + y * y >= 0.36],
  ['square', (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.7],
  ['triangle', (x, y) => inStar(x, y, 3, 0.5)],
  ['star', (x, y) => inStar(x, y, 5, 0.45)],
  ['cross', (x, y) => Math.min(Math.abs(x), Math.abs(y)) <= 0.28 && Math.max(Math.abs(x), Math.abs(y)) <= 0.95],
  ['bar', (x, y) => Math.abs(x) <= 0.3 && Math.abs(y) <= 0.95],
  ['crescent', (x, y) => x * x + y * y <= 1 && (x - 0.45) * (x - 0.45) + y * y >= 0.55],
  ['half disc', (x, y) => x * x + y * y <= 1 && y >= 0],
  ['two discs', (x, y) => (Math.abs(x) - 0.52) * (Math.abs(x) - 0.52) + y * y <= 0.2],
];

/** The generator of one image: 32-bit counters through the finaliser of MurmurHash3 (Appleby), uniform on [0, 1). */
function uniforms(seed: number, split: Split, index: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(2 * index + (split === 'test' ? 1 : 0), 0x85ebca6b)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0; // stays a small integer for V8, which does not box it
    let h = state;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  };
}

function draw(shape: Shape, random: () => number, image: Uint8Array): void {
  const between = (min: number, max: number) => min + (max - min) * random();
  const colour = () => [between(0, 255), between(0, 255), between(0, 255)];
  const distance = (a: number[], b: number[]) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
  const [near, far] = [colour(), colour()];
  let front = colour();
  // Seen against both ends of the background: at least a fifth of the colour cube's diagonal.
  while (distance(front, near) < 90 || distance(front, far) < 90) front = colour();
  const slope = between(0, 2 * Math.PI);
  const [slopeX, slopeY] = [Math.cos(slope) / SIDE, Math.sin(slope) / SIDE];
  const wave = {
    amplitude: between(0, 20),
    x: between(-0.6, 0.6),
    y: between(-0.6, 0.6),
    phase: between(0, 2 * Math.PI),
  };
  const radius = between(7, 13);
  const [centreX, centreY] = [between(radius, SIDE - radius), between(radius, SIDE - radius)];
  const turn = between(-Math.PI, Math.PI);
  const [cos, sin] = [Math.cos(turn) / radius, Math.sin(turn) / radius];
  const noise = between(0, 20);
  const reach = (radius + 1) ** 2;
  for (let row = 0, to = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      let inside = 0;
      const [fromX, fromY] = [column + 0.5 - centreX, row + 0.5 - centreY];
      const close = fromX * fromX + fromY * fromY < reach;
      for (let s = 0; close && s < SAMPLES * SAMPLES; s++) {
        const dx = column + ((s % SAMPLES) + 0.5) / SAMPLES - centreX;
        const dy = row + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES - centreY;
        if (shape(cos * dx + sin * dy, cos * dy - sin * dx)) inside++;
      }
      const cover = inside / (SAMPLES * SAMPLES);
      const mix = 0.5 + slopeX * (column - SIDE / 2) + slopeY * (row - SIDE / 2);
      const ripple = wave.amplitude * Math.sin(wave.x * column + wave.y * row + wave.phase);
      for (let c = 0; c < 3; c++) {
        const back = near[c]! * (1 - mix) + far[c]! * mix + ripple;
        const value = cover * front[c]! + (1 - cover) * back + noise * (2 * random() - 1);
        image[to++] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
}

export interface ShapesOptions {
  /** Default 'train'; the two splits have no image in common. */
  readonly split?: Split;
  /** Number of images; default 10,000 for train, 2,000 for test. The first images are the same for any count. */
  readonly count?: number;
  /** A whole number; default 0. */
  readonly seed?: number;
}

/**
 * The embedded data set: labelled 32×32 colour images of ten shapes, made by code, the same on every machine. Colour, place,
 * size, rotation, background (gradient and waves) and noise vary, so colour or brightness alone does not tell the class;
 * image i has class i mod 10. No stand-in for photographs: `real` is false, and `source` says so.
 *
 * @throws If count is not a whole number of at least 1.
 * @example
 * const data = shapes({ count: 12 });
 * data.labels; // [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
 * batch(data, [0]).mean(); // 0.4289
 */
export function shapes({ split = 'train', count = COUNTS[split], seed = 0 }: ShapesOptions = {}): Dataset {
  if (!Number.isInteger(count) || count < 1) throw new Error(`shapes: expected a count of at least 1, got ${count}`);
  const size = SIDE * SIDE * 3;
  const images = new Uint8Array(count * size);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % SHAPES.length;
    draw(SHAPES[labels[i]!]![1], uniforms(seed, split, i), images.subarray(i * size, (i + 1) * size));
  }
  return makeDataset({
    name: 'shapes',
    split,
    images,
    labels,
    height: SIDE,
    width: SIDE,
    channels: 3,
    classNames: SHAPES.map(([name]) => name),
    real: false,
    source: `generated shapes, no photographs: ${count.toLocaleString('en')} ${split} images made by code`,
  });
}
