import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { ExecutorError } from '../../errors.ts';
import { killProcessesOf } from './user-processes.ts';

/** The user a build's commands run as, from the host's view. */
export interface BuildUser extends AsyncDisposable {
  readonly uid: number;
  readonly gid: number;
}

/**
 * systemd's table of uid ranges leaves 1879048192 and up to nobody, so these collide with no account, no dynamic user
 * and no container (systemd.io/UIDS-GIDS).
 */
const FIRST_UID = 1_900_000_000;
const POOL_SIZE = 64;

/** The users builds run as: when we are root one of their own each, else ourselves. */
export interface BuildUsers {
  /** Whether concurrent builds have different users, none of them ours. */
  readonly separate: boolean;
  /** Owns the shared download cache; runs fetches, which run nothing of a crate. */
  readonly fetcher: { readonly uid: number; readonly gid: number };
  /** A user nobody else on this machine has, without a single process. Disposing kills what is left of it. */
  acquire(): Promise<BuildUser>;
}

/** Makes the pool. `firstUid` and `size` are for tests. */
export function openBuildUsers(options: { firstUid?: number; size?: number } = {}): BuildUsers {
  const ownUid = process.getuid?.() ?? 0;
  const ownGid = process.getgid?.() ?? 0;
  if (ownUid !== 0) {
    const self = { uid: ownUid, gid: ownGid };
    return {
      separate: false,
      fetcher: self,
      acquire: async () => ({ ...self, [Symbol.asyncDispose]: async () => {} }),
    };
  }
  const size = options.size ?? POOL_SIZE;
  const first = options.firstUid ?? firstMappedUid(readFileSync('/proc/self/uid_map', 'utf8'), size);
  return {
    separate: true,
    fetcher: { uid: first, gid: first },
    async acquire() {
      for (let uid = first + 1; uid < first + size; uid += 1) {
        const unlock = await lockUid(uid);
        if (unlock === undefined) continue;
        // Processes of a uid that nobody holds are what a crash left; a uid with unkillable ones is not given out.
        if (await killProcessesOf(uid)) {
          return {
            uid,
            gid: uid,
            async [Symbol.asyncDispose]() {
              const empty = await killProcessesOf(uid);
              if (!empty) throw new ExecutorError(`Processes of build user ${uid} cannot be killed.`);
              unlock();
            },
          };
        }
        unlock();
      }
      throw new ExecutorError(`All ${size - 1} build users are taken; give this builder fewer slots.`);
    },
  };
}

/** Where the pool lies: its usual place, or the top of what our user namespace maps, without `nobody` (65534). */
export function firstMappedUid(uidMap: string, size: number): number {
  const ranges = uidMap
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([start = 0, , count = 0]) => ({ start, end: start + count }));
  if (ranges.some(({ start, end }) => start <= FIRST_UID && FIRST_UID + size <= end)) return FIRST_UID;
  const top = Math.max(...ranges.map(({ end }) => end));
  const first = top - size - 2;
  if (first < 1_000)
    throw new ExecutorError(`This user namespace maps too few uids (${top}) for builds to have their own.`);
  return first;
}

/**
 * Holds a uid for this process. The lock is an abstract Unix socket: exclusive on the machine, and gone with the
 * process however it ends, so that there is never a stale one.
 */
async function lockUid(uid: number): Promise<(() => void) | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(`\0builds.rs/build-user/${uid}`, () => resolve(() => void server.close()));
  });
}
