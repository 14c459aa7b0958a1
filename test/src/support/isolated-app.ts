import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SCOPE = '@buildsrs/';

/** An app installed alone, as somebody would who takes nothing else of this repository. */
export interface IsolatedApp extends AsyncDisposable {
  /** Its `src/main.ts`. */
  readonly main: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

const isSource = (path: string): boolean =>
  !path.endsWith('.test.ts') && !path.split(sep).includes('testing') && !path.includes(`${sep}node_modules`);

/** Copies a room's sources and links what its manifest declares, from the copied rooms or from what pnpm installed. */
async function installRoom(into: string, room: string, rooms: ReadonlySet<string>): Promise<void> {
  const manifest = JSON.parse(await readFile(join(ROOT, room, 'package.json'), 'utf8')) as Manifest;
  await mkdir(join(into, room), { recursive: true });
  await writeFile(join(into, room, 'package.json'), JSON.stringify(manifest));
  await cp(join(ROOT, room, 'src'), join(into, room, 'src'), { recursive: true, filter: isSource });
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const link = join(into, room, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    if (!name.startsWith(SCOPE)) {
      await symlink(await realpath(join(ROOT, room, 'node_modules', name)), link, 'dir');
      continue;
    }
    const target = `packages/${name.slice(SCOPE.length)}`;
    if (!rooms.has(target))
      throw new Error(`${room} declares ${name}, which ${[...rooms].join(', ')} do not include.`);
    await symlink(join(into, target), link, 'dir');
  }
}

/**
 * Installs an app into a folder of its own with nothing but the packages it may import: what it imports beyond its
 * declared dependencies cannot be found there.
 *
 * @param app `registry-sync`.
 * @param packages What it may import, and what those may.
 */
export async function isolateApp(app: string, packages: readonly string[]): Promise<IsolatedApp> {
  const into = await realpath(await mkdtemp(join(tmpdir(), `buildsrs-only-${app}-`)));
  const rooms = new Set([`apps/${app}`, ...packages.map((name) => `packages/${name}`)]);
  for (const room of rooms) await installRoom(into, room, rooms);
  return {
    main: join(into, 'apps', app, 'src', 'main.ts'),
    [Symbol.asyncDispose]: async () => {
      await rm(into, { recursive: true, force: true });
    },
  };
}
