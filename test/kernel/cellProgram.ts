import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as TypeScript from '@tslab/typescript-for-tslab';

export const root = join(import.meta.dirname, '..', '..');
const tslab = createRequire(createRequire(join(root, 'package.json')).resolve('tslab'));
/** The TypeScript that tslab compiles cells with. */
export const ts: typeof TypeScript = tslab('@tslab/typescript-for-tslab');

/** A program of cells that are on no disk, text by path, compiled as tslab compiles them and checked strictly. */
export function cellProgram(cells: ReadonlyMap<string, string>): TypeScript.Program {
  const options: TypeScript.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    types: ['node'],
    ...{ strict: true, esModuleInterop: true, skipLibCheck: true, noEmit: true },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => cells.has(name) || fileExists(name);
  host.getSourceFile = (name, version, ...more) => {
    const text = cells.get(name);
    return text === undefined ? getSourceFile(name, version, ...more) : ts.createSourceFile(name, text, version, true);
  };
  return ts.createProgram([...cells.keys()], options, host);
}
