import { join } from 'node:path';
import * as ts from '@tslab/typescript-for-tslab';
import { describe, expect, test } from 'vitest';
import { publicDeclarations } from '../../lib/workbook/reference/declarations';
import { namesOf, type PublicName } from '../../lib/workbook/reference/publicNames';

const root = join(__dirname, '..', '..');
const declared = publicDeclarations(root);
const names = namesOf(declared, root);

/** Why names may lack what the rules ask of them: `file name rule`, each with its reason. */
const exceptions: ReadonlyMap<string, string> = new Map();

const rules: Readonly<Record<string, (entry: PublicName, declaration: ts.Declaration) => readonly string[]>> = {
  // Options are described by the function that takes them, which the reference links.
  'a description': ({ name, doc }) => (doc.description === '' && !isOptions(name) ? ['says nothing'] : []),
  'an example': ({ kind, exported, doc }) =>
    exported && !isType(kind) && doc.examples.length === 0 ? ['has no @example'] : [],
  'the errors it throws': ({ doc }, declaration) =>
    throws(declaration) && doc.throws.length === 0 && !/\bthrows?\b/i.test(doc.description)
      ? ['throws, and says nothing of it: @throws']
      : [],
  'the shapes of its tensors': ({ kind, doc, signatures }) => {
    const text = [doc.description, doc.returns ?? '', ...doc.parameters.map((parameter) => parameter.text)].join('\n');
    const tensors = kind === 'function' && /\btf\.Tensor/.test(signatures.join('\n'));
    return tensors && !/\[[^\]]*\]|\b[Ss]calar\b|\bany shape\b/.test(text)
      ? ['has tensors, and no shape such as [N, K]']
      : [];
  },
  // The type's text describes an index; a field's text may describe the fields of an object type written within it.
  'a text for each field': ({ fields }) =>
    fields
      .filter(
        ({ name, text }) =>
          text === '' &&
          !/(^|\.)\[/.test(name) &&
          !fields.some((outer) => name.startsWith(`${outer.name}.`) && outer.text),
      )
      .map(({ name }) => `says nothing of its field ${name}`),
  'a default for each option': ({ name, kind, fields, parameters, doc }) => {
    const options = kind === 'function' || isOptions(name);
    const absent = options
      ? /\bdefault/i
      : /\bdefault|\b(only|if|where|unless|without|absent|undefined|none|neither|not)\b/i;
    const said = `${doc.description}\n${doc.parameters.map(({ text }) => text).join('\n')}`;
    return [
      ...fields
        .filter(({ optional, initial, text }) => optional && initial === undefined && !absent.test(text))
        .map((field) => `says no default of ${field.name}`),
      ...parameters
        .filter(
          ({ optional, initial, type }) => optional && initial === undefined && !/^\{|(Options|Settings)\b/.test(type),
        )
        .filter(({ text }) => !/\bdefault/i.test(text) && !/\bdefault/i.test(said))
        .map((parameter) => `says no default of its parameter ${parameter.name}`),
    ];
  },
};

function isType(kind: PublicName['kind']): boolean {
  return kind === 'interface' || kind === 'type';
}

function isOptions(name: string): boolean {
  return /(Options|Settings)$/.test(name);
}

/** Whether the body has a throw, or calls a function named for one, such as `requireRows`. */
function throws(node: ts.Node): boolean {
  if (ts.isThrowStatement(node)) return true;
  if (ts.isCallExpression(node) && /^(require|check)[A-Z]/.test(node.expression.getText())) return true;
  return ts.forEachChild(node, (child) => throws(child) || undefined) ?? false;
}

const rooms = [...new Set(names.map(({ file }) => file.slice(0, file.indexOf('/'))))];

describe.each(rooms)('each public name of %s has', (room) => {
  test.each(Object.keys(rules))('%s', (rule) => {
    const complaints = names.flatMap((entry, i) => {
      if (!entry.file.startsWith(`${room}/`) || exceptions.has(`${entry.file} ${entry.name} ${rule}`)) return [];
      const declaration = declared.names[i]!.declarations.at(-1)!;
      return rules[rule]!(entry, declaration).map((text) => `lib/${entry.file}:${entry.line} ${entry.name} ${text}`);
    });
    expect(complaints, `docstrings of ${room} lack ${rule}`).toEqual([]);
  });
});
