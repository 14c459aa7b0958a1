import type { Artifact } from '@buildsrs/common';
import { expect, test } from 'vitest';
import { SAMPLE_BUILDS } from '../testing/sample-data.ts';
import { oneLiners } from './one-liners.ts';

const sample = SAMPLE_BUILDS.flatMap((build) => build.artifacts)[0] as Artifact;
const windows = { ...sample, target: 'x86_64-pc-windows-gnu' as Artifact['target'] };

test('each system gets its line, from the instance that has the file', () => {
  const address = `https://builds.example/i/${sample.crate}@${sample.version}`;
  expect(oneLiners([sample, windows])).toEqual([
    { language: 'Shell', text: `curl -fsSL ${address} | sh` },
    { language: 'PowerShell', text: `irm '${address}.ps1' | iex` },
  ]);
  expect(oneLiners([windows]).map(({ language }) => language)).toEqual(['PowerShell']);
});

test('an address that is none, or a trap, gives no line that does harm', () => {
  expect(oneLiners([{ ...sample, url: 'javascript:alert(1)' }])).toEqual([]);
  expect(oneLiners([{ ...sample, url: 'https://cdn.example/objects/1' }])).toEqual([]);
  const trap = `https://builds.example/'$(touch pwned)/crates/${sample.crate}/1`;
  expect(oneLiners([{ ...sample, url: trap }])[0]?.text).toMatch(/^curl -fsSL '[^']*('\\''[^']*)*' \| sh$/);
});
