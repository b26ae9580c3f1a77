function refuse(name: string, option: string, expected: string, value: unknown): never {
  throw new Error(`${name}: expected ${option} to be ${expected}, got ${String(value)}`);
}

/** @throws If one of these options of the objective `name` is negative or not finite. */
export function requireNonNegative(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) refuse(name, option, 'finite and at least 0', value);
  }
}

/** @throws If one of these options is not finite and above 0. */
export function requirePositive(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) refuse(name, option, 'finite and above 0', value);
  }
}

/** @throws If one of these options is not a whole number from `min`. */
export function requireWhole(name: string, options: Readonly<Record<string, number>>, min: number): void {
  for (const [option, value] of Object.entries(options)) {
    if (!(Number.isSafeInteger(value) && value >= min)) refuse(name, option, `a whole number from ${min}`, value);
  }
}

/** @throws If one of these options, the τ of a momentum encoder, is not from 0 to 1. */
export function requireMomentum(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (!(value >= 0 && value <= 1)) refuse(name, option, 'from 0 to 1', value);
  }
}
