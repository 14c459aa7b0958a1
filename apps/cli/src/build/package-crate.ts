import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  CrateNameSchema,
  parseDigest,
  SentenceError,
  VersionSchema,
  type CrateName,
  type Digest,
  type Version,
} from '@buildsrs/common';
import * as v from 'valibot';

/** A crate packed from its folder, as `cargo publish` would upload it. */
export interface PackedCrate {
  readonly name: CrateName;
  readonly version: Version;
  readonly file: string;
  readonly checksum: Digest;
  /** cargo's target folder, where results go. */
  readonly targetDir: string;
}

const MetadataSchema = v.object({
  target_directory: v.string(),
  packages: v.array(v.object({ name: v.string(), version: v.string(), manifest_path: v.string() })),
});

interface CargoRun {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** cargo's own `error:` lines, which say it best; the crate is the user's own, so cargo runs in its folder. */
function cargo(args: readonly string[], run: CargoRun): Promise<string> {
  const options = {
    cwd: run.directory,
    env: run.environment as NodeJS.ProcessEnv,
    maxBuffer: 256 * 1024 * 1024,
    signal: run.signal,
  };
  return new Promise((resolve, reject) => {
    execFile('cargo', args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if ('code' in error && error.code === 'ENOENT') {
        reject(
          new SentenceError(
            'toolchain-missing',
            'There is no cargo on this machine. Install Rust (rustup.rs) and try again.',
            { exitCode: 3 },
          ),
        );
      } else
        reject(
          new SentenceError('not-packed', `cargo cannot package this crate.\n${stderr.trim()}`, {
            exitCode: 1,
          }),
        );
    });
  });
}

/**
 * Packs the crate in a folder with `cargo package`, uncommitted changes included; its files are what would be
 * published, not what lies in the folder.
 *
 * @throws {SentenceError} when there is no cargo, or it refuses to package the crate.
 */
export async function packageCrate(run: CargoRun): Promise<PackedCrate> {
  const manifest = join(run.directory, 'Cargo.toml');
  const text = await cargo(['metadata', '--no-deps', '--format-version=1', '--manifest-path', manifest], run);
  const metadata = v.parse(MetadataSchema, JSON.parse(text));
  const found = metadata.packages.find((one) => one.manifest_path === manifest);
  if (found === undefined) {
    throw new SentenceError(
      'no-package',
      `${manifest} is a workspace without a package of its own. Name the folder of a member.`,
      { exitCode: 2 },
    );
  }
  await cargo(['package', '--no-verify', '--allow-dirty', '--quiet', '--manifest-path', manifest], run);
  const name = v.parse(CrateNameSchema, found.name);
  const version = v.parse(VersionSchema, found.version);
  const file = join(metadata.target_directory, 'package', `${name}-${version}.crate`);
  const checksum = parseDigest(
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  );
  return { name, version, file, checksum, targetDir: metadata.target_directory };
}
