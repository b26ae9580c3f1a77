import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runIdentity } from '../../lib/training/run';
import { sourceFiles, sourceVersion } from '../../lib/training/sourceVersion';
import { smallRun } from './smallRun';

let root: string;
const write = (file: string, content: string) => {
  mkdirSync(dirname(join(root, 'lib', file)), { recursive: true });
  writeFileSync(join(root, 'lib', file), content);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'infossl-source-'));
  write(
    'training/train.ts',
    "import { readFile } from 'node:fs';\nimport '../engine/environment';\nimport {\n  type State,\n  step,\n} from './step';\nimport type { Run } from './run';\n",
  );
  write('training/step.ts', "export { rank as measured } from '../information/rank';\nconst text = 'from';\n");
  write('training/run.ts', "import { step } from './step';\n");
  write('training/evaluate.ts', "import { step } from './step';\nimport { entropy } from '../information/entropy';\n");
  write('information/rank.ts', '// Rank.\n');
  write('information/entropy.ts', "import { rank } from './rank';\n");
  write('engine/environment.ts', '');
  write('engine/unused.ts', '');
  write('models/mlp.ts', "import { gelu } from '../engine/gelu';\n");
  write('models/notes.md', 'no source');
  write('models/folding/fold.ts', "import { gelu } from '../../engine/gelu';\n");
  write('engine/gelu.ts', '');
});
afterEach(() => rmSync(root, { recursive: true }));

const training = ['training/train.ts', 'models'];
const files = (entries: readonly string[]) => sourceFiles(entries, root).map(([file]) => file);

test('finds what code runs through: itself and what it imports, directly or not, but for types alone', () => {
  expect(files(training)).toEqual([
    ...['engine/environment.ts', 'engine/gelu.ts', 'information/rank.ts', 'models/folding/fold.ts', 'models/mlp.ts'],
    ...['training/step.ts', 'training/train.ts'],
  ]);
  expect(files(['training/evaluate.ts'])).toEqual([
    ...['information/entropy.ts', 'information/rank.ts', 'training/evaluate.ts', 'training/step.ts'],
  ]);
});

test('changes with any of these files, their names too, and with no other', () => {
  const before = sourceVersion(training, root);
  expect(before).toMatch(/^[0-9a-f]{64}$/);
  const changedBy = (file: string, content: string) => {
    const old = files(['training', 'information', 'engine', 'models']).includes(file)
      ? readFileSync(join(root, 'lib', file), 'utf8')
      : undefined;
    write(file, content);
    const changed = sourceVersion(training, root) !== before;
    if (old === undefined) rmSync(join(root, 'lib', file));
    else write(file, old);
    return changed;
  };
  for (const file of ['training/train.ts', 'training/step.ts', 'engine/environment.ts', 'engine/gelu.ts']) {
    expect(changedBy(file, 'edited();\n'), file).toBe(true);
  }
  expect(changedBy('information/rank.ts', 'rang();\n')).toBe(true);
  expect(changedBy('models/new.ts', '')).toBe(true);
  for (const file of ['information/entropy.ts', 'training/evaluate.ts', 'training/run.ts', 'engine/unused.ts']) {
    expect(changedBy(file, 'edited();\n'), file).toBe(false);
  }
  expect(changedBy('information/newEstimator.ts', '')).toBe(false);
  expect(sourceVersion(training, root)).toBe(before);
});

test('does not change with lines of comment, and does with anything beside them', () => {
  const code = "import '../engine/environment';\n/** Trains. */\nexport const url = 'http://a'; // one\n";
  const versions = [
    code,
    code.replace('Trains.', 'Trains.\n * @example\n *   train(); \n').replace('export', '  // Why.\nexport'),
    code.replace('/** Trains. */\n', ''),
    code.replace('http://a', 'http://b'),
    code.replace('url', 'uri'),
  ].map((text) => {
    write('training/train.ts', text);
    return sourceVersion(['training/train.ts'], root);
  });
  const [first, ...others] = versions.map((version) => versions.indexOf(version));
  expect([first, ...others]).toEqual([0, 0, 0, 3, 4]);
});

test('takes no code for comment: after a comment on its line, and within a template string', () => {
  const versionOf = (text: string) => {
    write('training/train.ts', text);
    return sourceVersion(['training/train.ts'], root);
  };
  const beside = (value: number) => `/** x */ const a = ${value};\nuse(a);\n/** Uses. */\n`;
  expect(versionOf(beside(1))).not.toBe(versionOf(beside(2)));
  const within = (line: string) => `const shader = \`\n${line}\n\`;\n`;
  expect(versionOf(within('// one'))).not.toBe(versionOf(within('// two')));
  expect(versionOf(within('/** one */'))).not.toBe(versionOf(within('/** two */')));
});

test('a training runs through every optimizer and objective, and through no evaluation', () => {
  const room = join(import.meta.dirname, '..', '..', 'lib', 'training');
  const optimizers = readdirSync(room).filter((file) => /\): Optimizer\b/.test(readFileSync(join(room, file), 'utf8')));
  expect(optimizers).toEqual(expect.arrayContaining(['adamW.ts', 'lars.ts', 'sgd.ts']));
  const { code } = runIdentity({ name: 'tiny', ...smallRun() });
  const entries = [
    'training/train.ts',
    ...optimizers.map((file) => `training/${file}`),
    'models',
    'objectives',
    'views',
  ];
  expect(code).toBe(sourceVersion(entries));
  const all = sourceFiles(entries).map(([file]) => file);
  expect(all).toEqual(expect.arrayContaining(['training/takeStep.ts', 'objectives/vicreg.ts', 'engine/threefry.ts']));
  expect(all.filter((file) => /evaluat|overTraining|probe\.ts|workbook/i.test(file))).toEqual([
    'training/onlineProbe.ts',
  ]);
});
