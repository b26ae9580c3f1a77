import { type LiveFigure, liveFigure } from './liveFigure';

/**
 * A live figure beside a training, which goes on whatever becomes of the figure: why it cannot be drawn is said once, as a warning,
 * and later steps are tried again.
 */
export function sideFigure(live: LiveFigure = liveFigure()): LiveFigure {
  let told = false;
  const attempt = (draw: () => void) => {
    try {
      draw();
    } catch (error) {
      if (!told) console.warn(`The figure of the training cannot be drawn: ${(error as Error).message}`);
      told = true;
    }
  };
  return {
    update: (figure) => attempt(() => live.update(figure)),
    finish: () => attempt(() => live.finish()),
  };
}
