import type { Artifact } from '@buildsrs/common';
import type { ArtifactRow } from '@buildsrs/database';
import type { Address } from '../context.ts';
import { iso } from '../http/iso.ts';

/** Where a published file is downloaded. Every part is proven by its schema; only a version's `+` needs escaping. */
function downloadPath(row: Pick<ArtifactRow, 'crate' | 'version' | 'target' | 'name'>): string {
  const segments = [row.crate, row.version, row.target, row.name].map(encodeURIComponent);
  return `/crates/${segments.join('/')}`;
}

/** An artifact as the API shows it. */
export function artifactShape(row: ArtifactRow, address: Address): Artifact {
  return {
    name: row.name,
    crate: row.crate,
    version: row.version,
    target: row.target,
    kind: row.kind,
    build: row.buildId,
    sha256: row.sha256,
    size: row.size,
    mediaType: row.mediaType,
    url: `${address.publicUrl}${downloadPath(row)}`,
    downloads: row.downloads,
    createdAt: iso(row.createdAt),
  };
}
