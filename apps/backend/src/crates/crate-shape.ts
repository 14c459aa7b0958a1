import type { CrateSummary } from '@buildsrs/common';
import type { CrateRow } from '@buildsrs/database';
import { iso } from '../http/iso.ts';

/** A crate in a list, as the API shows it. */
export function crateShape(row: CrateRow): CrateSummary {
  return {
    name: row.name,
    description: row.description,
    latest: row.latest,
    targets: row.targets,
    downloads: row.downloads,
    updatedAt: iso(row.updatedAt),
  };
}
