import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';

const FORBIDDEN: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EROFS'];
const FULL: readonly (string | undefined)[] = ['ENOSPC', 'EDQUOT'];

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? ''}`; // one without an entry in the system's list, as in containers
  }
}

/**
 * The error of a file that could not be written or read for want of permission or space, in one sentence with the remedy; any
 * other error is given back as it is.
 *
 * @param caller The function, for the beginning of the sentence.
 * @param remedy What else helps, such as 'or choose another folder'.
 */
export function writeProblem(caller: string, error: unknown, remedy: string): unknown {
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined || path === undefined) {
    if (!FULL.includes(code)) return error;
    return new Error(`${caller}: no space left on the disk (${message}). Free some and run it again, ${remedy}.`, {
      cause: error,
    });
  }
  if (FULL.includes(code)) {
    return new Error(
      `${caller}: no space left on the disk of ${path} (${code}). Free some and run it again, ${remedy}.`,
      { cause: error },
    );
  }
  if (!FORBIDDEN.includes(code)) return error;
  const deed = existsSync(path) ? 'read or written' : 'made';
  return new Error(
    `${caller}: ${path} cannot be ${deed} by ${userName()} (${code}). Give this user permission to read and write there, ${remedy}.`,
    { cause: error },
  );
}
