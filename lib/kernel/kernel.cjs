const { existsSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { format } = require('node:util');
const { cellErrors } = require('./cellErrors.cjs');
const { cellCompiler } = require('./compiler.cjs');
const { projectConverter } = require('./converter.cjs');
const { watchInterrupts } = require('./interrupts.cjs');
const { moduleCompiler } = require('./modules.cjs');

/**
 * @typedef {import('./cellErrors.cjs').CellError} CellError
 */

const tslab = createRequire(require.resolve('tslab'));

/**
 * Puts the kernel's own TypeScript where tslab will find it.
 * @param {string} root
 */
function installCompiler(root) {
  const path = tslab.resolve('@tslab/typescript-for-tslab');
  const original = tslab(path);
  const { ts, compiler } = cellCompiler(original, root);
  const loaded = tslab.cache[path];
  if (loaded === undefined) throw new Error(`kernel: ${path} is not in the cache of modules`);
  loaded.exports = ts;
  return { ts: original, compiler };
}

/**
 * Starts the kernel: tslab's parts, with the project's compiler, errors and server.
 * @param {string} root the project's folder, which is the working directory
 * @param {string} connectionFile
 */
function startKernel(root, connectionFile) {
  const { ts, compiler } = installCompiler(root);
  const { createConverter } = tslab('./converter.js');
  const { createExecutor } = tslab('./executor.js');
  const { KernelServer, jupyter } = require('./server.cjs');

  const interrupts = watchInterrupts(() => executor.interrupt());
  const modules = moduleCompiler(ts, root);
  const errors = cellErrors(root, modules.sourceMap);
  let count = 0;
  const converter = projectConverter({
    ts,
    root,
    compiler,
    modules,
    converter: createConverter({ isJS: false, isBrowser: false }),
    nameCell: (...compiled) => errors.nameCell(count, ...compiled),
  });

  /** @type {import('./converter.cjs').ProjectConverter} */
  const shielded = {
    ...converter,
    convert: (...request) => interrupts.shielded(() => converter.convert(...request)),
    inspect: (...request) => interrupts.shielded(() => converter.inspect(...request)),
    complete: (...request) => interrupts.shielded(() => converter.complete(...request)),
  };

  /** What tslab reported of the running cell. @type {{ printed: string[], thrown: unknown[] }} */
  let reported = { printed: [], thrown: [] };
  const executor = createExecutor(
    root,
    { node: shielded, browser: shielded, close: () => converter.close() },
    {
      log: (/** @type {unknown} */ value) => console.log(value),
      // tslab reports what a cell threw as one argument, and each finding of the compiler as several.
      error: (/** @type {unknown[]} */ ...words) =>
        words.length === 1 ? reported.thrown.push(words[0]) : reported.printed.push(format(...words)),
    },
  );

  /**
   * @param {string} code
   * @param {number} number the cell's execution count
   * @returns {Promise<CellError | undefined>}
   */
  const run = async (code, number) => {
    count = number;
    reported = { printed: [], thrown: [] };
    interrupts.started();
    try {
      const ended = executor.execute(code);
      interrupts.listenAgain();
      if (await ended) {
        for (const line of reported.printed) console.error(line);
        return undefined;
      }
    } catch (error) {
      return errors.thrownError(error);
    } finally {
      interrupts.finished();
    }
    const diagnostics = converter.diagnostics();
    return diagnostics.length > 0
      ? errors.typeErrors(diagnostics, code, number)
      : errors.thrownError(reported.thrown[0]);
  };

  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => {
      console.error(`In the background, where no cell awaits it: ${errors.thrownError(error).traceback.join('\n')}`);
    });
  }
  const handler = new jupyter.JupyterHandlerImpl(executor, false);
  const server = new KernelServer(handler, connectionFile, { run, afterCell: modules.save, state: interrupts.state });
  void server.init().then(() => {
    if (existsSync(join(root, 'lib', 'index.ts'))) return converter.warmUp(() => count === 0);
  });
}

module.exports = { startKernel };
