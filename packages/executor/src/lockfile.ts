import { parse } from 'smol-toml';
import * as v from 'valibot';

const LockfileSchema = v.object({
  package: v.optional(
    v.array(
      v.object({
        name: v.string(),
        version: v.string(),
        source: v.optional(v.string()),
        checksum: v.optional(v.string()),
      }),
    ),
    [],
  ),
  metadata: v.optional(v.record(v.string(), v.unknown()), {}),
});

/**
 * The checksums a `Cargo.lock` names, by `name version`: in the packages (format 2 and later) or in `[metadata]`
 * (format 1).
 */
export function lockedChecksums(text: string): Map<string, string> {
  const lock = v.parse(LockfileSchema, parse(text));
  const checksums = new Map<string, string>();
  for (const entry of lock.package) {
    if (entry.checksum !== undefined) checksums.set(`${entry.name} ${entry.version}`, entry.checksum);
  }
  for (const [key, value] of Object.entries(lock.metadata)) {
    const match = /^checksum (\S+) (\S+) /.exec(key);
    if (match !== null && typeof value === 'string') checksums.set(`${match[1]} ${match[2]}`, value);
  }
  return checksums;
}
