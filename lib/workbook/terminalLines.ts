/**
 * Lines at the bottom of a terminal that are drawn in place, one for each of several things at work, with what is printed for good
 * above them. Where the output is no terminal there are no such lines, and what is printed comes one after the other.
 */
export class TerminalLines {
  /** Whether lines are drawn in place. */
  readonly live = process.stdout.isTTY === true;
  private readonly lines = new Map<object, string>();
  private drawn = 0;

  /** Sets the line of this owner, on a terminal. */
  set(owner: object, text: string): void {
    if (!this.live) return;
    this.lines.set(owner, text);
    this.draw();
  }

  /** Takes the owner's line away. */
  remove(owner: object): void {
    if (this.lines.delete(owner)) this.draw();
  }

  /** Prints a text for good. */
  print(text: string): void {
    this.clear();
    console.log(text);
    this.draw();
  }

  private clear(): void {
    if (this.drawn > 0) process.stdout.write(`\x1b[${this.drawn}A\r\x1b[J`);
    this.drawn = 0;
  }

  private draw(): void {
    this.clear();
    const width = (process.stdout.columns ?? 120) - 1;
    for (const text of this.lines.values()) process.stdout.write(`${[...text].slice(0, width).join('')}\n`);
    this.drawn = this.lines.size;
  }
}
