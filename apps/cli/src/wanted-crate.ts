import {
  CrateNameSchema,
  SentenceError,
  VersionSchema,
  type CrateName,
  type Version,
} from '@buildsrs/common';
import * as v from 'valibot';

/** A crate as people name it: `ripgrep` or `ripgrep@14.1.1`. */
export interface WantedCrate {
  readonly name: CrateName;
  /** `undefined`: the latest. */
  readonly version: Version | undefined;
}

const WantedSchema = v.object({ name: CrateNameSchema, version: v.optional(VersionSchema) });

/**
 * Reads `CRATE[@VERSION]`.
 *
 * @throws {SentenceError} `bad-usage`
 */
export function wantedCrate(text: string): WantedCrate {
  const at = text.indexOf('@');
  const name = at === -1 ? text : text.slice(0, at);
  const version = at === -1 ? undefined : text.slice(at + 1);
  const result = v.safeParse(WantedSchema, { name, version: version === 'latest' ? undefined : version });
  if (!result.success) {
    throw new SentenceError(
      'bad-usage',
      `${JSON.stringify(text.slice(0, 100))}: ${result.issues[0].message}`,
      {
        exitCode: 2,
      },
    );
  }
  return { name: result.output.name, version: result.output.version };
}

/** The one crate a command is about. */
export function onlyCrate(command: string, positionals: readonly string[]): WantedCrate {
  const [text] = positionals;
  if (text === undefined || positionals.length > 1) {
    throw new SentenceError('bad-usage', `builds ${command} takes one crate: CRATE or CRATE@1.2.3.`, {
      exitCode: 2,
    });
  }
  return wantedCrate(text);
}
