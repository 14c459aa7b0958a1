import { ExecutorFixture } from '@buildsrs/executor/testing';
import { expect, it } from 'vitest';
import { openSampleSource } from '../crate-source.ts';
import { soak } from './soak.ts';
import { soakReport } from './soak-report.ts';

const clean = { builds: 1_000, leftovers: [], changed: [] };

it('says what is left, what changed, and what grew', () => {
  expect(soakReport({ ...clean, rssBytes: [100e6, 104e6], diskBytes: [1e6, 2e6] }).wrong).toEqual([]);
  expect(
    soakReport({
      builds: 1_000,
      leftovers: ['mount x'],
      changed: ['hello'],
      rssBytes: [100e6, 106e6],
      diskBytes: [0, 60e6],
    }).wrong,
  ).toEqual([
    'left: mount x',
    'came out differently: hello',
    'memory grew by more than 5 %',
    'disk grew by more than 50.0 MB',
  ]);
  expect(soakReport({ ...clean, builds: 10, rssBytes: [100e6, 200e6], diskBytes: [0, 0] }).wrong).toEqual([]);
});

it.for(['sandbox', 'docker'] as const)(
  'a few builds in a row leave nothing and come out the same, on the %s executor',
  { timeout: 600_000 },
  async (executor, context) => {
    await using fixture = await ExecutorFixture.open(executor);
    const driver = fixture.driverFor(context);
    await using source = await openSampleSource();
    const { dataDir } = fixture;
    const { leftovers, changed } = await soak({ driver, dataDir, source, builds: 4 });
    expect({ leftovers, changed }).toEqual({ leftovers: [], changed: [] });
  },
);
