import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Processes that a crate of the corpus started: its build script, its sleepers and shells. By names that nothing else on
 * this machine has, as other tests build beside.
 */
function processes(crates: readonly string[]): string[] {
  const script = new RegExp(`/release/build/(?:${crates.join('|')})-[0-9a-f]+/build-script-build`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) =>
      textOf(join('/proc', pid, 'cmdline'))
        .replaceAll('\0', ' ')
        .trim(),
    )
    .filter(
      (line) => script.test(line) || /^\/bin\/sleep 600\.25$|swapped-canary|artifact-swapped\.new/.test(line),
    );
}

/** Containers of builds in this data folder: the executor labels them by its digest, as other tests build beside. */
function containers(dataDir: string): string[] {
  const label = `rs.builds.data=${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`;
  try {
    const out = execFileSync(
      'docker',
      ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    return out.split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** What of a build is still on this machine: processes, mounts and folders below the builder's, containers. Empty is clean. */
export function leftovers(dataDir: string, crates: readonly string[]): string[] {
  const mounts = textOf('/proc/self/mounts')
    .split('\n')
    .filter((line) => line.includes(dataDir));
  const folders = readdirSync(join(dataDir, 'builds')).filter((name) => name !== 'another-build');
  return [
    ...processes(crates).map((line) => `process ${line}`),
    ...mounts.map((line) => `mount ${line}`),
    ...folders.map((name) => `folder ${name}`),
    ...containers(dataDir).map((line) => `container ${line}`),
  ];
}
