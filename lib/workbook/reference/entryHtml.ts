import { escapeHtml } from '../table';
import { importLines } from './importLines';
import { type Links, linkCode, linkProse, typeHtml } from './links';
import type { Member, PublicName } from './publicNames';

/** What setting an entry needs of the whole reference. */
export interface Setting {
  /** HTML of Markdown (with TeX) or of TypeScript; `place` is what a message calls it. */
  set(kind: 'markdown' | 'typescript', source: string, place: string): string;
  readonly links: Links;
  /** The functions, and what else is no type, whose signatures name a type. */
  readonly users: ReadonlyMap<PublicName, readonly PublicName[]>;
  /** What an example can import. */
  readonly importable: ReadonlySet<string>;
}

/** One name of the reference: its signature, text, parameters or fields, result, errors and examples. */
export function entryHtml(entry: PublicName, setting: Setting): string {
  const { name, kind, file, signatures, doc } = entry;
  const { links, importable } = setting;
  const place = `lib/${file}, ${name}`;
  const prose = (text: string) => proseHtml(text, entry, setting);
  const code = (source: string) => linkCode(setting.set('typescript', source, place), file, links, name);
  const part = (title: string, html: string) => (html === '' ? '' : `<h3>${title}</h3>\n${html}`);
  const example = (source: string) =>
    code([importLines(source, importable), source].filter((text) => text !== '').join('\n\n'));
  const origin = entry.exported
    ? `${kind} · <code>lib/${file}</code>`
    : `${kind}, named in signatures · <code>lib/${file}</code>`;
  // Types have their id on the section, so that a page's contents list what one calls.
  const id = links.id(entry);
  const isType = kind === 'interface' || kind === 'type';
  const head = isType
    ? `<section class="entry" id="${id}">\n<h2><code>${name}</code></h2>`
    : `<section class="entry">\n<h2 id="${id}"><code>${name}</code></h2>`;
  return [
    head,
    `<p class="note">${origin}</p>`,
    usersHtml(entry, setting),
    signatures[0] === `interface ${name}` ? '' : code(signatures.join('\n')),
    prose(doc.description),
    part('Parameters', members(entry.parameters, entry, setting)),
    part(kind === 'function' ? 'Fields of parameters' : 'Fields', members(entry.fields, entry, setting)),
    part('Returns', doc.returns ? prose(doc.returns) : ''),
    part('Throws', doc.throws.map(prose).join('\n')),
    part(doc.examples.length > 1 ? 'Examples' : 'Example', doc.examples.map(example).join('\n')),
    '</section>',
  ]
    .filter((html) => html !== '')
    .join('\n');
}

/** Prose of a docstring as HTML, with its names as links; '' of ''. */
export function proseHtml(text: string, { name, file }: PublicName, { set, links }: Setting): string {
  if (text === '') return '';
  return linkProse(set('markdown', markdown(text), `lib/${file}, ${name}`), file, links, name).trim();
}

/** As `proseHtml`, a single paragraph without its tags. */
export function lineHtml(text: string, entry: PublicName, setting: Setting): string {
  const html = proseHtml(text, entry, setting);
  const whole = /^<p>((?:(?!<\/p>)[\s\S])*)<\/p>$/.exec(html);
  return whole ? whole[1]! : html;
}

function usersHtml(entry: PublicName, { users, links }: Setting): string {
  const all = (users.get(entry) ?? []).map(
    ({ name, file }) => `<a href="${links.address(name, file)}"><code>${name}</code></a>`,
  );
  return all.length === 0 ? '' : `<p class="note">In the signature of ${all.join(', ')}.</p>`;
}

/** Less-than signs and underscores outside of code and equations are text. */
function markdown(text: string): string {
  return text
    .split(/(`[^`]*`|\$[^$\n]+\$)/)
    .map((piece, i) => (i % 2 === 1 ? piece : piece.replaceAll('<', '&lt;').replaceAll('_', '\\_')))
    .join('');
}

function members(list: readonly Member[], entry: PublicName, setting: Setting): string {
  const rows = list
    .filter(({ type, text }) => type !== '' || text !== '')
    .map(({ name, type, optional, initial, text }) => {
      const type_ = type === '' ? '' : `: ${typeHtml(type, entry.file, setting.links)}`;
      const value = initial === undefined ? '' : ` <span class="note">= <code>${escapeHtml(initial)}</code></span>`;
      const term = `<dt><code>${escapeHtml(name)}${optional ? '?' : ''}</code>${type_}${value}</dt>`;
      const said = text === '' ? fieldNames(type, entry, setting) : lineHtml(text, entry, setting);
      return `${term}\n<dd>${said}</dd>`;
    });
  return rows.length === 0 ? '' : `<dl>\n${rows.join('\n')}\n</dl>`;
}

/** The fields of an options type, for a parameter of which its docstring says nothing more. */
function fieldNames(type: string, { file }: PublicName, { links }: Setting): string {
  const fields = links.find(type, file)?.fields.filter(({ name }) => !name.includes('.')) ?? [];
  return fields
    .map(({ name, optional, initial }) => {
      const code = `<code>${escapeHtml(name)}${optional ? '?' : ''}</code>`;
      return initial === undefined ? code : `${code} = <code>${escapeHtml(initial)}</code>`;
    })
    .join(', ');
}
