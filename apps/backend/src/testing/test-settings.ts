import { readProgram } from '@buildsrs/common';
import { backendSettings, type BackendSettings } from '../settings.ts';

/** The settings of a backend under test: what the program itself would read from these flags. */
export function testSettings(options: {
  readonly database: string;
  readonly storage: string;
  readonly flags?: readonly string[];
}): BackendSettings {
  const program = readProgram(
    { name: 'backend', summary: 'Test.', settings: backendSettings },
    [
      '--database',
      options.database,
      '--storage',
      options.storage,
      '--port',
      '0',
      '--log-level',
      'silent',
      ...(options.flags ?? []),
    ],
    {},
  );
  if (program.help !== undefined) throw new Error('asked for help');
  return program.values;
}
