import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a build sees of a system: see `bwrap-args.ts`. */
const PARTS = ['usr', 'bin', 'sbin', 'lib', 'lib64', 'etc/alternatives', 'etc/ld.so.cache', 'etc/ld.so.conf'];

/** Unpacks a Docker image's file system (about 1.6 GB, the toolchain image's) as the sandbox executor's `system`. */
export async function unpackSystem(image: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Builds run as users of their own.
  await chmod(folder, 0o755);
  const { stdout } = await run('docker', ['create', image, 'true']);
  const container = stdout.trim();
  try {
    const from = spawn('docker', ['export', container], { stdio: ['ignore', 'pipe', 'inherit'] });
    const into = spawn('tar', ['-x', '-C', folder, '--exclude=usr/share/doc', ...PARTS, 'etc/ld.so.conf.d'], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    const ends = Promise.all([once(from, 'close'), once(into, 'close')]);
    await pipeline(from.stdout, into.stdin);
    for (const [code] of await ends)
      if (code !== 0)
        throw new Error(`The file system of ${image} could not be unpacked (exit code ${code}).`);
  } finally {
    await run('docker', ['rm', '--force', container]);
  }
}
