import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SentenceError } from '@buildsrs/common';
import type Docker from 'dockerode';
import { withoutEscapes } from '../../plain-text.ts';
import type { DockerOptions } from './docker-options.ts';

const TOOLCHAIN_DIR = fileURLToPath(new URL('../../../../../docker/toolchain/', import.meta.url));
/** What `docker/rust/make.sh` makes where no image registry can be reached. */
const LOCAL_BASE = 'buildsrs/rust:bookworm';
const REGISTRY_BASE = 'rust:1-slim-bookworm';

/** The tag of the toolchain image: what it is built from is in its name, so that a change builds a new one. */
export async function toolchainTag(): Promise<string> {
  const dockerfile = await readFile(`${TOOLCHAIN_DIR}Dockerfile`);
  return `buildsrs/toolchain:${createHash('sha256').update(dockerfile).digest('hex').slice(0, 12)}`;
}

/** The id (`sha256:…`) of a local image; `undefined` when there is none of that name. */
async function imageId(docker: Docker, name: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(name).inspect()).Id;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

async function buildImage(docker: Docker, tag: string, base: string, options: DockerOptions): Promise<void> {
  options.onProgress?.(`Building the toolchain image ${tag} from ${base}; this takes a few minutes, once.`);
  const stream = await docker.buildImage(
    { context: TOOLCHAIN_DIR, src: ['Dockerfile'] },
    // Without a bridge of its own: what resolves names on this machine does so in the build.
    { t: tag, buildargs: { BASE: base }, networkmode: 'host', rm: true, forcerm: true },
  );
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error === null ? resolve() : reject(error)),
      (event: { stream?: string; status?: string }) => {
        for (const line of (event.stream ?? event.status ?? '').split('\n')) {
          const clean = withoutEscapes(line).trim();
          if (clean !== '') options.onProgress?.(clean);
        }
      },
    );
  });
}

/**
 * The id of the image builds run in. The toolchain image is built when it is missing.
 *
 * @throws {SentenceError} exit code 3, when there is none and none can be built.
 */
export async function ensureToolchainImage(docker: Docker, options: DockerOptions): Promise<string> {
  const given = options.docker?.image;
  const tag = given ?? (await toolchainTag());
  const present = await imageId(docker, tag);
  if (present !== undefined) return present;
  if (given !== undefined) {
    throw new SentenceError(
      'image-missing',
      `There is no Docker image ${given} on this machine; pull or build it.`,
      {
        exitCode: 3,
      },
    );
  }
  const base = options.docker?.base ?? ((await imageId(docker, LOCAL_BASE)) ? LOCAL_BASE : REGISTRY_BASE);
  try {
    await buildImage(docker, tag, base, options);
  } catch (error) {
    throw new SentenceError(
      'image-not-built',
      `The toolchain image could not be built from ${base}: ${withoutEscapes((error as Error).message).trim()} ` +
        'Where no image registry can be reached, docker/rust/make.sh makes a base from Debian packages and the Rust of this machine.',
      { exitCode: 3, cause: error },
    );
  }
  const built = await imageId(docker, tag);
  if (built === undefined)
    throw new SentenceError('image-not-built', `The image ${tag} vanished.`, { exitCode: 3 });
  return built;
}
