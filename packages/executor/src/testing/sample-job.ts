import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DEFAULT_LIMITS,
  JobSchema,
  parseCrateName,
  parseDigest,
  parseVersion,
  type BuildLimits,
  type Job,
  type Kind,
} from '@buildsrs/common';
import { crateUrlOf, indexPathOf, type ServedRegistry } from '@buildsrs/registry';
import * as v from 'valibot';

/** What a sample job is for. */
export interface SampleJobOptions {
  /** A registry folder and the server of it. */
  readonly folder: string;
  readonly registry: ServedRegistry;
  readonly crate: string;
  readonly version?: string;
  readonly kind?: Kind;
  readonly target: string;
  readonly limits?: Partial<BuildLimits>;
}

/** A job for a crate of a registry folder, as a backend would send it; without a version, for the last in the index. */
export async function sampleJob(options: SampleJobOptions): Promise<Job> {
  const name = parseCrateName(options.crate);
  const lines = (await readFile(join(options.folder, indexPathOf(name)), 'utf8')).trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { vers: string; cksum: string });
  const entry =
    options.version === undefined ? entries.at(-1) : entries.find(({ vers }) => vers === options.version);
  if (entry === undefined) throw new Error(`The registry folder has no ${name} ${options.version ?? ''}.`);
  return v.parse(JobSchema, {
    build: randomUUID(),
    task: 1,
    kind: options.kind ?? 'binary',
    crate: name,
    version: entry.vers,
    checksum: entry.cksum,
    target: options.target,
    variant: 'default',
    registry: {
      index: options.registry.index,
      crateUrl: crateUrlOf(`${options.registry.url}/crates`, {
        name,
        version: parseVersion(entry.vers),
        checksum: parseDigest(entry.cksum),
      }),
    },
    isolation: 'none',
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    lease: { token: randomBytes(32).toString('base64url'), expiresInMs: 60_000 },
    uploadUrl: 'http://127.0.0.1:1/uploads',
  });
}
