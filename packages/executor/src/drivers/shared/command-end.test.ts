import { expect, it } from 'vitest';
import { endOfExitCode } from './command-end.ts';

it.each([
  [0, { exitCode: 0, signal: null }],
  [101, { exitCode: 101, signal: null }],
  [128, { exitCode: 128, signal: null }],
  [137, { exitCode: null, signal: 'SIGKILL' }],
  [139, { exitCode: null, signal: 'SIGSEGV' }],
  [255, { exitCode: 255, signal: null }],
])('reads exit code %i', (code, end) => {
  expect(endOfExitCode(code)).toEqual(end);
});
