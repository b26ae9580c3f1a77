/** How the lines on data begin that is fetched, unpacked or decoded, or that others stand in for. */
const ofData = /^(download|extract|decode|load)\b/;

/** Cells print and draw, which nobody wants to see of a plan. What is said of data goes on: it may take long to fetch. */
export async function silently<T>(work: () => Promise<T>): Promise<T> {
  const { log, warn } = console;
  const { write, isTTY } = process.stderr;
  const only = (print: typeof log): typeof log => {
    return (...said) => void (ofData.test(String(said[0])) && print(...said));
  };
  Object.assign(console, { log: only(log), warn: only(warn) });
  // Not a terminal's bars, but lines, which can be told apart.
  Object.assign(process.stderr, { write: () => true, isTTY: false });
  try {
    return await work();
  } finally {
    Object.assign(console, { log, warn });
    Object.assign(process.stderr, { write, isTTY });
  }
}
