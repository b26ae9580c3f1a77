// An extension of JupyterLab, as its build tool would pack it: jupyterlab-plotly (7.1.0) draws the figure of an output once and
// leaves it as it is when the kernel updates the output. Here the update is drawn into the figure that is shown, so that
// nothing is torn down, and a zoom, a hidden line or the page's place stays.
(() => {
  const plotly = 'application/vnd.plotly.v1+json';

  /** Gives the renderer of an output the means to draw an update; one that is not as expected is left as it is. */
  function drawUpdates(renderer) {
    const draw = renderer.renderModel?.bind(renderer);
    if (!draw || typeof renderer.hasGraphElement !== 'function') return renderer;
    let drawn;
    let waiting;
    let drawing = false;

    /** Draws the newest of what waits; at least half of the time is the page's for its reader, however slow the machine. */
    async function drawWaiting(Plotly) {
      if (drawing) return;
      drawing = true;
      try {
        while (waiting) {
          const { data, layout, config, frames } = waiting;
          waiting = undefined;
          const start = performance.now();
          // As one object: only so does it take frames, a dial's or an animation's.
          await Plotly.react(renderer.node, { data, layout, config, frames });
          const took = performance.now() - start;
          await new Promise((resolve) => setTimeout(resolve, took));
          if (renderer.isDisposed) return;
        }
      } finally {
        drawing = false;
      }
    }

    renderer.renderModel = async (model) => {
      const figure = model.data[plotly];
      const text = JSON.stringify(figure);
      // Not the figure but its static picture was added to the output.
      if (text === drawn) return;
      const { Plotly } = renderer.constructor;
      const inPlace = drawn !== undefined && Plotly && renderer.hasGraphElement();
      drawn = text;
      if (!inPlace) return draw(model);
      renderer._model = model;
      waiting = JSON.parse(text);
      await drawWaiting(Plotly);
    };
    return renderer;
  }

  function extendFactory(factory) {
    if (!factory?.mimeTypes.includes(plotly)) return;
    const create = factory.createRenderer.bind(factory);
    factory.createRenderer = (options) => drawUpdates(create(options));
  }

  const extension = (IRenderMimeRegistry) => ({
    id: 'infossl-live-figures:plugin',
    description: 'Draws an updated Plotly figure into the one that is shown.',
    autoStart: true,
    requires: [IRenderMimeRegistry],
    activate(_app, registry) {
      // Plotly's renderer may be registered before this or after.
      extendFactory(registry.getFactory(plotly));
      const add = registry.addFactory.bind(registry);
      registry.addFactory = (factory, rank) => {
        extendFactory(factory);
        add(factory, rank);
      };
    },
  });

  let shared;
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB['infossl-live-figures'] = {
    init(scope) {
      shared = scope;
    },
    async get(name) {
      if (name !== './extension') throw new Error(`infossl-live-figures: no module ${name}`);
      const [rendermime] = Object.values(shared['@jupyterlab/rendermime']);
      const { IRenderMimeRegistry } = (await rendermime.get())();
      return () => ({ __esModule: true, default: extension(IRenderMimeRegistry) });
    },
  };
})();
