import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { extractArchive, unsafeMember } from '../../lib/datasets/extractArchive';
import { type TarMember, tarGz, type ZipMember, zip } from './archives';
import { temporaryFolder } from './temporaryFolder';

function setUp(name: string, bytes: Buffer): { archive: string; target: string; outside: string } {
  const folder = temporaryFolder();
  const archive = join(folder, 'downloads', name);
  mkdirSync(dirname(archive));
  writeFileSync(archive, bytes);
  return { archive, target: join(folder, 'data', 'set'), outside: folder };
}

const GOOD = [
  { path: 'set/a.txt', content: 'alpha' },
  { path: 'set/deep/b.txt', content: 'beta' },
  { path: 'other.txt' },
];

describe('extractArchive', () => {
  for (const [name, bytes] of [
    ['set.tar.gz', tarGz(GOOD)],
    ['set.zip', zip(GOOD)],
  ] as const) {
    test(`puts the folder of ${name} in place, and nothing else`, async () => {
      const { archive, target } = setUp(name, bytes);
      let told = 0;
      await extractArchive(archive, 'set', target, ({ done }) => {
        told = done;
      });
      expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('alpha');
      expect(readFileSync(join(target, 'deep', 'b.txt'), 'utf8')).toBe('beta');
      expect(readdirSync(dirname(target))).toEqual(['set']);
      expect(told).toBe(3);
    });

    test(`${name} cut anywhere leaves nothing`, async () => {
      for (let cut = 20; cut < bytes.length; cut += 37) {
        const { archive, target } = setUp(name, bytes.subarray(0, cut));
        await expect(extractArchive(archive, 'set', target)).rejects.toThrow(`load: ${archive}, `);
        expect(readdirSync(dirname(target))).toEqual([]);
      }
    });
  }

  test('a tar of many folders, cut, leaves nothing either, though files are still being opened', async () => {
    const folders = Array.from({ length: 40 }, (_, i) => ({ path: `set/${i}/a.txt`, content: 'alpha'.repeat(2000) }));
    const bytes = tarGz(folders);
    for (let cut = 200; cut < bytes.length; cut += 100) {
      const { archive, target } = setUp('set.tar.gz', bytes.subarray(0, cut));
      await expect(extractArchive(archive, 'set', target)).rejects.toThrow(`load: ${archive}, `);
      expect(readdirSync(dirname(target))).toEqual([]);
    }
  });

  const malicious: readonly (readonly [string, TarMember])[] = [
    ['".."', { path: '../evil', content: 'x' }],
    ['".." inside', { path: 'set/../../evil', content: 'x' }],
    ['an absolute name', { path: join(process.cwd(), '/evil'), content: 'x' }],
    ['a backslash', { path: '\\evil', content: 'x' }],
    ['a drive', { path: 'C:evil', content: 'x' }],
    ['a symbolic link', { path: 'set/link', type: 'SymbolicLink', linkpath: '../..' }],
    ['a hard link', { path: 'set/hard', type: 'Link', linkpath: '/etc/passwd' }],
    ['a device', { path: 'set/device', type: 'CharacterDevice' }],
  ];
  for (const [what, member] of malicious) {
    test(`refuses a tar with ${what}, and keeps nothing`, async () => {
      const through = { path: 'set/link/evil', content: 'x' };
      const { archive, target, outside } = setUp('set.tar.gz', tarGz([...GOOD, member, through]));
      await expect(extractArchive(archive, 'set', target)).rejects.toThrow(`load: ${archive}, member ${member.path}: `);
      expect(readdirSync(dirname(target))).toEqual([]);
      expect(readdirSync(outside).sort()).toEqual(['data', 'downloads']);
      expect(existsSync(join(process.cwd(), 'evil'))).toBe(false);
    });
  }

  const maliciousZip: readonly (readonly [string, ZipMember])[] = [
    ['".."', { path: '../evil', content: 'x' }],
    ['an absolute name', { path: '/evil', content: 'x' }],
    ['a symbolic link', { path: 'set/link', content: '../..', mode: 0o120777 }],
  ];
  for (const [what, member] of maliciousZip) {
    test(`refuses a zip with ${what}, and keeps nothing`, async () => {
      const { archive, target, outside } = setUp('set.zip', zip([...GOOD, member]));
      await expect(extractArchive(archive, 'set', target)).rejects.toThrow(`load: ${archive}, `);
      expect(readdirSync(dirname(target))).toEqual([]);
      expect(readdirSync(outside).sort()).toEqual(['data', 'downloads']);
    });
  }

  test('says so when the expected folder is not in it', async () => {
    const { archive, target } = setUp('set.tar.gz', tarGz(GOOD));
    await expect(extractArchive(archive, 'elsewhere', target)).rejects.toThrow(
      'expected a folder elsewhere at the top',
    );
    expect(existsSync(target)).toBe(false);
  });

  test('removes what a killed process left, and keeps what is in place', async () => {
    const { archive, target } = setUp('set.tar.gz', tarGz(GOOD));
    mkdirSync(join(dirname(target), '.set.extracting-abandoned'), { recursive: true });
    await Promise.all([extractArchive(archive, 'set', target), extractArchive(archive, 'set', target)]);
    expect(readdirSync(dirname(target))).toEqual(['set']);
    writeFileSync(archive, 'no longer an archive');
    await extractArchive(archive, 'set', target);
  });

  test('unsafeMember lets ordinary names pass', () => {
    for (const name of ['a', 'a/b.jpg', './a', 'a..b', '..a/b']) expect(unsafeMember(name, 'File')).toBeUndefined();
  });
});
