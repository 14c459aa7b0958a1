import {
  CrateNameSchema,
  SentenceError,
  VersionSchema,
  type CrateName,
  type Version,
} from '@buildsrs/common';
import * as v from 'valibot';

/** A crate somebody typed. */
export interface WantedCrate {
  readonly name: CrateName;
  readonly version: Version | 'latest';
}

/**
 * Reads `name` and `name@version`; each is wanted once however often it is named.
 *
 * @throws {SentenceError} `bad-usage`, exit code 2, with everything that is wrong at once.
 */
export function parseWantedCrates(words: readonly string[]): WantedCrate[] {
  const wanted = new Map<string, WantedCrate>();
  const problems: string[] = [];
  for (const word of words) {
    const [name = '', version = 'latest', ...rest] = word.split('@');
    const parsedName = v.safeParse(CrateNameSchema, name);
    const parsedVersion = v.safeParse(v.union([v.literal('latest'), VersionSchema]), version);
    if (!parsedName.success) problems.push(`${quoted(word)}: ${parsedName.issues[0].message}`);
    else if (!parsedVersion.success || rest.length > 0) {
      problems.push(
        `${quoted(word)}: A version is exact, as in ${name}@1.2.3; without one the newest is built.`,
      );
    } else {
      const crate = { name: parsedName.output, version: parsedVersion.output };
      wanted.set(`${crate.name}@${crate.version}`, crate);
    }
  }
  if (problems.length > 0) throw new SentenceError('bad-usage', problems.join('\n'), { exitCode: 2 });
  return [...wanted.values()];
}

function quoted(word: string): string {
  return JSON.stringify(word.slice(0, 80));
}
