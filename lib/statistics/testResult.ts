/**
 * Outcome of a test of one sample. A small p-value speaks against the null; both are NaN where the test is undefined.
 */
export interface TestResult {
  /** The test's statistic, as the test says what it is. */
  readonly statistic: number;
  /** The probability under the null of a statistic at least as far out, 0 to 1. */
  readonly pValue: number;
}

/** Outcomes of a test of each of d columns. */
export interface ColumnsTestResult {
  /** One statistic a column, [d]. */
  readonly statistic: Float64Array;
  /** One p-value a column, [d]. */
  readonly pValue: Float64Array;
}
