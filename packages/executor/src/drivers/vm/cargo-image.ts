import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecutorError } from '../../errors.ts';
import { runTool } from '../shared/run-tool.ts';
import { kitCommand, type VmImages } from './vm-images.ts';

const MAKE_LIMIT_MS = 30 * 60_000;

/** One version of the image, as long as somebody needs it. */
export interface CargoImageUse extends AsyncDisposable {
  readonly path: string;
}

interface Version {
  readonly path: string;
  users: number;
}

/**
 * The download cache as a read-only disk for machines. One image serves all builds until a fetch changes the cache; it is
 * never made while one does, and machines keep the version they began with.
 */
export class CargoImage {
  readonly #images: VmImages;
  readonly #cargoHome: string;
  readonly #folder: string;
  #version: Version | undefined;
  #made = 0;
  #fetching = 0;
  #making: Promise<void> | undefined;
  #waiting: (() => void)[] = [];

  constructor(images: VmImages, cargoHome: string, folder: string) {
    this.#images = images;
    this.#cargoHome = cargoHome;
    this.#folder = folder;
  }

  /** Runs something that writes the cache; several may at once. */
  async whileFetching<T>(fetch: () => Promise<T>): Promise<T> {
    while (this.#making !== undefined) await this.#making.catch(() => {});
    this.#fetching += 1;
    await this.#drop();
    try {
      return await fetch();
    } finally {
      this.#fetching -= 1;
      if (this.#fetching === 0) for (const go of this.#waiting.splice(0)) go();
    }
  }

  /** The image of the cache as it is when nobody fetches. */
  async use(): Promise<CargoImageUse> {
    while (this.#version === undefined) {
      if (this.#fetching > 0) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
      else {
        this.#making ??= this.#make().finally(() => (this.#making = undefined));
        await this.#making;
      }
    }
    const version = this.#version;
    version.users += 1;
    return {
      path: version.path,
      [Symbol.asyncDispose]: async () => {
        version.users -= 1;
        if (version.users === 0 && this.#version !== version) await rm(version.path, { force: true });
      },
    };
  }

  async #make(): Promise<void> {
    this.#made += 1;
    const path = join(this.#folder, `cargo-${this.#made}.erofs`);
    const [program, ...args] = kitCommand(this.#images, 'mkfs.erofs');
    // Owned by root: nothing in the machine may write it. Extended attributes are the host's own business.
    const run = await runTool(program, [...args, '--quiet', '--all-root', '-x-1', path, this.#cargoHome], {
      timeoutMs: MAKE_LIMIT_MS,
    });
    if (run.exitCode !== 0) {
      await rm(path, { force: true });
      throw new ExecutorError(`The image of the download cache cannot be made: ${run.stderr.trim()}`);
    }
    this.#version = { path, users: 0 };
  }

  async #drop(): Promise<void> {
    const version = this.#version;
    this.#version = undefined;
    if (version?.users === 0) await rm(version.path, { force: true });
  }
}
