import { expect } from 'vitest';
import * as infossl from '../../lib/index';
import { exampleProgram } from './exampleProgram';
import { difference } from './statedValue';

const { tf } = infossl;

/** The tensors in plain data. */
function tensorsIn(value: unknown, seen = new Set<unknown>()): Set<infossl.tf.Tensor> {
  const found = new Set<infossl.tf.Tensor>();
  const visit = (part: unknown) => {
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part) || seen.has(part)) return;
    seen.add(part);
    if (part instanceof tf.Tensor) found.add(part);
    else for (const inner of part instanceof Map ? part.values() : Object.values(part)) visit(inner);
  };
  visit(value);
  return found;
}

/**
 * Runs an example, and fails if a result is another than stated, or if it leaves tensors that none of its own calls returned.
 * Those that they returned are disposed of.
 */
export async function runExample(code: string): Promise<void> {
  const { body, results } = exampleProgram(code);
  const kept: unknown[] = [];
  const keep = <T>(value: T): T => {
    kept.push(value);
    return value;
  };
  const check = async (index: number, value: () => Promise<unknown>) => {
    const { line, comment } = results[index]!;
    const expected = /^throws '(.*)'$/.exec(comment)?.[1];
    if (expected !== undefined) {
      await expect(value(), `line ${line}`).rejects.toThrow(expected);
      return;
    }
    const found = difference(await value(), comment);
    if (found) expect.fail(`line ${line}: ${found}`);
  };
  const names = Object.keys(infossl);
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const example = new AsyncFunction(...names, 'keep', 'check', `{${body}}`);
  const before = tf.memory().numTensors;
  await example(...Object.values(infossl), keep, check);
  for (const tensor of tensorsIn(kept)) tensor.dispose();
  expect(tf.memory().numTensors - before, 'tensors that no call of the example returned').toBe(0);
}
