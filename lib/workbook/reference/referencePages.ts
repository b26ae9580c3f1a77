import { type BookFragment, renderFragments } from '../bookFragments';
import type { BookPage } from '../bookPage';
import { summary } from './docstring';
import { entryHtml, lineHtml, type Setting } from './entryHtml';
import { linksOf, room } from './links';
import { type PublicName, publicNames } from './publicNames';

/** What each room holds, in the order in which data flows. */
const rooms: Readonly<Record<string, string>> = {
  engine: 'TensorFlow.js on the native library: linear algebra with gradients, seeded randomness.',
  datasets: 'Images: load, verify, batch.',
  views: 'Augmentations: from a batch of images to two views.',
  models: 'Encoders, projectors and predictors, and the layers that they are made of.',
  information: 'Entropies, mutual information and mixtures, differentiable.',
  objectives: 'From embeddings to named loss terms.',
  training: 'Optimizers, schedules, the loop, checkpoints, probes.',
  statistics: 'Tests of normality, distances, correlation, intervals.',
  theory: 'What each theorem states, as code.',
  figures: 'From plain rows to Plotly figures.',
  workbook: 'Scales, cached runs, display, comparison, verdicts.',
};

/**
 * The reference of lib/index.ts's names as pages of the book, from their declarations and docstrings: an index, and a page for
 * each room. The same source gives the same pages. It takes some 10 s.
 *
 * @param root The project's folder.
 * @returns the pages, and a line for each equation that cannot be set
 * @throws If a docstring has an unknown tag, or `rooms` above lacks a room.
 */
export function referencePages(root: string): {
  readonly pages: readonly BookPage[];
  readonly problems: readonly string[];
} {
  const names = publicNames(root);
  const strange = names.find(({ file }) => !(room(file) in rooms));
  if (strange) throw new Error(`referencePages: expected a line for the room of lib/${strange.file} in \`rooms\``);
  const links = linksOf(names);
  const importable = new Set(names.filter(({ exported }) => exported).map(({ name }) => name));
  const users = usersOf(names);
  const pages = (set: Setting['set']) => {
    const setting = { set, links, users, importable };
    return [indexPage(names, setting), ...Object.keys(rooms).map((name) => roomPage(name, names, setting))];
  };
  // All pieces are set by one process: the pages are made once to collect them, and once with them.
  const pieces = new Map<string, BookFragment>();
  const piece = (kind: string, source: string) => `${kind}\n${source}`;
  pages((kind, source, place) => {
    pieces.set(piece(kind, source), { kind, source, place });
    return '';
  });
  const { html, problems } = renderFragments(root, [...pieces.values()]);
  const rendered = new Map([...pieces.keys()].map((key, i) => [key, html[i]!]));
  return { pages: pages((kind, source) => rendered.get(piece(kind, source))!), problems };
}

function indexPage(names: readonly PublicName[], setting: Setting): BookPage {
  const lists = Object.entries(rooms).map(([title, text]) => {
    const rows = names
      .filter(({ file, exported }) => exported && room(file) === title)
      .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
      .map((entry) => {
        const line = lineHtml(summaryOf(entry, setting.users), entry, setting);
        return `<dt><a href="api-${title}.html#${setting.links.id(entry)}"><code>${entry.name}</code></a></dt>\n<dd>${line}</dd>`;
      });
    return `<h2><a href="api-${title}.html">${title}</a></h2>\n<p>${text}</p>\n<dl class="names">\n${rows.join('\n')}\n</dl>`;
  });
  return {
    name: 'api',
    title: 'API reference',
    section: 'API',
    html: `<h1>API reference</h1>
<p>Every name that a notebook imports from <code>./lib/index</code>, by room; data flows through the rooms in this order. The text is
that of the source. Each example is compiled and run by the tests, which compare the results in its comments to the digits
written; those on CIFAR-10 run there on an archive of a few hundred images.</p>
<p>“theory.md” is the project’s own notes, which are not shipped: what is derived there is checked in the notebooks and tests.</p>
<p>Tensors that a function returns are the caller's: where many are made, call it in <code>tf.tidy</code> or dispose of them. The
examples leave that out.</p>
${lists.join('\n')}`,
  };
}

function roomPage(title: string, names: readonly PublicName[], setting: Setting): BookPage {
  const entries = inReadingOrder(names.filter(({ file }) => room(file) === title));
  return {
    name: `api-${title}`,
    title,
    section: 'API',
    html: `<h1>${title}</h1>\n<p>${rooms[title]}</p>\n${entries.map((entry) => entryHtml(entry, setting)).join('\n')}`,
    entries: entries
      .filter(({ exported }) => exported)
      .map((entry) => ({
        name: entry.name,
        id: setting.links.id(entry),
        summary: summaryOf(entry, setting.users).replaceAll('`', ''),
      })),
  };
}

/** Who names each type in a signature. */
function usersOf(names: readonly PublicName[]): Setting['users'] {
  const links = linksOf(names);
  const users = new Map<PublicName, PublicName[]>();
  for (const user of names.filter(({ kind }) => kind === 'function' || kind === 'class')) {
    const words = new Set(user.signatures.join('\n').match(/\b[A-Z]\w+/g) ?? []);
    for (const word of words) {
      const type = links.find(word, user.file);
      if (type && type !== user) users.set(type, [...(users.get(type) ?? []), user]);
    }
  }
  return users;
}

/** The first sentence; of an options type without one, whose options they are. */
function summaryOf(entry: PublicName, users: Setting['users']): string {
  const { description } = entry.doc;
  if (description !== '') return summary(description);
  const functions = (users.get(entry) ?? []).map(({ name }) => `\`${name}\``);
  return functions.length === 0 ? '' : `Options of ${functions.join(', ')}.`;
}

/** By file, and in it what one calls before the types. */
function inReadingOrder(entries: readonly PublicName[]): PublicName[] {
  const isType = ({ kind }: PublicName) => Number(kind === 'interface' || kind === 'type');
  const before = (a: string | number, b: string | number) => (a < b ? -1 : Number(a > b));
  return [...entries].sort((a, b) => before(a.file, b.file) || before(isType(a), isType(b)) || before(a.line, b.line));
}
