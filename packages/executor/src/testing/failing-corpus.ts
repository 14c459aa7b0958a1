import { existsSync, globSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BuildLimitsSchema,
  FailureKindSchema,
  parseCrateName,
  parseDigest,
  parseVersion,
  TargetSchema,
  type Job,
} from '@buildsrs/common';
import { crateFilePath, serveRegistryFolder, type ServedRegistry } from '@buildsrs/registry';
import { makeRegistry, type FixtureVersion } from '@buildsrs/registry/testing';
import * as v from 'valibot';
import { sampleJob } from './sample-job.ts';

const CORPUS_DIR = fileURLToPath(new URL('../../../../fixtures/failing/', import.meta.url));

const ExpectedSchema = v.strictObject({
  kind: FailureKindSchema,
  /** Parts of the failure's message and hint. */
  message: v.string(),
  hint: v.string(),
  dependency: v.optional(v.string()),
  codes: v.optional(v.array(v.string())),
  /** What is done to the crate's archive, its dependency's, or its server, before it is fetched. */
  archive: v.optional(v.picklist(['garbage', 'tampered', 'tampered-dependency', 'unreachable'])),
  target: v.optional(TargetSchema),
  limits: v.optional(v.partial(BuildLimitsSchema)),
});

/** A small crate that fails in one way, and what is to be recognised. */
export interface FailingCase {
  readonly name: string;
  readonly crate: string;
  readonly expected: v.InferOutput<typeof ExpectedSchema>;
}

/** The cases of `fixtures/failing`: a folder per case with `expected.json`, and a crate it depends on in `dependency`. */
export function failingCases(): FailingCase[] {
  return readdirSync(CORPUS_DIR)
    .filter((name) => existsSync(join(CORPUS_DIR, name, 'expected.json')))
    .toSorted()
    .map((name) => ({
      name,
      crate: `failing-${name}-buildsrs`,
      expected: v.parse(
        ExpectedSchema,
        JSON.parse(readFileSync(join(CORPUS_DIR, name, 'expected.json'), 'utf8')),
      ),
    }));
}

function versionOf(directory: string, tampered: boolean): FixtureVersion {
  const files = globSync('**/*', { cwd: directory })
    .filter((path) => !path.startsWith('dependency/') && path !== 'expected.json')
    .filter((path) => statSync(join(directory, path)).isFile())
    .map((path) => ({ path, content: readFileSync(join(directory, path)) }));
  const manifest = readFileSync(join(directory, 'Cargo.toml'), 'utf8');
  const field = (name: string): string => new RegExp(`^${name} = "([^"]+)"`, 'm').exec(manifest)?.[1] ?? '';
  return { name: parseCrateName(field('name')), version: parseVersion(field('version')), files, tampered };
}

/** The corpus as a registry that is served; `close` also removes its folder. */
export interface FailingRegistry {
  readonly folder: string;
  readonly registry: ServedRegistry;
  close(): Promise<void>;
}

/** Packs every crate of the corpus into a registry folder and serves it. */
export async function serveFailingRegistry(folder: string): Promise<FailingRegistry> {
  await mkdir(folder, { recursive: true });
  const versions = failingCases().flatMap(({ name, expected }) => {
    const directory = join(CORPUS_DIR, name);
    const dependency = join(directory, 'dependency');
    return [
      ...(existsSync(dependency) ? [versionOf(dependency, expected.archive === 'tampered-dependency')] : []),
      versionOf(directory, expected.archive === 'tampered'),
    ];
  });
  await makeRegistry(folder, versions);
  const registry = await serveRegistryFolder(folder);
  return {
    folder,
    registry,
    close: async () => {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The job of a case, for a builder whose own target is `host`. */
export async function failingJob(failing: FailingCase, served: FailingRegistry, host: string): Promise<Job> {
  const { archive, limits, target } = failing.expected;
  const job = await sampleJob({
    ...served,
    crate: failing.crate,
    target: target ?? host,
    limits: limits ?? {},
  });
  if (archive === 'unreachable') {
    // The reserved port 1: nobody listens there.
    return { ...job, registry: { ...job.registry, crateUrl: 'http://127.0.0.1:1/unreachable.crate' } };
  }
  if (archive !== 'garbage') return job;
  const garbage = Buffer.from('This is no gzip file.');
  await writeFile(join(served.folder, crateFilePath(job.crate, job.version)), garbage);
  return { ...job, checksum: parseDigest(createHash('sha256').update(garbage).digest('hex')) };
}
