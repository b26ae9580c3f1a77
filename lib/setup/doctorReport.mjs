import { diagnose, nextSteps } from './doctor.mjs';
import { isWell } from './finding.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */

/**
 * Examines the project and prints what was found as it is found, or all of it as one line of JSON.
 * @param {string} root the project's folder
 * @param {{ json?: boolean, write?: (text: string) => void }} [options]
 * @returns {Promise<boolean>} whether all that is needed is there and works
 */
export async function runDoctor(root, { json = false, write = (text) => process.stdout.write(text) } = {}) {
  const findings = await diagnose(root, (finding) => {
    if (!json) write(findingText(finding));
  });
  const well = isWell(findings);
  const next = nextSteps(findings);
  if (json) {
    write(`${JSON.stringify({ well, findings, next })}\n`);
    return well;
  }
  const [first = '', ...others] = next;
  if (well) write(`\nAll that is needed is here. Next: ${[first, ...others].join('; ')}.\n`);
  else write(`\nTo be mended, in this order:\n${next.map((step, i) => `  ${i + 1}. ${step}\n`).join('')}`);
  return well;
}

/**
 * Two lines at most: the state, the item and what was found; below it the remedy.
 * @param {Finding} finding
 */
function findingText({ item, state, needed, found, remedy }) {
  const shown = state === 'missing' && !needed ? 'absent' : state;
  const indent = ' '.repeat(28);
  const mend = remedy && state !== 'ok' ? `${indent}→ ${remedy}\n` : '';
  return `${shown.padEnd(8)} ${item.padEnd(18)} ${found.replaceAll('\n', `\n${indent}`)}\n${mend}`;
}
