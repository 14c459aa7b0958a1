import { statfs } from 'node:fs/promises';
import type { Clock } from '@buildsrs/protocol';

/** What a file system has. */
export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What is free for this user on the file system a folder is on. */
export async function spaceOf(folder: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** How much has to be free: a share of the whole, of a big disk no more than `mostBytes`; or bytes. */
export type MinimumFree =
  | { readonly percent: number; readonly mostBytes?: number }
  | { readonly bytes: number };

const shown = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** Why there is too little room for another build; `undefined` when there is enough. */
export function shortageOf({ freeBytes, totalBytes }: Space, minimum: MinimumFree): string | undefined {
  const neededBytes =
    'bytes' in minimum
      ? minimum.bytes
      : Math.min((totalBytes * minimum.percent) / 100, minimum.mostBytes ?? Number.POSITIVE_INFINITY);
  if (freeBytes >= neededBytes) return undefined;
  const percent = totalBytes === 0 ? 0 : Math.floor((100 * freeBytes) / totalBytes);
  return `only ${shown(freeBytes)} (${percent} %) of its disk are free; ${shown(neededBytes)} must be`;
}

/** How often it is looked at: a build that fills a disk takes longer. */
const LOOK_MS = 10_000;

/** Keeps looking at the free space, and tells whenever there is too little, and when there is enough again. */
export class SpaceWatch {
  #shortage: string | undefined;
  #stop: () => void = () => undefined;
  #stopped = false;
  readonly #look: () => Promise<Space>;
  readonly #minimum: MinimumFree;
  readonly #clock: Clock;
  readonly #changed: (shortage: string | undefined) => void;

  constructor(options: {
    readonly look: () => Promise<Space>;
    readonly minimum: MinimumFree;
    readonly clock: Clock;
    readonly changed: (shortage: string | undefined) => void;
  }) {
    this.#look = options.look;
    this.#minimum = options.minimum;
    this.#clock = options.clock;
    this.#changed = options.changed;
  }

  /** Why there is no room, as of the last look. */
  get shortage(): string | undefined {
    return this.#shortage;
  }

  /** Looks once, and from then on. A disk that cannot be looked at has no room. */
  async start(): Promise<void> {
    const former = this.#shortage;
    try {
      this.#shortage = shortageOf(await this.#look(), this.#minimum);
    } catch (error) {
      this.#shortage = `its disk cannot be looked at (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
    }
    if (this.#stopped) return;
    if ((former === undefined) !== (this.#shortage === undefined)) this.#changed(this.#shortage);
    this.#stop = this.#clock.after(LOOK_MS, () => void this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#stop();
  }
}
