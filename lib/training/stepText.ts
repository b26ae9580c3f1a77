/** The step, and which checkpoint stays, within a message's sentence: `step 12 (the last good checkpoint, …, is kept)`. */
export function stepText(step: number, kept?: () => string): string {
  const said = kept?.();
  return `step ${step}${said ? ` (${said[0]!.toLowerCase()}${said.slice(1)})` : ''}`;
}
