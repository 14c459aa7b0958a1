import { parseDigest, type TaskDetail } from '@buildsrs/common';
import { expect, it } from 'vitest';
import { jsonLine } from './json-line.ts';

const sha256 = parseDigest('ab'.repeat(32));
const task = {
  id: 1,
  crate: 'hexyl',
  version: '0.17.0',
  target: 'x86_64-unknown-linux-gnu',
  kind: 'binary',
  status: 'built',
  failure: null,
  artifacts: [
    { name: 'hexyl.tar.gz', url: 'http://127.0.0.1:1/hexyl.tar.gz', sha256, size: 7, downloads: 3 },
  ],
} as unknown as TaskDetail;

it('has the promised fields and no others', () => {
  expect(JSON.parse(jsonLine(task, '/data/storage'))).toEqual({
    crate: 'hexyl',
    version: '0.17.0',
    target: 'x86_64-unknown-linux-gnu',
    kind: 'binary',
    status: 'built',
    failure: null,
    artifacts: [
      {
        name: 'hexyl.tar.gz',
        url: 'http://127.0.0.1:1/hexyl.tar.gz',
        path: `/data/storage/objects/ab/${'ab'.repeat(31)}`,
        sha256,
        size: 7,
      },
    ],
  });
});

it('has no path where the store is no folder', () => {
  expect(JSON.parse(jsonLine(task, undefined))).toMatchObject({ artifacts: [{ path: null }] });
});
