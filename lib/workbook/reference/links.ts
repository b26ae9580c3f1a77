import { escapeHtml } from '../table';
import type { PublicName } from './publicNames';

/** Finds where the reference describes a name. */
export interface Links {
  /** The id of a name in its room's page: the name, but where two files have types of one name. */
  id(entry: PublicName): string;
  /** What a name in the code of `file` means; undefined if the reference does not have it. */
  find(name: string, file: string): PublicName | undefined;
  /** The address of a name as code in `file` means it; undefined if the reference has none. */
  address(name: string, file: string): string | undefined;
}

/** The room of lib/ that a file is in. */
export function room(file: string): string {
  return file.slice(0, file.indexOf('/'));
}

export function linksOf(names: readonly PublicName[]): Links {
  const byName = new Map<string, PublicName[]>();
  for (const entry of names) byName.set(entry.name, [...(byName.get(entry.name) ?? []), entry]);
  const id = (entry: PublicName) => {
    const [first, ...others] = byName.get(entry.name)!;
    if (entry === first || others.length === 0) return entry.name;
    return `${entry.name}-${entry.file.replace(/^.*\/|\.ts$/g, '')}`;
  };
  const find = (name: string, file: string) => {
    const all = byName.get(name) ?? [];
    return all.find((entry) => entry.file === file) ?? all.find((entry) => room(entry.file) === room(file)) ?? all[0];
  };
  return {
    id,
    find,
    address(name, file) {
      const entry = find(name, file);
      return entry && `api-${room(entry.file)}.html#${id(entry)}`;
    },
  };
}

/**
 * Coloured or plain HTML of code with the names that the reference knows as links. Names behind a dot, before a colon (keys,
 * parameters), in strings and in comments stay.
 */
export function linkCode(html: string, file: string, links: Links, self?: string): string {
  const parts = html.match(/<[^>]*>|[^<]+/g) ?? [];
  let before = '';
  let inert = false;
  return parts
    .map((part, i) => {
      if (part.startsWith('<')) {
        if (part.startsWith('<span')) inert = /class="[sc]/.test(part);
        if (part === '</span>') inert = false;
        return part;
      }
      const after = parts.slice(i + 1).find((next) => !next.startsWith('<')) ?? '';
      const linked = part.replace(/&\w+;|[A-Za-z_$][\w$]*/g, (word, at: number) => {
        const previous = (before + part.slice(0, at)).trimEnd().at(-1);
        const next = (part.slice(at + word.length) + after).trimStart();
        const address = inert || previous === '.' || /^\??:/.test(next) ? undefined : links.address(word, file);
        return address && word !== self ? `<a href="${address}">${word}</a>` : word;
      });
      before = part.trim() === '' ? before : part;
      return linked;
    })
    .join('');
}

/** A type as code on one line. */
export function typeHtml(type: string, file: string, links: Links): string {
  return `<code>${linkCode(escapeHtml(type), file, links)}</code>`;
}

/** Prose as HTML: names in code become links, so do numbers of arXiv. */
export function linkProse(html: string, file: string, links: Links, self?: string): string {
  return html
    .replace(/<code>(\w+)<\/code>/g, (whole, name: string) => {
      const address = name === self ? undefined : links.address(name, file);
      return address ? `<a href="${address}">${whole}</a>` : whole;
    })
    .replace(/arXiv[: ](\d{4}\.\d{4,5})/g, '<a href="https://arxiv.org/abs/$1">arXiv $1</a>');
}
