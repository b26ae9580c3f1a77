import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { device } from '../engine/device';
import { tf } from '../engine/tensorflow';
import { showBundle } from './display';
import type { Finding } from './inventory';
import { type Cell, escapeHtml, htmlTable, markdownTable, plainTable } from './table';

/** What `doctor` found. */
export interface DoctorReport {
  /** Whether all that is needed is there and works. */
  readonly well: boolean;
  /** One for each thing looked at. */
  readonly findings: readonly Finding[];
  /** What to do, in order: mend what is broken; else how to begin. */
  readonly next: readonly string[];
}

/** What `npm run doctor -- --json` prints, which examines in processes of its own, as this one has its engine loaded already. */
function examine(root: string): Promise<DoctorReport> {
  const program = join(root, 'lib', 'setup', 'run.mjs');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, 'doctor', '--json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const line = output.split('\n').find((text) => text.startsWith('{"well"'));
      if (line) resolve(JSON.parse(line) as DoctorReport);
      else reject(new Error(`doctor: ${program} stopped with exit code ${code}: ${errors.trim() || output.trim()}`));
    });
  });
}

function thisProcess(): Finding {
  const { numTensors, numBytes } = tf.memory();
  const resident = (process.memoryUsage().rss / 2 ** 30).toFixed(2);
  const held = `${numTensors.toLocaleString('en')} tensors of ${(numBytes / 1e6).toFixed(1)} MB, ${resident} GiB resident`;
  return { item: 'This process', state: 'ok', needed: true, found: `${device().describe}; it holds ${held}` };
}

function showReport({ well, findings, next }: DoctorReport): void {
  const heading = well ? `All that is needed is here. Next: ${next.join('; ')}.` : 'To be mended, in this order:';
  const steps = well ? [] : next;
  const cells: Cell[][] = [
    ['state', 'item', 'found', 'what to do'],
    ...findings.map(({ state, needed, item, found, remedy }) => [
      state === 'missing' && !needed ? 'absent' : state,
      item,
      found,
      state === 'ok' ? '' : remedy,
    ]),
  ];
  const list = steps.map((step, i) => `${i + 1}. ${step}`).join('\n');
  const items = steps.map((step) => `<li>${escapeHtml(step)}</li>`).join('');
  showBundle({
    'text/html': `<p><b>${escapeHtml(heading)}</b></p>${items && `<ol>${items}</ol>`}${htmlTable(cells)}`,
    'text/markdown': `**${heading}**\n\n${list}\n\n${markdownTable(cells)}`,
    'text/plain': `${plainTable(cells)}\n\n${heading}${list && `\n${list}`}`,
  });
}

/**
 * Says what is installed, which device computes, which data and runs are here, and what to do: shows it as a table (outside a
 * notebook prints it) and returns it. Every item is looked at anew, in processes of its own, among them a small calculation by
 * the native engine against values worked out by hand. It changes nothing and downloads nothing. `npm run doctor` says the
 * same in a terminal, also before anything is installed. Takes some seconds.
 *
 * @returns The findings as plain data; `well` is false where something needed is missing or broken.
 * @throws If Node cannot be started a second time.
 *
 * @example
 * const { well, next } = await doctor();
 * console.log(well, next);
 */
export async function doctor(): Promise<DoctorReport> {
  const examined = await examine(projectRoot());
  const findings = [...examined.findings, thisProcess()];
  const report: DoctorReport = { ...examined, findings };
  showReport(report);
  // A cell that ends with the call prints its value below the table, which says it all.
  const inspect = () => `{ well: ${report.well}, findings: ${findings.length}, next: ${report.next.length} }`;
  return Object.defineProperty(report, Symbol.for('nodejs.util.inspect.custom'), { value: inspect, enumerable: false });
}
