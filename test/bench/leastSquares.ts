import { writeFileSync } from 'node:fs';
import { key, normal, split } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { toMatrix } from '../../lib/theory/generalization/float64Matrix';
import { minimumNormLeastSquares } from '../../lib/theory/generalization/minimumNormLeastSquares';
import { type BenchLine, timedLine } from './benchLine';
import { numbers } from './numbers';
import { type Repeats, timed } from './timed';

/** How many representations of how many dimensions, and the length of a label. */
export interface LeastSquaresSize {
  readonly rows: number;
  readonly dimension: number;
  readonly outputs: number;
}

function samples({ rows, dimension, outputs }: LeastSquaresSize): { z: tf.Tensor2D; y: tf.Tensor2D } {
  const [zKey, yKey] = split(key(0));
  return {
    z: normal(zKey!, [rows, dimension]) as tf.Tensor2D,
    y: normal(yKey!, [rows, outputs]) as tf.Tensor2D,
  };
}

const nameOf = ({ rows, dimension }: LeastSquaresSize) => `leastSquares/${rows}x${dimension}`;

/** The milliseconds of minimum-norm least squares in double precision, on normal representations and labels. */
export function leastSquaresBench(size: LeastSquaresSize, repeats: Repeats): BenchLine[] {
  const given = samples(size);
  const [z, y] = [toMatrix('leastSquaresBench', 'z', given.z), toMatrix('leastSquaresBench', 'y', given.y)];
  tf.dispose([given.z, given.y]);
  const { times } = timed({ times: () => minimumNormLeastSquares(z, y) }, repeats);
  return [timedLine(nameOf(size), times)];
}

/** Writes samples, residual and rank as JSON, for `numpyLeastSquares.py --check`. */
export function writeLeastSquaresValues(size: LeastSquaresSize, file: string): void {
  tf.tidy(() => {
    const { z, y } = samples(size);
    const { residual, rank } = minimumNormLeastSquares(z, y);
    writeFileSync(file, JSON.stringify({ name: nameOf(size), z: numbers(z), y: numbers(y), residual, rank }));
  });
}
