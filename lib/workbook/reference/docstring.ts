/**
 * A docstring of the library. Its prose is Markdown, with TeX between dollar signs. Of TSDoc's tags it may have `@param name text` (also
 * `@param a, b text`), `@returns`, `@throws`, and at its end `@example`, whose lines, unfenced, are TypeScript up to the end.
 *
 * An example needs no imports: all of lib/index.ts's names are there. A comment behind a statement is the result that the tests
 * compare its value with: a literal, numbers to the digits written, or `throws 'part of the message'`. The tests run it
 * in a project with a small CIFAR-10 in `data/` and a folder `photographs`; one that begins with `// needs Chromium` where that is
 * installed. It disposes nothing: it shows calls, and the test frees what they return.
 */
export interface Docstring {
  /** Before the first tag. */
  readonly description: string;
  readonly parameters: readonly ParameterText[];
  readonly returns?: string;
  readonly throws: readonly string[];
  readonly examples: readonly string[];
}

export interface ParameterText {
  readonly names: readonly string[];
  readonly text: string;
}

/**
 * Reads a comment from its opening to its closing mark; undefined stands for none.
 *
 * @throws On a tag that is not listed at `Docstring`.
 */
export function parseDocstring(comment: string | undefined): Docstring {
  const lines = (comment ?? '')
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const sections: { tag: string; lines: string[] }[] = [{ tag: '', lines: [] }];
  for (const line of lines) {
    const tag = /^ ?@(\w+) ?/.exec(line);
    if (tag) sections.push({ tag: tag[1]!, lines: [line.slice(tag[0].length)] });
    else sections.at(-1)!.lines.push(line);
  }
  const unknown = sections.find(({ tag }) => !['', 'param', 'returns', 'throws', 'example'].includes(tag));
  if (unknown) {
    throw new Error(`expected the tags @param, @returns, @throws and @example, got @${unknown.tag}`);
  }
  const texts = (wanted: string) =>
    sections.filter(({ tag }) => tag === wanted).map((section) => section.lines.join('\n').trim());
  return {
    description: texts('').join('\n'),
    parameters: texts('param').map((text) => {
      const [head] = /^\w+(, \w+)*/.exec(text) ?? [''];
      return { names: head.split(', '), text: text.slice(head.length).trim() };
    }),
    returns: texts('returns')[0],
    throws: texts('throws'),
    examples: texts('example'),
  };
}

/** The first sentence of a description, for a list of names. */
export function summary(description: string): string {
  const [paragraph] = description.split('\n\n') as [string];
  const line = paragraph.replaceAll('\n', ' ');
  const end = /(?<!\b(?:al|e\.g|i\.e|cf|vs|Fig|eq))\.(?=\s+[^a-z0-9]|$)/.exec(line);
  return end ? line.slice(0, end.index + 1) : line;
}
