import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * When a process of this machine began, in words that differ between two that had the same number: from /proc, else
 * from `ps`. 'ended' for one of which only the number is left. Undefined where it cannot be had.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    // Its name, in parentheses, may hold anything; the state comes next, and the start, in clock ticks, 19 further.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields && /[ZX]/.test(fields[0]!) ? 'ended' : fields?.[19];
  }
  const ps = promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return ps.then(({ stdout }) => stdout.trim() || undefined).catch(() => undefined);
}
