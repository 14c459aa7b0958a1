import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { flagOf, readProgram, variableOf, type ProgramUsage, type Settings } from './config.ts';
import { SentenceError } from './sentence-error.ts';
import {
  byteSize,
  durationMs,
  flagSwitch,
  httpUrl,
  optionalText,
  portNumber,
  wholeNumber,
} from './setting-schemas.ts';

const settings = {
  dataDir: { schema: v.optional(v.string(), './data'), help: 'Where.', value: 'DIR' },
  port: { schema: portNumber(8080), help: 'Port.', value: 'N' },
  target: { schema: v.optional(v.array(v.string()), []), help: 'Targets.', value: 'T', repeatable: true },
  once: { schema: flagSwitch, help: 'Once.' },
  apiToken: { schema: optionalText, help: 'Secret.', value: 'TOKEN', secret: true },
} as const satisfies Settings;
const usage: ProgramUsage<typeof settings> = {
  name: 'program',
  summary: 'A program.',
  settings,
  positionals: '[CRATE…]',
  examples: ['program --once'],
};
const read = (args: string[], environment: Record<string, string> = {}) =>
  readProgram(usage, args, environment);

function sentence(action: () => unknown): SentenceError {
  try {
    action();
  } catch (error) {
    if (SentenceError.is(error)) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

describe('settings', () => {
  test('come from the flag, else the variable, else the default', () => {
    expect(read([])).toEqual({
      help: undefined,
      values: { dataDir: './data', port: 8080, target: [], once: false, apiToken: undefined },
      positionals: [],
    });
    const environment = { BUILDSRS_DATA_DIR: '/from-variable', BUILDSRS_PORT: '1', BUILDSRS_TARGET: 'a, b,' };
    expect(read(['--port', '2', 'ripgrep', 'hexyl'], environment)).toMatchObject({
      values: { dataDir: '/from-variable', port: 2, target: ['a', 'b'] },
      positionals: ['ripgrep', 'hexyl'],
    });
    expect(read(['--target', 'x', '--target=y'], environment)).toMatchObject({
      values: { target: ['x', 'y'] },
    });
  });

  test.each([
    ['1', true],
    ['true', true],
    ['yes', true],
    ['0', false],
    ['false', false],
    ['No', false],
    ['', false],
  ])('the switch %j in a variable is %s', (text, value) => {
    expect(read([], { BUILDSRS_ONCE: text })).toMatchObject({ values: { once: value } });
  });

  test('that are secret come only from the variable', () => {
    expect(read([], { BUILDSRS_API_TOKEN: 'x' })).toMatchObject({ values: { apiToken: 'x' } });
    expect(sentence(() => read(['--api-token', 'x'])).message).toContain("Unknown option '--api-token'");
  });

  test('have flags and variables by one rule', () => {
    expect([flagOf('dataDir'), variableOf('dataDir')]).toEqual(['--data-dir', 'BUILDSRS_DATA_DIR']);
  });
});

describe('wrong usage', () => {
  test('is told all at once, named by where it came from, with exit code 2', () => {
    const error = sentence(() => read(['--port', 'x'], { BUILDSRS_API_TOKEN: '' }));
    expect(error.message).toBe('--port: is a whole number from 0 to 65535\nBUILDSRS_API_TOKEN: is empty');
    expect(error.exitCode).toBe(2);
    expect(sentence(() => read([], { BUILDSRS_PORT: '99999' })).message).toContain('BUILDSRS_PORT');
  });

  test.each([
    [['--nothing'], "Unknown option '--nothing'"],
    [['--port'], '--port'],
    [['--once=1'], '--once'],
  ])('%j points to --help', (args, part) => {
    const { message } = sentence(() => read(args));
    expect(message).toContain(part);
    expect(message).toContain('`program --help` lists every option.');
  });

  test('a missing setting is named', () => {
    const needed = {
      name: 'p',
      summary: '',
      settings: { key: { schema: v.string(), help: '', value: 'FILE' } },
    };
    expect(sentence(() => readProgram(needed, [], {})).message).toBe('--key: is needed');
    expect(sentence(() => readProgram(needed, ['left-over'], {})).exitCode).toBe(2);
  });
});

test('--help names every option with its variable, and secrets by their variable only', () => {
  const program = read(['--help', '--port', 'wrong']);
  expect(program.help).toBe(
    [
      'A program.',
      '',
      'Usage: program [options] [CRATE…]',
      '',
      'Options (and the variable that stands for each):',
      '  --data-dir DIR  Where. [BUILDSRS_DATA_DIR]',
      '  --port N        Port. [BUILDSRS_PORT]',
      '  --target T      Targets. (repeatable) [BUILDSRS_TARGET]',
      '  --once          Once. [BUILDSRS_ONCE]',
      '                  Secret. [BUILDSRS_API_TOKEN]',
      '  --help          Print this and stop.',
      '',
      'Examples:',
      '  program --once',
      '',
    ].join('\n'),
  );
});

describe('schemas of settings', () => {
  const value = (schema: v.GenericSchema, text: string) => {
    const result = v.safeParse(schema, text);
    return result.success ? result.output : result.issues[0].message;
  };
  test.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['45m', 2_700_000],
    ['2h', 7_200_000],
    ['0s', 0],
    ['1.5s', 'is a duration such as 90s, 45m or 500ms'],
    ['10', 'is a duration such as 90s, 45m or 500ms'],
    ['-1s', 'is a duration such as 90s, 45m or 500ms'],
  ])('the duration %s', (text, ms) => {
    expect(value(durationMs('1s'), text)).toBe(ms);
  });
  test.each([
    ['0', 0],
    ['512M', 536_870_912],
    ['6G', 6_442_450_944],
    ['1T', 1_099_511_627_776],
    ['6g', 'is a size such as 512M or 6G'],
    ['6GB', 'is a size such as 512M or 6G'],
  ])('the size %s', (text, bytes) => {
    expect(value(byteSize('1G'), text)).toBe(bytes);
  });
  test('numbers are whole and within bounds', () => {
    const schema = wholeNumber({ min: 1, max: 10, default: 5 });
    expect(['1', '10'].map((text) => value(schema, text))).toEqual([1, 10]);
    for (const wrong of ['0', '11', '1.5', '1e1', '', ' 1', '0x1', '9'.repeat(20)]) {
      expect(value(schema, wrong)).toBe('is a whole number from 1 to 10');
    }
  });
  test('URLs are http and lose their last slashes', () => {
    expect(value(httpUrl, 'https://x.example/base//')).toBe('https://x.example/base');
    for (const wrong of ['ftp://x', 'x.example', 'http://', 'http://a b']) {
      expect(value(httpUrl, wrong)).toBe('is an http:// or https:// URL');
    }
  });
});
