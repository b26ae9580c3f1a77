/** Where a point's label can stand, as Plotly's `textposition`; the best first. */
const places = [
  'top center',
  'bottom center',
  'middle right',
  'middle left',
  'top right',
  'bottom right',
  'top left',
  'bottom left',
] as const;

export type LabelPlace = (typeof places)[number];

/** In pixels, y downwards. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const size = { character: 6.6, line: 14, mark: 6 }; // pixels, of labels of 12 pixels

function labelBox(x: number, y: number, label: string, place: LabelPlace): Box {
  const width = size.character * label.length;
  const [vertical, horizontal] = place.split(' ') as [string, string];
  const beside = vertical === 'middle' ? size.mark : 0;
  const left = horizontal === 'center' ? x - width / 2 : horizontal === 'right' ? x + beside : x - width - beside;
  const top =
    vertical === 'middle' ? y - size.line / 2 : vertical === 'top' ? y - size.mark - size.line : y + size.mark;
  return { left, right: left + width, top, bottom: top + size.line };
}

function overlap(a: Box, b: Box): number {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return across > 0 && down > 0 ? across * down : 0;
}

/** How much of the box is outside `page`, in square pixels. */
function outside(box: Box, page: Box): number {
  return (box.right - box.left) * (box.bottom - box.top) - overlap(box, page);
}

/**
 * A place for each label, so that labels cover neither each other nor the points and stay on the page, as far as there is room:
 * one after another, each where it covers least. Points are [x, y] in pixels, y downwards; an empty label takes no room.
 */
export function labelPlaces(
  points: readonly (readonly [number, number])[],
  labels: readonly string[],
  page: Box,
): LabelPlace[] {
  const marks = points.map(([x, y]) => ({
    left: x - size.mark,
    right: x + size.mark,
    top: y - size.mark,
    bottom: y + size.mark,
  }));
  const placed: Box[] = [];
  return points.map(([x, y], i) => {
    const label = labels[i]!;
    if (label === '') return places[0];
    const others = [...marks.filter((_, j) => j !== i), ...placed];
    const costs = places.map((place) => {
      const box = labelBox(x, y, label, place);
      return others.reduce((sum, other) => sum + overlap(box, other), outside(box, page));
    });
    const best = places[costs.indexOf(Math.min(...costs))]!;
    placed.push(labelBox(x, y, label, best));
    return best;
  });
}
