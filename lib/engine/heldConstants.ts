import { tf } from './tensorflow';

/** What is constant to the gradient, in the order it is asked for; at first noted, then given again. */
interface Held {
  readonly values: tf.Tensor[];
  noted: boolean;
  next: number;
}

let held: Held | undefined;

/** compute(), or while constants are held (`holdingConstants`) what it was at first. */
export function heldConstant(compute: () => tf.Tensor): tf.Tensor {
  const own = held;
  if (!own) return compute();
  const place = own.next++;
  // Beyond the last there is one too many, which `holdingConstants` says.
  if (own.noted && place < own.values.length) return own.values[place]!.clone();
  // What it is made of is no constant by itself.
  held = undefined;
  try {
    const value = compute();
    if (!own.noted) own.values.push(tf.keep(value.clone()));
    return value;
  } finally {
    held = own;
  }
}

/**
 * A function that calls what it is given, and holds what is constant to the gradient (`stopGradient`, `withGradient` by no input) at
 * what it was at the first call: differences then see what the gradient sees. Only for functions that make as many such
 * constants each time.
 *
 * @param who Whose functions, for the error.
 * @param work Is given that function.
 * @throws If a call makes more or fewer constants than the first.
 */
export function holdingConstants<Result>(
  who: string,
  work: (hold: <Value>(f: () => Value) => Value) => Result,
): Result {
  const own: Held = { values: [], noted: false, next: 0 };
  try {
    return work((f) => {
      const outer = held;
      held = own;
      own.next = 0;
      try {
        const value = f();
        if (own.noted && own.next !== own.values.length) {
          throw new Error(
            `${who}: expected as many constants to the gradient (stopGradient and the like) beside the point as at it, ${own.values.length}, got ${own.next}, so that they cannot be held there; if the terms branch on values, try each branch by itself.`,
          );
        }
        return value;
      } finally {
        held = outer;
        own.noted = true;
      }
    });
  } finally {
    tf.dispose(own.values);
  }
}
