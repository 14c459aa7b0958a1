import type { Digest, TaskDetail } from '@buildsrs/common';
import path from 'node:path';

/** One finished task as `--json` writes it. */
export function jsonLine(task: TaskDetail, storeFolder: string | undefined): string {
  const { crate, version, target, kind, status, failure } = task;
  return JSON.stringify({
    crate,
    version,
    target,
    kind,
    status,
    failure,
    artifacts: task.artifacts.map(({ name, url, sha256, size }) => ({
      name,
      url,
      path: storeFolder === undefined ? null : objectPath(storeFolder, sha256),
      sha256,
      size,
    })),
  });
}

/** Where a folder store keeps an object: `objects/`, two digits of its sha256, the rest. */
export function objectPath(storeFolder: string, sha256: Digest): string {
  return path.resolve(storeFolder, 'objects', sha256.slice(0, 2), sha256.slice(2));
}
