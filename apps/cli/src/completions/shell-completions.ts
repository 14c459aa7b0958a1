import { flagOf } from '@buildsrs/common';
import type { Command } from '../command.ts';

/** The shells there are completions for. */
export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish'] as const;
export type CompletedShell = (typeof COMPLETED_SHELLS)[number];

interface Words {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly { readonly flag: string; readonly help: string; readonly takesValue: boolean }[];
}

function wordsOf(commands: readonly Command[]): Words[] {
  return commands.map(({ name, usage }) => ({
    name,
    summary: usage.summary,
    flags: [
      ...Object.entries(usage.settings)
        .filter(([, setting]) => setting.secret !== true)
        .map(([setting, { help, value }]) => ({
          flag: flagOf(setting),
          help,
          takesValue: value !== undefined,
        })),
      { flag: '--help', help: 'Print help and stop.', takesValue: false },
    ],
  }));
}

/** Text in single quotes, of which none are left in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;

function bash(words: readonly Words[]): string {
  return [
    '_builds() {',
    '  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}',
    '  if ((COMP_CWORD == 1)); then',
    `    mapfile -t COMPREPLY < <(compgen -W '${words.map((one) => one.name).join(' ')}' -- "$current")`,
    '    return',
    '  fi',
    '  case $command in',
    ...words.map(
      (one) =>
        `    ${one.name}) mapfile -t COMPREPLY < <(compgen -W '${one.flags.map(({ flag }) => flag).join(' ')}' -- "$current") ;;`,
    ),
    '  esac',
    '}',
    'complete -o default -F _builds builds',
    '',
  ].join('\n');
}

function zsh(words: readonly Words[]): string {
  const text = (line: string): string => line.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
  return [
    '#compdef builds',
    '_builds() {',
    '  if ((CURRENT == 2)); then',
    '    local -a commands=(',
    ...words.map((one) => `      ${quoted(`${one.name}:${text(one.summary)}`)}`),
    '    )',
    "    _describe 'command' commands",
    '    return',
    '  fi',
    '  local command=$words[2]',
    '  shift words',
    '  ((CURRENT--))',
    '  case $command in',
    ...words.map((one) =>
      [
        `    ${one.name}) _arguments \\`,
        ...one.flags.map(
          ({ flag, help, takesValue }) =>
            `      ${quoted(`*${flag}${takesValue ? '=' : ''}[${text(help)}]${takesValue ? ':value:_files' : ''}`)} \\`,
        ),
        "      '*:argument:_files' ;;",
      ].join('\n'),
    ),
    '  esac',
    '}',
    '_builds "$@"',
    '',
  ].join('\n');
}

function fish(words: readonly Words[]): string {
  return [
    ...words.map(
      (one) => `complete -c builds -f -n __fish_use_subcommand -a ${one.name} -d ${quoted(one.summary)}`,
    ),
    ...words.flatMap((one) =>
      one.flags.map(
        ({ flag, help, takesValue }) =>
          `complete -c builds -n '__fish_seen_subcommand_from ${one.name}' -l ${flag.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(help)}`,
      ),
    ),
    '',
  ].join('\n');
}

/** The completions of a shell, made of the very tables that commands read their arguments by. */
export function shellCompletions(shell: CompletedShell, commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](wordsOf(commands));
}
