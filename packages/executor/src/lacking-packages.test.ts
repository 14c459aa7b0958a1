import { expect, test } from 'vitest';
import { lackingPackages } from './lacking-packages.ts';

const installed = [{ name: 'cmake', version: '4.1', architecture: 'amd64' }];

test('a package that is not there is named, with who can add it', () => {
  expect(lackingPackages(['cmake', 'libpq-dev', 'nasm'], installed)).toMatchObject({
    kind: 'missing-library',
    message: expect.stringContaining('libpq-dev, nasm.'),
    hint: expect.stringContaining('operator'),
  });
});

test('nothing is lacking when all is there, nothing is asked for, or nobody knows', () => {
  expect(lackingPackages(['cmake'], installed)).toBeUndefined();
  expect(lackingPackages([], installed)).toBeUndefined();
  expect(lackingPackages(['nasm'], undefined)).toBeUndefined();
});
