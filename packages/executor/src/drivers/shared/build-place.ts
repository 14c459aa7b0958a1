import { join } from 'node:path';
import type { BuildLimits } from '@buildsrs/common';
import { removeTree } from '../../files.ts';
import { createWorkspaceFolder } from '../../workspace-folder.ts';
import { openFolderDisk, openLoopDisk, type BuildDisk } from './build-disk.ts';
import type { BuildUser, BuildUsers } from './build-users.ts';
import { giveTree } from './cargo-home.ts';

/** What a build has of its own on the host: a user, and somewhere to write. */
export interface BuildPlace {
  readonly user: BuildUser;
  readonly disk: BuildDisk;
  /** Undoes what was made for the build, last made first. */
  readonly undo: AsyncDisposableStack;
  /**
   * Makes all that is on the disk the user's who runs the next command, and says who that is. What fills the shared
   * cache runs nothing of a crate and is one user for all builds, so that cargo can write both.
   */
  prepareFor(cargoHome: 'writable' | 'read-only'): Promise<{ readonly uid: number; readonly gid: number }>;
}

/** Makes the place of one build. Whatever fails, what was made before is undone. */
export async function openBuildPlace(
  host: { readonly dataDir: string; readonly users: BuildUsers; readonly loopDisks: boolean },
  options: { readonly id: string; readonly limits: BuildLimits },
): Promise<BuildPlace> {
  await using making = new AsyncDisposableStack();
  const folder = await createWorkspaceFolder(host.dataDir, options.id);
  making.defer(async () => removeTree(folder));
  const user = making.use(await host.users.acquire());
  const bytes = options.limits.diskBytes;
  const disk = making.use(
    host.loopDisks
      ? await openLoopDisk({ id: options.id, image: join(folder, 'disk.img'), bytes, user })
      : await openFolderDisk(join(folder, 'build'), bytes),
  );
  let owner: number | undefined;
  return {
    user,
    disk,
    undo: making.move(),
    async prepareFor(cargoHome) {
      const next = cargoHome === 'writable' ? host.users.fetcher : user;
      if (owner !== next.uid) await giveTree(disk.dir, next);
      owner = next.uid;
      return next;
    },
  };
}
