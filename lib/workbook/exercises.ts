import { readFileSync, writeFileSync } from 'node:fs';
import { type Notebook, type NotebookCell, notebookText, readNotebook } from './notebookFile';

/** One exercise, from its one source. */
export interface Exercise {
  readonly title: string;
  /** Markdown. */
  readonly task: string;
  /** What the reader begins with: it runs, and its check says that it is not solved. */
  readonly stub: string;
  readonly solution: string;
  /** Markdown, below the solution. */
  readonly explanation: string;
}

const codeBlock = /^```ts\n([\s\S]*?)^```$/m;
const solutionBlock = /^( *)\/\/ BEGIN SOLUTION\n([\s\S]*?)^ *\/\/ STUB\n([\s\S]*?)^ *\/\/ END SOLUTION\n/gm;

/**
 * The exercises of a Markdown file: each a heading `## title`, the task, a block of TypeScript and an explanation. In the block
 * `// BEGIN SOLUTION`, `// STUB` and `// END SOLUTION`, a line each, enclose what is the solution's alone and, as lines of comment, what
 * stands there for the reader.
 *
 * @throws If an exercise lacks its code, or the code a solution.
 */
export function parseExercises(markdown: string): Exercise[] {
  const sections = markdown.split(/^## /m).slice(1);
  return sections.map((section) => {
    const title = section.slice(0, section.indexOf('\n')).trim();
    const body = section.slice(section.indexOf('\n'));
    const block = codeBlock.exec(body);
    if (!block) throw new Error(`parseExercises: expected a block of \`\`\`ts in "${title}", got none`);
    const code = block[1]!;
    if (!code.match(solutionBlock)) {
      throw new Error(
        `parseExercises: expected // BEGIN SOLUTION, // STUB and // END SOLUTION in "${title}", got none`,
      );
    }
    return {
      title,
      task: body.slice(0, block.index).trim(),
      stub: code
        .replace(
          solutionBlock,
          (_, indent: string, __, stub: string) =>
            `${indent}// Your code here.\n${stub.replace(/^( *)\/\/ ?/gm, '$1')}`,
        )
        .trim(),
      solution: code.replace(solutionBlock, '$2').trim(),
      explanation: body.slice(block.index + block[0].length).trim(),
    };
  });
}

/** The cells of the exercises: a task, code to complete, and the solution folded away. Ids begin with the prefix. */
export function exerciseCells(exercises: readonly Exercise[], prefix: string): NotebookCell[] {
  return exercises.flatMap(({ title, task, stub, solution, explanation }, i) => {
    const cell = (kind: string) => ({ id: `${prefix}-exercise-${i + 1}-${kind}`, metadata: {} });
    const folded = `<details>\n<summary>Solution ${i + 1}</summary>\n\n\`\`\`ts\n${solution}\n\`\`\`\n\n${explanation}\n\n</details>`;
    return [
      { ...cell('task'), cell_type: 'markdown' as const, source: lines(`### Exercise ${i + 1}: ${title}\n\n${task}`) },
      { ...cell('code'), cell_type: 'code' as const, source: lines(stub), execution_count: null, outputs: [] },
      { ...cell('solution'), cell_type: 'markdown' as const, source: lines(folded) },
    ];
  });
}

/** As nbformat stores text: its lines, with their ends. */
function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** Which notebook's exercises a file holds: `09-x.exercises.md` stands beside `09-x.ipynb`. */
export function notebookOfExercises(path: string): string {
  return path.replace(/\.exercises\.md$/, '.ipynb');
}

/**
 * The notebook with its exercises as their source has them now, in the place where they stand. Cells whose text is the same keep their
 * outputs.
 *
 * @throws If the notebook has no exercise's cell to say where they stand.
 */
export function withExercises(notebook: Notebook, markdown: string, prefix: string): Notebook {
  const own = (cell: NotebookCell) => cell.id?.startsWith(`${prefix}-exercise-`) ?? false;
  const first = notebook.cells.findIndex(own);
  if (first < 0)
    throw new Error(
      `withExercises: expected a cell with an id ${prefix}-exercise-…, where they are to stand, got none`,
    );
  const made = exerciseCells(parseExercises(markdown), prefix).map((cell) => {
    const before = notebook.cells.find(({ id }) => id === cell.id);
    return before && [before.source].flat().join('') === [cell.source].flat().join('') ? before : cell;
  });
  const others = notebook.cells.filter((cell) => !own(cell));
  return { ...notebook, cells: [...others.slice(0, first), ...made, ...others.slice(first)] };
}

/** Writes a notebook's exercises into it from their source, `….exercises.md`. */
export function writeExercises(path: string): void {
  const notebook = notebookOfExercises(path);
  const prefix = /(\d+)-[^/\\]*$/.exec(notebook)![1]!;
  writeFileSync(notebook, notebookText(withExercises(readNotebook(notebook), readFileSync(path, 'utf8'), prefix)));
}
