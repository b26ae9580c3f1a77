import { writeFileSync } from 'node:fs';
import { tf } from '../../lib/engine/tensorflow';
import { type Numbers, numbers } from './numbers';
import { type ObjectiveName, type ObjectiveSize, objectiveCase } from './objectives';

function all(tensors: Readonly<Record<string, tf.Tensor>>): Record<string, Numbers> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, numbers(tensor)]));
}

/** Writes an objective's inputs, loss and gradients as JSON, for `torchObjectives.py --check`. */
export function writeObjectiveValues(name: ObjectiveName, size: ObjectiveSize, file: string): void {
  const { loss, trained, given, dispose } = objectiveCase(name, size);
  const { value, grads } = tf.variableGrads(loss, Object.values(trained));
  const gradients = Object.fromEntries(
    Object.entries(trained).flatMap(([own, { name: variable }]) => {
      const gradient = grads[variable];
      return gradient ? [[own, gradient]] : [];
    }),
  );
  const values = {
    objective: name,
    inputs: { ...all(trained), ...all(given) },
    loss: value.dataSync()[0],
    gradients: all(gradients),
  };
  writeFileSync(file, JSON.stringify(values));
  tf.dispose([value, grads]);
  dispose();
}
