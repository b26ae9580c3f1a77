import { writeExercises } from './exercises';

/** `npx tsx lib/workbook/exercisesCommand.ts notebooks/09-new-objective.exercises.md`: writes exercises into their notebooks. */
for (const path of process.argv.slice(2)) writeExercises(path);
