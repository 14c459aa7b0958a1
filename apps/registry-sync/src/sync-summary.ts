import type { CrateName, Digest, Version } from '@buildsrs/common';

/** A version whose checksum is not what it was. */
export interface RefusedVersion {
  readonly crate: CrateName;
  readonly version: Version;
  readonly was: Digest;
  readonly got: Digest;
}

/** A line of the index that could not be used. */
export interface UnusableLine {
  readonly crate: CrateName;
  readonly line: number;
  readonly reason: string;
}

/** A crate that was named and is not there. */
export interface AbsentCrate {
  readonly name: string;
  /** Names it may have been meant for, best first. */
  readonly nearest: readonly string[];
}

/** What one synchronisation did; `--once` prints it as a line of JSON. */
export interface SyncSummary {
  readonly registry: string;
  /** Crates whose index file was read. */
  crates: number;
  /** Of the named crates, those the registry says are as they were. */
  notModified: number;
  added: number;
  yanked: number;
  unyanked: number;
  /** Versions that were as the database has them. */
  unchanged: number;
  /** Tasks that were made. */
  tasks: number;
  readonly refused: RefusedVersion[];
  /** The first {@link MAX_LISTED}; `skippedLines` counts all. */
  readonly skipped: UnusableLine[];
  skippedLines: number;
  readonly absent: AbsentCrate[];
}

/** Lines and versions beyond this are counted and not listed. */
const MAX_LISTED = 100;

/** The summary of a synchronisation that did nothing yet. */
export function emptySummary(registry: string): SyncSummary {
  return {
    registry,
    crates: 0,
    notModified: 0,
    added: 0,
    yanked: 0,
    unyanked: 0,
    unchanged: 0,
    tasks: 0,
    refused: [],
    skipped: [],
    skippedLines: 0,
    absent: [],
  };
}

/** Notes the lines of a crate that could not be used. */
export function noteSkipped(
  summary: SyncSummary,
  crate: CrateName,
  lines: readonly Omit<UnusableLine, 'crate'>[],
): void {
  summary.skippedLines += lines.length;
  for (const line of lines) if (summary.skipped.length < MAX_LISTED) summary.skipped.push({ crate, ...line });
}

/** Whether all went as it should: every named crate is there and no checksum changed. */
export function isClean(summary: SyncSummary): boolean {
  return summary.absent.length === 0 && summary.refused.length === 0;
}
