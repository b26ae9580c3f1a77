import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tf } from '../../lib/engine/tensorflow';
import type { Embeddings } from '../../lib/objectives/objective';

interface PredictiveCase {
  readonly name: string;
  readonly n: number;
  readonly k: number;
  readonly length: number;
  readonly prototypes: number;
  readonly fields: Record<string, number[]>;
  readonly byol: number;
  readonly simsiam: number;
  readonly mocoAsymmetric: number;
  readonly mocoSymmetric: number;
  readonly swav: number;
  readonly swavWithQueue: number;
  readonly assignmentOfA: number[];
}

/** The cases of test/golden/objectivesPredictive.py. */
export const predictiveGolden = JSON.parse(
  readFileSync(join(__dirname, '../golden/objectivesPredictive.json'), 'utf8'),
) as { cases: PredictiveCase[] };

/** A case's embeddings with its prototypes and queues, as an objective is given them. */
export function goldenEmbeddings({ n, k, length, prototypes, fields }: PredictiveCase): Required<Embeddings> {
  const rows = (field: string, count: number) => tf.tensor2d(fields[field]!, [count, k]);
  const p = rows('prototypes', prototypes);
  return {
    za: rows('za', n),
    zb: rows('zb', n),
    pa: rows('pa', n),
    pb: rows('pb', n),
    ta: rows('ta', n),
    tb: rows('tb', n),
    scores: (z) => tf.matMul(z, p, false, true) as tf.Tensor2D,
    memory: { queueA: rows('queueA', length), queueB: rows('queueB', length) },
    moment: { step: 100, steps: 200, epoch: 10, epochs: 20 },
  };
}
