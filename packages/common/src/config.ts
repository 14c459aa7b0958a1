import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { SentenceError } from './sentence-error.ts';

/** One setting of a program: a flag, a variable and a default from one place. */
export interface Setting<
  Schema extends v.GenericSchema<unknown, unknown> = v.GenericSchema<unknown, unknown>,
> {
  /** Reads the text (or `true` for a switch, or a list of texts for a repeatable flag) and gives the value. */
  readonly schema: Schema;
  /** What `--help` says about it, one line, with the default. */
  readonly help: string;
  /** The word after the flag in `--help`: `DIR`. A setting without one is a switch. */
  readonly value?: string;
  /** May be given several times; in the variable, values are separated by commas. */
  readonly repeatable?: boolean;
  /** A secret: only a variable, never a flag, which every user of the machine could read in the process list. */
  readonly secret?: boolean;
}

/** The settings of a program by their name in camelCase: `dataDir` is `--data-dir` and `BUILDSRS_DATA_DIR`. */
export type Settings = Readonly<Record<string, Setting>>;

/** The values of settings. */
export type SettingsValues<S extends Settings> = {
  readonly [Key in keyof S]: v.InferOutput<S[Key]['schema']>;
};

/** What a program is told on its command line. */
export interface ProgramUsage<S extends Settings> {
  /** How it is called: `builds-builder`. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly settings: S;
  /** Names of positional arguments for the usage line: `[CRATE[@VERSION]…]`. */
  readonly positionals?: string;
  /** Shown at the end of `--help`. */
  readonly examples?: readonly string[];
}

/** What was read: `help` is the text to print and stop with 0, when `--help` was asked for. */
export type ProgramArguments<S extends Settings> =
  | { readonly help: string }
  | { readonly help: undefined; readonly values: SettingsValues<S>; readonly positionals: readonly string[] };

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The flag of a setting: `dataDir` → `--data-dir`. */
export function flagOf(name: string): string {
  return `--${kebab(name)}`;
}

/** The variable of a setting: `dataDir` → `BUILDSRS_DATA_DIR`. */
export function variableOf(name: string): string {
  return `BUILDSRS_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}

/** The text `--help` prints. */
export function helpText<S extends Settings>(usage: ProgramUsage<S>): string {
  const rows = Object.entries(usage.settings).map(([name, setting]) => {
    const flag =
      setting.secret === true
        ? ''
        : `${flagOf(name)}${setting.value === undefined ? '' : ` ${setting.value}`}`;
    return {
      flag,
      help: `${setting.help}${setting.repeatable === true ? ' (repeatable)' : ''}`,
      variable: variableOf(name),
    };
  });
  rows.push({ flag: '--help', help: 'Print this and stop.', variable: '' });
  const width = Math.max(...rows.map((row) => row.flag.length));
  const lines = rows.map(
    (row) => `  ${row.flag.padEnd(width)}  ${row.help}${row.variable === '' ? '' : ` [${row.variable}]`}`,
  );
  const examples =
    usage.examples === undefined ? [] : ['', 'Examples:', ...usage.examples.map((example) => `  ${example}`)];
  const call = [
    'Usage:',
    usage.name,
    '[options]',
    ...(usage.positionals === undefined ? [] : [usage.positionals]),
  ].join(' ');
  return [
    usage.summary,
    '',
    call,
    '',
    'Options (and the variable that stands for each):',
    ...lines,
    ...examples,
    '',
  ].join('\n');
}

function readFlags<S extends Settings>(usage: ProgramUsage<S>, args: readonly string[]) {
  const options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }> = {
    help: { type: 'boolean' },
  };
  for (const [name, setting] of Object.entries(usage.settings)) {
    if (setting.secret === true) continue;
    options[kebab(name)] = {
      type: setting.value === undefined ? 'boolean' : 'string',
      multiple: setting.repeatable === true,
    };
  }
  try {
    return parseArgs({
      args: [...args],
      options,
      allowPositionals: usage.positionals !== undefined,
      strict: true,
    });
  } catch (error) {
    const reason = (error as Error).message.split('. To specify')[0] ?? '';
    throw new SentenceError(
      'bad-usage',
      `${reason.replace(/\.?$/, '.')} \`${usage.name} --help\` lists every option.`,
      { exitCode: 2 },
    );
  }
}

function fromEnvironment(setting: Setting, text: string): unknown {
  if (setting.repeatable === true)
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (setting.value !== undefined || setting.secret === true) return text;
  return !['', '0', 'false', 'no'].includes(text.toLowerCase());
}

/**
 * Reads a program's settings: flag before variable before the schema's default. All that is wrong is told at once,
 * named by flag.
 *
 * @throws {SentenceError} `bad-usage`, exit code 2.
 */
export function readProgram<S extends Settings>(
  usage: ProgramUsage<S>,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ProgramArguments<S> {
  const { values: flags, positionals } = readFlags(usage, args);
  if (flags['help'] === true) return { help: helpText(usage) };
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, setting] of Object.entries(usage.settings)) {
    const flag = flags[kebab(name)];
    const variable = environment[variableOf(name)];
    const fromFlag = flag !== undefined;
    const raw = fromFlag ? flag : variable === undefined ? undefined : fromEnvironment(setting, variable);
    const result = v.safeParse(setting.schema, raw);
    if (result.success) values[name] = result.output;
    else {
      const where =
        fromFlag || (setting.secret !== true && variable === undefined) ? flagOf(name) : variableOf(name);
      problems.push(`${where}: ${raw === undefined ? 'is needed' : result.issues[0].message}`);
    }
  }
  if (problems.length > 0) throw new SentenceError('bad-usage', problems.join('\n'), { exitCode: 2 });
  return { help: undefined, values: values as SettingsValues<S>, positionals };
}
