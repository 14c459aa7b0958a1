import { SentenceError } from '@buildsrs/common';
import { defineCommand, type Command } from '../command.ts';
import { COMPLETED_SHELLS, shellCompletions } from './shell-completions.ts';

/** `builds completions SHELL`, for the commands there are. */
export function completionsCommand(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: 'completions',
    usage: {
      name: 'builds completions',
      summary: 'Print what makes a shell complete `builds`.',
      settings: {},
      positionals: COMPLETED_SHELLS.join('|'),
      examples: [
        'builds completions bash > ~/.local/share/bash-completion/completions/builds',
        'builds completions zsh > ~/.zfunc/_builds',
        'builds completions fish > ~/.config/fish/completions/builds.fish',
      ],
    },
    run: async (_values, positionals, context) => {
      const shell = COMPLETED_SHELLS.find((one) => one === positionals[0]);
      if (shell === undefined || positionals.length > 1) {
        throw new SentenceError(
          'bad-usage',
          `builds completions takes one of ${COMPLETED_SHELLS.join(', ')}.`,
          {
            exitCode: 2,
          },
        );
      }
      context.stdout.write(shellCompletions(shell, commands()));
      return await Promise.resolve(0);
    },
  });
}
