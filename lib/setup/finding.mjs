/**
 * What `npm run doctor` says of one thing. "note": it works, and there is something to know; "unknown": it cannot be told before
 * something else is mended.
 * @typedef {object} Finding
 * @property {string} item
 * @property {'ok' | 'note' | 'missing' | 'broken' | 'unknown'} state
 * @property {boolean} needed whether nothing works unless this is ok
 * @property {string} found
 * @property {string} [remedy] what to do, with the exact command
 */

export const setUpAgain = 'npm run setup';

/**
 * @param {string} item
 * @param {() => Omit<Finding, 'item' | 'needed'> & { needed?: boolean } | Promise<Omit<Finding, 'item' | 'needed'> & { needed?: boolean }>} examine
 * @param {'missing' | 'broken'} [thrown] the state that an error of the examination means
 * @returns {Promise<Finding>} what it found; an error is a finding too, and may name its remedy and state
 */
export async function findingOf(item, examine, thrown = 'broken') {
  try {
    return { item, needed: true, ...(await examine()) };
  } catch (error) {
    const { message, problem, remedy, state } = /** @type {Error & Partial<Finding> & { problem?: string }} */ (error);
    return { item, needed: true, state: state ?? thrown, found: problem ?? message, remedy: remedy ?? setUpAgain };
  }
}

/**
 * Whether something that is needed is not there or does not work.
 * @param {readonly Finding[]} findings
 */
export function isWell(findings) {
  return findings.every(({ needed, state }) => !needed || state === 'ok' || state === 'note');
}
