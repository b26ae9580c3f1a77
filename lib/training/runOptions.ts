import type { TrainOptions } from './trainingPlan';

/** A training and its name: letters, digits, dots and dashes. */
export interface RunOptions extends Omit<TrainOptions, 'checkpoint' | 'signal' | 'warn'> {
  /** The training's name. */
  readonly name: string;
}
