import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { createDesk } from '../testing/run-builds.ts';

it('bash completes commands and flags', async () => {
  using desk = createDesk();
  const { stdout } = await desk.run(['completions', 'bash']);
  const complete = (...words: string[]): string[] =>
    execFileSync(
      'bash',
      [
        '-c',
        `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _builds; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ],
      { encoding: 'utf8' },
    )
      .trim()
      .split('\n');
  expect(complete('builds', 'in')).toEqual(['install', 'info']);
  expect(complete('builds', 'install', '--dr')).toEqual(['--dry-run']);
  expect(complete('builds', 'logs', '--f')).toEqual(['--follow']);
});

it('zsh and fish have every command, each quote closed', async () => {
  using desk = createDesk();
  for (const shell of ['zsh', 'fish']) {
    const { stdout } = await desk.run(['completions', shell]);
    for (const word of ['install', 'completions', 'dry-run', 'no-follow']) expect(stdout).toContain(word);
    for (const line of stdout.split('\n')) expect((line.match(/'/g) ?? []).length % 2).toBe(0);
  }
  await expect(desk.run(['completions', 'tcsh'])).rejects.toMatchObject({ exitCode: 2 });
});
