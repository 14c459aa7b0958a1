import type { ProgramUsage, Settings, SettingsValues } from '@buildsrs/common';
import type { Host } from './install/host.ts';

/** What a command may use of the world around it. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The machine to install for; this one when left out. */
  readonly host?: Host;
}

/** One command of `builds`. */
export interface Command<S extends Settings = Settings> {
  readonly name: string;
  /** Short spellings of its flags: `-f` for `--follow`. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly usage: ProgramUsage<S>;
  /** Gives the exit code. Errors for people are `SentenceError`s. */
  run(values: SettingsValues<S>, positionals: readonly string[], context: CommandContext): Promise<number>;
}

/** Keeps the types of a command's settings while it is defined; the table of commands forgets them. */
export function defineCommand<S extends Settings>(command: Command<S>): Command {
  return command;
}
