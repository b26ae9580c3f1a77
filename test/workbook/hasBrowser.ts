import { findBrowser } from '../../lib/workbook/browser';

/** Whether a Chromium is installed here. */
export function hasBrowser(): boolean {
  try {
    findBrowser();
    return true;
  } catch {
    return false;
  }
}
