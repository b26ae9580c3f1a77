// Runs in the book's pages: draws the figures when they come into view and fits them to the page, makes their sliders and menus work from
// the keyboard, folds code, sorts tables, searches. Without it a page still shows its text, pictures, tables and code.

const stored = {
  get(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // no storage for pages from the disk in this browser
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {}
  },
};

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// --- the navigation: open beside the text, closed above it

const contents = document.querySelector('.contents');
const beside = matchMedia('(min-width: 64rem)');
const openBeside = () => {
  contents.open = beside.matches;
};
openBeside();
beside.addEventListener('change', openBeside);
contents.addEventListener('click', (event) => {
  if (event.target.closest('a') && !beside.matches) contents.open = false;
});

// The page's own place in a long navigation is in sight, and the section being read is marked there.
const side = document.querySelector('.side');
const shownIn = (item) => {
  const [outer, inner] = [side.getBoundingClientRect(), item.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) side.scrollTop += inner.top - outer.top - outer.height / 3;
};
if (beside.matches) shownIn(side.querySelector('[aria-current]'));
const sections = [...side.querySelectorAll('.sections a')].flatMap((link) => {
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  return target ? [{ link, target }] : [];
});
let marked;
function markSection() {
  const passed = sections.filter(({ target }) => target.getBoundingClientRect().top < innerHeight / 3);
  const now = passed.pop()?.link;
  if (now === marked) return;
  marked?.removeAttribute('aria-current');
  now?.setAttribute('aria-current', 'location');
  marked = now;
  if (now && beside.matches) shownIn(now);
}
let waiting = false;
addEventListener(
  'scroll',
  () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      markSection();
    });
  },
  { passive: true },
);
markSection();

// --- code: all folded or all open

const sources = [...document.querySelectorAll('details.source')];
if (sources.length > 0) {
  const button = element('button', { type: 'button', class: 'fold' });
  const label = () => {
    button.textContent = sources.every(({ open }) => open) ? 'Fold all code' : 'Show all code';
  };
  const foldAll = (open) => {
    for (const source of sources) source.open = open;
  };
  if (stored.get('infossl-code') === 'open') foldAll(true);
  button.addEventListener('click', () => {
    const open = !sources.every((source) => source.open);
    foldAll(open);
    stored.set('infossl-code', open ? 'open' : 'folded');
  });
  for (const source of sources) source.addEventListener('toggle', label);
  label();
  document.querySelector('h1').after(button);
}

// --- whatever scrolls sideways is reached by the keyboard

const boxes = document.querySelectorAll('.wide, .plot, main pre, .equation');
const scrolled = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const wider = target.scrollWidth > target.clientWidth + 1;
    if (!wider) target.removeAttribute('tabindex');
    else target.setAttribute('tabindex', '0');
  }
});
for (const box of boxes) scrolled.observe(box);

// --- figures

/** The layout for a page of `width` pixels: narrower, its x title and the labels over the plot on as many lines as they take. */
function fitted(layout, width) {
  if (!(width < layout.width)) return layout;
  const { l, r, t, b } = layout.margin;
  const [inner, plotHeight] = [width - l - r, layout.height - t - b];
  const title = wrapped(layout.xaxis?.title?.text ?? '', Math.max(10, Math.floor((inner + Math.min(l, r)) / 7.3)));
  const below = (title.length - 1) * 18;
  const { annotations, above } = labelsOver(layout.annotations ?? [], Math.floor(inner / 13));
  const margin = { ...layout.margin, t: t + above, b: b + below };
  const fit = { ...layout, width, height: layout.height + above + below, margin, annotations };
  if (below > 0) fit.xaxis = { ...layout.xaxis, title: { ...layout.xaxis.title, text: title.join('<br>') } };
  if (layout.legend?.y !== undefined) fit.legend = { ...layout.legend, y: layout.legend.y - below / plotHeight };
  if (layout.sliders) {
    fit.sliders = layout.sliders.map((own) => ({ ...own, pad: { ...own.pad, t: (own.pad?.t ?? 0) + below } }));
  }
  return fit;
}

/** Labels of places along x, over the plot, in narrow lines one above the other; Plotly would widen the axis for a long one. */
function labelsOver(annotations, columns) {
  const isLabel = ({ xref, yref, y, yanchor }) => xref === 'x' && yref === 'paper' && y === 1 && yanchor === 'bottom';
  const labels = annotations.filter(isLabel).sort((a, b) => (a.yshift ?? 0) - (b.yshift ?? 0));
  const line = 15;
  const before = labels.length === 0 ? 0 : (labels[labels.length - 1].yshift ?? 0) + line;
  let height = 0;
  const placed = new Map();
  for (const label of labels) {
    const lines = wrapped(label.text, columns);
    placed.set(label, { ...label, text: lines.join('<br>'), yshift: height });
    height += lines.length * line;
  }
  return { annotations: annotations.map((own) => placed.get(own) ?? own), above: Math.max(0, height - before) };
}

function wrapped(text, columns) {
  if (text.length <= columns || text.includes('<')) return [text];
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** A narrow legend has more rows than the margin was made for. */
function makeRoomForLegend(plot, layout) {
  const legend = plot.querySelector('g.legend');
  if (!legend || layout.legend?.y === undefined) return undefined;
  const plotHeight = layout.height - layout.margin.t - layout.margin.b;
  const missing = Math.ceil(-layout.legend.y * plotHeight + legend.getBBox().height + 12 - layout.margin.b);
  if (missing <= 0) return undefined;
  return Plotly.relayout(plot, { height: layout.height + missing, 'margin.b': layout.margin.b + missing });
}

async function draw(box) {
  const { data, layout, frames } = JSON.parse(box.querySelector('script').textContent);
  const least = Number(box.dataset.least);
  const widthNow = () => Math.min(layout.width ?? 800, Math.max(least, Math.floor(box.clientWidth)));
  const plot = element('div', { class: 'live', role: 'group', 'aria-label': box.dataset.alt });
  // A finger on a chart scrolls the page; Plotly's zoom would keep it in the figure.
  const finger = matchMedia('(pointer: coarse)').matches;
  if (finger) layout.dragmode = false;
  let width = widthNow();
  const config = { displaylogo: false, responsive: false, displayModeBar: finger ? false : 'hover' };
  box.append(plot);
  const first = fitted(layout, width);
  // Plotly writes what the reader chooses into the layout that it is given.
  await Plotly.newPlot(plot, { data, layout: structuredClone(first), frames, config });
  box.classList.add('drawn');
  await makeRoomForLegend(plot, first);
  reachable(plot);
  new ResizeObserver(async () => {
    if (widthNow() === width) return;
    width = widthNow();
    const fit = fitted({ ...layout, annotations: marksNow(plot, layout, frames) }, width);
    await Plotly.relayout(plot, sizes(fit));
    await makeRoomForLegend(plot, fit);
  }).observe(box);
}

/** The marks of the frame that the slider stands on, if it has its own. */
function marksNow(plot, layout, frames) {
  const { steps = [], active = 0 } = plot.layout.sliders?.[0] ?? {};
  const name = steps[active]?.args[0]?.[0];
  return frames.find((frame) => frame.name === name)?.layout?.annotations ?? layout.annotations ?? [];
}

/** What depends on the width, and nothing that a slider or a menu changes. */
function sizes({ width, height, margin, annotations, xaxis, legend, sliders = [] }) {
  const { t, b } = margin;
  const changed = { width, height, 'margin.t': t, 'margin.b': b, annotations: structuredClone(annotations) };
  if (xaxis?.title?.text !== undefined) changed['xaxis.title.text'] = xaxis.title.text;
  if (legend?.y !== undefined) changed['legend.y'] = legend.y;
  sliders.forEach(({ pad }, i) => {
    if (pad?.t !== undefined) changed[`sliders[${i}].pad.t`] = pad.t;
  });
  return changed;
}

/** Plotly's sliders and menus are drawings: this gives them a role, a name, a place among the tabs, and keys. */
function reachable(plot) {
  const name = () => {
    const { sliders = [] } = plot.layout;
    plot.querySelectorAll('.slider-group').forEach((group, i) => {
      const { steps = [], active = 0, currentvalue } = sliders[i] ?? {};
      const known = {
        ...{ role: 'slider', tabindex: '0', 'aria-label': currentvalue?.prefix?.trim() || 'Frame' },
        ...{ 'aria-valuemin': '0', 'aria-valuemax': String(steps.length - 1), 'aria-valuenow': String(active) },
        'aria-valuetext': steps[active]?.label ?? '',
      };
      setAll(group, known);
    });
    for (const header of plot.querySelectorAll('.updatemenu-header')) {
      setAll(header, {
        role: 'button',
        tabindex: '0',
        'aria-haspopup': 'true',
        'aria-label': `Choose: ${header.textContent}`,
      });
    }
    for (const button of plot.querySelectorAll('.updatemenu-button, .updatemenu-dropdown-button')) {
      setAll(button, { role: 'button', tabindex: '0', 'aria-label': button.textContent });
    }
  };
  new MutationObserver(name).observe(plot, { childList: true, subtree: true, characterData: true });
  plot.on('plotly_sliderchange', name);
  plot.addEventListener('keydown', (event) => {
    const slider = event.target.closest?.('.slider-group');
    if (slider) return moveSlider(plot, slider, event);
    const button = event.target.closest?.('.updatemenu-header, .updatemenu-button, .updatemenu-dropdown-button');
    if (!button) return undefined;
    if (event.key === 'Escape') return closeMenu(plot);
    if (event.key !== 'Enter' && event.key !== ' ') return undefined;
    event.preventDefault();
    const headers = () => [...plot.querySelectorAll('.updatemenu-header')];
    const opening = button.classList.contains('updatemenu-header');
    const place = headers().indexOf(button);
    button.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    setTimeout(() => {
      name();
      const options = plot.querySelectorAll('.updatemenu-dropdown-button');
      if (opening && options.length > 0) options[0].focus();
      else if (!button.isConnected || !opening) (headers()[Math.max(0, place)] ?? button).focus();
    }, 50);
    return undefined;
  });
  name();
}

function setAll(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (target.getAttribute(name) !== value) target.setAttribute(name, value);
  }
}

function closeMenu(plot) {
  const open = plot.querySelector('.updatemenu-dropdown-button');
  const header = plot.querySelector('.updatemenu-header');
  if (open && header) header.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  header?.focus();
}

function moveSlider(plot, group, event) {
  const i = [...plot.querySelectorAll('.slider-group')].indexOf(group);
  const { steps, active = 0 } = plot.layout.sliders[i];
  const last = steps.length - 1;
  const moves = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -5,
    PageUp: 5,
    Home: -last,
    End: last,
  };
  const move = moves[event.key];
  if (move === undefined) return;
  event.preventDefault();
  const next = Math.max(0, Math.min(last, active + move));
  if (next === active) return;
  const { method, args } = steps[next];
  plot.layout.sliders[i].active = next;
  Plotly.relayout(plot, `sliders[${i}].active`, next)
    .then(() => Plotly[method](plot, ...args))
    .then(() => plot.querySelectorAll('.slider-group')[i]?.focus());
}

const plots = [...document.querySelectorAll('.plot')];
const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: '600px' },
);
for (const plot of plots) near.observe(plot);

// --- tables that sort by a click on a head

/** What a cell is sorted by: the number that it begins with, else its text. */
function sortKey(cell) {
  const text = cell.textContent.trim().replace('−', '-').replaceAll(',', '');
  const number = Number.parseFloat(text);
  return text === '' ? null : Number.isNaN(number) ? text : number;
}

for (const table of document.querySelectorAll('.sortable table')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = element('button', { type: 'button' }, ...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const rows = [...table.tBodies[0].rows];
      const keys = new Map(rows.map((row) => [row, sortKey(row.cells[column])]));
      const numeric = rows.some((row) => typeof keys.get(row) === 'number');
      const before = head.getAttribute('aria-sort');
      const ascending = before === null ? !numeric : before === 'descending';
      rows.sort((a, b) => {
        const [x, y] = [keys.get(a), keys.get(b)];
        if (x === null || y === null) return Number(x === null) - Number(y === null);
        const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en');
        return ascending ? order : -order;
      });
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
      table.tBodies[0].append(...rows);
    });
  });
}

// --- search over headings, figures and names

function addSearch(place) {
  const input = element('input', { type: 'search', id: 'search-text', autocomplete: 'off', placeholder: 'Search' });
  const results = element('ul', { 'aria-label': 'Found' });
  const status = element('p', { role: 'status', class: 'unseen' });
  place.append(element('label', { for: 'search-text', class: 'unseen' }, 'Search'), input, status, results);
  input.addEventListener(
    'focus',
    () => {
      const script = element('script', { src: 'assets/search.js' });
      script.addEventListener('load', find);
      document.head.append(script);
    },
    { once: true },
  );
  input.addEventListener('input', find);
  function find() {
    const words = input.value.trim().toLowerCase();
    const found = words === '' ? [] : best(window.bookEntries ?? [], words);
    results.replaceChildren(
      ...found.map(([name, address, summary]) =>
        element('li', {}, element('a', { href: address }, name), ' ', element('span', { class: 'note' }, summary)),
      ),
    );
    status.textContent = words === '' ? '' : `${found.length} found`;
    if (words !== '' && found.length === 0) results.replaceChildren(element('li', {}, 'Nothing found'));
  }
}

/** The 12 entries that fit best: named so, begun so, with it in the name, with it in what is said. */
function best(entries, words) {
  const rank = ([name, , summary]) => {
    const low = name.toLowerCase();
    if (low === words) return 0;
    if (low.startsWith(words)) return 1;
    if (low.includes(words)) return 2;
    return summary.toLowerCase().includes(words) ? 3 : 4;
  };
  return entries
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter((one) => one.rank < 4)
    .sort((a, b) => a.rank - b.rank || a.entry[0].length - b.entry[0].length)
    .slice(0, 12)
    .map(({ entry }) => entry);
}

addSearch(document.querySelector('#search'));
