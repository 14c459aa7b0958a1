import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hostileCrates } from './hostile-crate.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/cases.md'), 'utf8');

test('docs/cases.md has every case, and every crate of the hostile corpus', () => {
  const cases = [12, 13, 41, 42, 57, 109, ...Array.from({ length: 21 }, (_, index) => 61 + index)];
  for (const number of cases) expect(page).toMatch(new RegExp(`^\\| ${number} +\\|`, 'm'));
  for (const crate of hostileCrates()) expect(page).toContain(`\`${crate}\``);
});

test('every clause of the contract and every file docs/cases.md names is there', () => {
  const paths = globSync('{packages,apps,bench,test}/**/src/**/*.ts', {
    cwd: ROOT,
    exclude: ['**/node_modules'],
  });
  const contract = paths
    .filter((path) => /[/\\]contract-[a-z]+\.ts$/.test(path))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
  const clauses = [...page.matchAll(/contract ((?:\*[^*\n]+\*(?:, )?)+)/g)]
    .flatMap(([, titles]) => [...(titles as string).matchAll(/\*([^*]+)\*/g)])
    .map((match) => match[1] as string);
  expect(clauses.length).toBeGreaterThan(15);
  for (const clause of clauses) expect(contract.includes(clause), clause).toBe(true);
  const files = [...page.matchAll(/`([\w/-]+\.test\.ts)`/g)].map((match) => match[1] as string);
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const [name, ...folders] = file.split('/').toReversed();
    const found = paths.some((path) => {
      const parts = path.replaceAll('\\', '/').split('/');
      return parts.at(-1) === name && folders.every((folder) => parts.includes(folder));
    });
    expect(found, file).toBe(true);
  }
});
