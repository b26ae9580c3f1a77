import { durationText } from './progress';
import type { NotebookEvent, NotebookFailure } from './runNotebook';
import type { TerminalLines } from './terminalLines';

/** What one notebook tells of its run: in a terminal a line in place, in a file a line for each cell. */
export class NotebookProgress {
  private readonly start = Date.now();
  private cells = 0;
  private cell = '';
  private detail = '';

  constructor(
    private readonly heading: string,
    private readonly lines: TerminalLines,
  ) {
    this.draw();
  }

  /** Since it began. */
  get seconds(): number {
    return (Date.now() - this.start) / 1000;
  }

  show(event: NotebookEvent): void {
    if (event.event === 'start') this.cells = event.cells;
    if (event.event === 'cell') {
      this.cell = `cell ${event.index} of ${this.cells}`;
      this.detail = event.source;
    }
    if (event.event === 'progress') this.detail = event.text;
    if (event.event === 'start' || event.event === 'cell' || this.lines.live) this.draw();
  }

  say(text: string): void {
    this.cell = text;
    this.detail = '';
    this.draw();
  }

  warn(text: string): void {
    this.lines.print(`${this.heading}: ${text}`);
  }

  done(): void {
    this.end(`done in ${durationText(this.seconds)}`);
  }

  fail({ index, source, message }: NotebookFailure): void {
    this.end(`FAILED in cell ${index} of ${this.cells} after ${durationText(this.seconds)}`);
    const quoted = source.split('\n').map((line) => `    | ${line}`);
    const said = message.trim().split('\n');
    this.lines.print([...quoted, ...said.map((line) => `    ${line}`)].join('\n'));
  }

  /** It ended for another reason than a cell of it. */
  break(message: string): void {
    this.end(message);
  }

  private end(text: string): void {
    this.lines.remove(this);
    this.lines.print(`${this.heading}: ${text}`);
  }

  private draw(): void {
    const text = [this.heading, this.cell, this.detail, durationText(this.seconds)]
      .filter((part) => part !== '')
      .join(' · ');
    if (this.lines.live) this.lines.set(this, text);
    else this.lines.print(text);
  }
}
