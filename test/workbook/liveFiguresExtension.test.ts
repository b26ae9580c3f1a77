import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

const root = join(__dirname, '..', '..');
const folder = join(root, 'lib', 'workbook', 'labextensions', 'infossl-live-figures', 'static');
const plotly = 'application/vnd.plotly.v1+json';

interface Renderer {
  renderModel(model: object): Promise<void>;
}
interface Registry {
  addFactory(factory: object): void;
}

/** jupyterlab-plotly's renderer as the extension leaves it; `drawn` holds what it and Plotly.react were given. */
async function extendedRenderer(): Promise<{ renderer: Renderer; drawn: unknown[][] }> {
  const drawn: unknown[][] = [];
  class PlotlyRenderer {
    static Plotly = { react: async (...given: unknown[]) => void drawn.push(['react', ...given]) };
    node = 'node';
    hasGraphElement = () => drawn.length > 0;
    async renderModel(model: { data: object }) {
      drawn.push(['draw', model]);
    }
  }
  const window: { _JUPYTERLAB?: Record<string, { init(scope: object): void; get(name: string): Promise<unknown> }> } =
    {};
  runInNewContext(readFileSync(join(folder, 'remoteEntry.js'), 'utf8'), { window, performance, setTimeout });
  const container = window._JUPYTERLAB!['infossl-live-figures']!;
  container.init({ '@jupyterlab/rendermime': { '4': { get: async () => () => ({ IRenderMimeRegistry: {} }) } } });
  const module = (await container.get('./extension')) as () => {
    default: { activate(app: undefined, registry: object): void };
  };
  const factory = { mimeTypes: [plotly], createRenderer: () => new PlotlyRenderer() };
  const registry: Registry & { getFactory(): undefined } = { getFactory: () => undefined, addFactory: () => {} };
  module().default.activate(undefined, registry);
  registry.addFactory(factory);
  return { renderer: factory.createRenderer(), drawn };
}

test('an update of a figure is drawn into the one that is shown, its frames too', async () => {
  const { renderer, drawn } = await extendedRenderer();
  const figure = (y: number) => ({
    data: [{ y: [y] }],
    layout: {},
    config: {},
    frames: [{ name: 'a', data: [{ y: [y] }] }],
  });
  const model = (y: number) => ({ data: { [plotly]: figure(y) } });
  await renderer.renderModel(model(1));
  await renderer.renderModel(model(1));
  await renderer.renderModel(model(2));
  expect(JSON.parse(JSON.stringify(drawn))).toEqual([
    ['draw', model(1)],
    ['react', 'node', figure(2)],
  ]);
});
