import { readProgram, SentenceError } from '@buildsrs/common';
import type { CommandContext } from './command.ts';
import { COMMANDS } from './commands.ts';

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  const rows = COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.usage.summary}`);
  return [
    'builds: prebuilt binaries of the programs on crates.io.',
    '',
    'Usage: builds COMMAND [options]    (also: cargo builds COMMAND)',
    '',
    ...rows,
    '',
    'Most ask an instance: --server URL, or BUILDSRS_SERVER in the environment.',
    '`builds COMMAND --help` says more about each.',
    '',
    'Examples:',
    '  builds install ripgrep',
    '  builds request hexyl --target x86_64-unknown-linux-musl',
    '  builds build                what the service would make of the crate in this folder',
    '',
  ].join('\n');
}

/** The variables commands read. `BUILDS_SERVER` is what other tools call it; the documented name goes before it. */
function environmentOf({ environment }: CommandContext): CommandContext['environment'] {
  const { BUILDS_SERVER, BUILDSRS_SERVER = BUILDS_SERVER } = environment;
  return { ...environment, BUILDSRS_SERVER };
}

/**
 * Runs `builds` with its arguments; gives the exit code. As `cargo builds` the first argument is `builds`, which cargo
 * adds.
 *
 * @throws {SentenceError} for what people should read.
 */
export async function runCli(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args[0] === 'builds' ? args.slice(1) : args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    context.stdout.write(overview());
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    throw new SentenceError(
      'unknown-command',
      `builds has no command "${name.slice(0, 64)}". \`builds --help\` lists them.`,
      {
        exitCode: 2,
      },
    );
  }
  const spelled = rest.map((word) => command.aliases?.[word] ?? word);
  const read = readProgram(command.usage, spelled, environmentOf(context));
  if (read.help !== undefined) {
    context.stdout.write(read.help);
    return 0;
  }
  return command.run(read.values, read.positionals, context);
}
