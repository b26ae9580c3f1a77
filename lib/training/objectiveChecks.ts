import { valueAndGradients } from '../engine/gradient';
import { foldIn, type Key, key, permutation } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { disposeWeights } from '../models/weights';
import { describeLeaks, leaksOf } from '../objectives/leaks';
import { type Embeddings, embeddingFields, type Objective, totalLoss } from '../objectives/objective';
import { constantTerms, flatTerms, ignoredViews, termSlopes } from '../objectives/termSlopes';
import { trialEmbeddings } from '../objectives/trialEmbeddings';
import { collapseTest } from './collapseTest';
import { type GradientError, gradientErrors } from './gradientErrors';

export interface ObjectiveCheckOptions {
  /** N of the embeddings that it is tried on, at least 4; default 64. */
  readonly rows?: number;
  /** K, at least 2; default 32. */
  readonly dimension?: number;
  /** Of the embeddings; default `key(0)`. */
  readonly key?: Key;
}

/**
 * One thing that was tried. `wrong`: training will fail or be led astray. `note`: a property, good or bad as it is
 * meant.
 */
export interface ObjectiveCheck {
  /** What was tried. */
  readonly check: string;
  /** What came of it. */
  readonly verdict: 'right' | 'wrong' | 'note';
  /** It in words. */
  readonly found: string;
}

const digits = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value));

/** The embeddings with each of the views' rows changed. */
function changed(embeddings: Embeddings, change: (z: tf.Tensor2D) => tf.Tensor): Embeddings {
  const rows = embeddingFields.flatMap((field) => {
    const z = embeddings[field];
    return z ? [[field, change(z)] as const] : [];
  });
  return { ...embeddings, ...Object.fromEntries(rows) };
}

function swapped(embeddings: Embeddings): Embeddings {
  const other = { za: 'zb', zb: 'za', pa: 'pb', pb: 'pa', ta: 'tb', tb: 'ta' } as const;
  const rows = embeddingFields.flatMap((field) =>
    embeddings[field] ? [[field, embeddings[other[field]]!] as const] : [],
  );
  return { ...embeddings, ...Object.fromEntries(rows) };
}

/**
 * Tries an objective on random embeddings before anything is trained with it: whether its terms and gradients are
 * finite, present and right; what changes them; what becomes of them at a collapse and for a batch of two; what they
 * leave behind and how long they take.
 *
 * @throws On fewer than 4 rows or 2 dimensions, and as `objective.terms`: what is no objective cannot be tried.
 */
export function objectiveChecks(objective: Objective, options: ObjectiveCheckOptions = {}): ObjectiveCheck[] {
  const { rows = 64, dimension = 32, key: k = key(0) } = options;
  if (!(dimension >= 2) || !(rows >= 4)) {
    throw new Error(`checkObjective: expected at least 4 rows of at least 2 dimensions, got ${rows} of ${dimension}`);
  }
  const size = { rows, dimension, key: k };
  const memory = objective.memory?.init(foldIn(k, 1), dimension);
  const checks: ObjectiveCheck[] = [];
  try {
    tf.tidy(() => {
      const given = trialEmbeddings(objective, foldIn(k, 2), [rows, dimension], memory);
      const pair = trialEmbeddings(objective, foldIn(k, 3), [2, dimension], memory);
      checks.push(
        ...termChecks(objective, given),
        gradientCheck(objective, size),
        ...symmetryChecks(objective, given, foldIn(k, 4)),
        pairCheck(objective, pair),
        ...collapseChecks(objective, size),
        leakCheck(objective, given),
        timeCheck(objective, given),
      );
    });
    return checks;
  } finally {
    if (memory) disposeWeights(memory);
  }
}

function termChecks(objective: Objective, given: Embeddings): ObjectiveCheck[] {
  const slopes = termSlopes(objective, given);
  const constant = [...constantTerms(slopes), ...flatTerms(slopes)];
  const ignored = ignoredViews(objective, slopes);
  const finite = slopes.every(({ value }) => Number.isFinite(value));
  const broken = slopes.flatMap(({ term, slopes: own }) =>
    Object.entries(own).flatMap(([input, norm]) => (Number.isFinite(norm ?? 0) ? [] : [`${term} by ${input}`])),
  );
  const lost = [
    ...(constant.length > 0 ? [`${constant.join(', ')}: by nothing. `] : []),
    ...(broken.length > 0 ? [`${broken.join(', ')}: not finite. `] : []),
  ];
  const bySlope = slopes.map(({ term, slopes: own }) => {
    const norms = Object.entries(own).map(([input, norm]) => `${input} ${norm === null ? 'none' : digits(norm)}`);
    return `${term}: ${norms.join(', ')}`;
  });
  return [
    {
      check: 'terms are finite',
      verdict: finite ? 'right' : 'wrong',
      found: slopes.map(({ term, value }) => `${term} ${digits(value)}`).join(', '),
    },
    {
      check: 'each term has a gradient (its norm by each input)',
      verdict: lost.length > 0 ? 'wrong' : 'right',
      found: `${lost.join('')}${bySlope.join('; ')}`,
    },
    {
      check: 'both views are trained',
      verdict: ignored.length > 0 ? 'note' : 'right',
      found: ignored.length > 0 ? `no term has a gradient by ${ignored.join(' and ')}` : 'yes',
    },
  ];
}

function gradientCheck(objective: Objective, size: Required<ObjectiveCheckOptions>): ObjectiveCheck {
  const check = 'gradients against differences';
  let errors: GradientError[];
  try {
    errors = gradientErrors(objective, { ...size, directions: 2 });
  } catch (error) {
    return { check, verdict: 'note', found: (error as Error).message };
  }
  const worst = errors.reduce((a, b) => (b.relativeError > a.relativeError ? b : a));
  const off = Number.isFinite(worst.relativeError)
    ? `${worst.term} by ${worst.input} is off by ${digits(100 * worst.relativeError)} % along the ${worst.direction}`
    : `${worst.term} by ${worst.input} is not finite`;
  const wrong = errors.some(({ agrees }) => agrees === false);
  const open = errors.some(({ agrees }) => agrees === null);
  return {
    check,
    verdict: wrong ? 'wrong' : open ? 'note' : 'right',
    found: `${off}${open ? '; rounding leaves some open' : ''}`,
  };
}

function lossOf(objective: Objective, embeddings: Embeddings): number {
  return tf.tidy(() => totalLoss(objective.terms(embeddings)).dataSync()[0]!);
}

function symmetryChecks(objective: Objective, given: Embeddings, k: Key): ObjectiveCheck[] {
  const loss = lossOf(objective, given);
  const same = (other: Embeddings) => {
    const value = lossOf(objective, other);
    return { value, same: Math.abs(value - loss) <= 1e-4 * Math.max(1, Math.abs(loss)) };
  };
  const order = tf.tensor1d(permutation(k, given.za.shape[0]), 'int32');
  const shuffled = same(changed(given, (z) => z.gather(order)));
  const exchanged = same(swapped(given));
  const scales = [0.1, 10, 100].map((factor) => [factor, same(changed(given, (z) => z.mul(factor)))] as const);
  const free = scales.every(([, { same: unchanged }]) => unchanged);
  const values = scales.map(([factor, { value }]) => `${digits(value)} at ${factor} ×`).join(', ');
  return [
    {
      check: 'the order of the batch does not matter',
      verdict: shuffled.same ? 'right' : 'wrong',
      found: shuffled.same ? 'no change' : `${digits(loss)} becomes ${digits(shuffled.value)}`,
    },
    {
      check: 'exchanging the views',
      verdict: 'note',
      found: exchanged.same ? 'no change' : `${digits(loss)} becomes ${digits(exchanged.value)}`,
    },
    {
      check: 'scaling the embeddings',
      verdict: 'note',
      found: free ? 'no change: nothing holds their scale' : `the loss, ${digits(loss)}, is ${values}`,
    },
  ];
}

function pairCheck(objective: Objective, pair: Embeddings): ObjectiveCheck {
  const check = 'a batch of two';
  try {
    const inputs = [pair.za, pair.zb];
    const { value, gradients } = valueAndGradients(() => totalLoss(objective.terms(pair)), inputs);
    const finite = [value, ...gradients].every((one) => !one || one.isFinite().all().dataSync()[0] === 1);
    return { check, verdict: finite ? 'right' : 'wrong', found: `loss ${digits(value.dataSync()[0]!)}` };
  } catch (error) {
    return { check, verdict: 'note', found: (error as Error).message };
  }
}

/** What the sum of the terms is, and does, at three collapses. */
function collapseChecks(objective: Objective, size: Required<ObjectiveCheckOptions>): ObjectiveCheck[] {
  const found = collapseTest(objective, { ...size, spreads: [1, 0.01, 0] });
  const kinds = [...new Set(found.map(({ collapse }) => collapse))];
  return kinds.map((kind) => {
    const at = (spread: number) => {
      const own = found.filter((row) => row.collapse === kind && row.spread === spread);
      const sum = (field: 'value' | 'restoring' | 'gradient') => own.reduce((total, row) => total + row[field], 0);
      return { value: sum('value'), restoring: sum('restoring'), gradient: sum('gradient') };
    };
    const [apart, near, collapsed] = [at(1), at(0.01), at(0)];
    const finite = [near.value, near.gradient, collapsed.gradient].every(Number.isFinite);
    const cost = collapsed.value - apart.value;
    const told = `loss ${digits(apart.value)} spread, ${digits(collapsed.value)} collapsed; ${
      near.restoring > 0
        ? 'at a spread of 0.01 its gradient leads out'
        : 'at a spread of 0.01 its gradient does not lead out'
    }`;
    return {
      check: kind === 'duplicates' ? 'dimensions that repeat others' : `collapse to a ${kind}`,
      verdict: finite ? ('note' as const) : ('wrong' as const),
      found: finite
        ? `${told}${cost <= 0 ? '; collapse costs nothing: if a term is to prevent it, look at its sign' : ''}`
        : `${told}; not finite`,
    };
  });
}

function leakCheck(objective: Objective, given: Embeddings): ObjectiveCheck {
  const left = describeLeaks(leaksOf(objective, given));
  return { check: 'nothing is left behind', verdict: left ? 'wrong' : 'right', found: left ?? 'no tensor' };
}

/** The least of five times, forward and backward. */
function timeCheck(objective: Objective, given: Embeddings): ObjectiveCheck {
  const times = Array.from({ length: 5 }, () => {
    const from = performance.now();
    tf.tidy(() => {
      const { gradients } = valueAndGradients(() => totalLoss(objective.terms(given)), [given.za, given.zb]);
      for (const gradient of gradients) gradient?.dataSync();
    });
    return performance.now() - from;
  });
  const [n, dimension] = given.za.shape;
  return {
    check: 'time of terms and gradient',
    verdict: 'note',
    found: `${digits(Math.min(...times))} ms at ${n} × ${dimension}`,
  };
}
