import { expect, it } from 'vitest';
import { ProgramMessages } from './program-messages.ts';

it('passes on the messages of the log, and ends with the sentence of the program', () => {
  const said: string[] = [];
  const messages = new ProgramMessages((message) => said.push(message));
  messages.push('{"level":30,"msg":"connecting"}');
  messages.push('There is no working Rust toolchain.');
  messages.push('{broken');
  expect(said).toEqual(['connecting']);
  expect(messages.endError('builder', 3, '/logs/builder.log')).toMatchObject({
    message: 'There is no working Rust toolchain.',
    exitCode: 3,
  });
});

it('never shows a stack trace', () => {
  const messages = new ProgramMessages();
  for (const line of ['TypeError: x is not a function', '    at run (file.ts:1:2)']) messages.push(line);
  expect(messages.endError('backend', 1, '/logs/backend.log').message).toBe(
    'The backend stopped unexpectedly (exit code 1); /logs/backend.log says more.',
  );
});

it('says that a program was killed', () => {
  const messages = new ProgramMessages();
  messages.push('A sentence from before.');
  expect(messages.endError('backend', null, '/logs/backend.log').message).toBe(
    'The backend was killed; /logs/backend.log says more.',
  );
});
