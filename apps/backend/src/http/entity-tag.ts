import type { Digest } from '@buildsrs/common';

/** The strong entity tag of bytes known by their digest: as strong as a tag can be. */
export function entityTag(digest: Digest): string {
  return `"sha256:${digest}"`;
}

/** Whether `If-None-Match` (RFC 9110 §13.1.2) names this tag: `*`, or a list compared weakly. */
export function matchesEntityTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((part) => part.trim().replace(/^W\//, '') === tag);
}

/**
 * Whether `If-Range` (RFC 9110 §13.1.5) lets the range stand: without the header yes; with a tag when it is this one,
 * compared strongly; with a date never, as a date is the weaker proof.
 */
export function rangeStands(ifRange: string | undefined, tag: string): boolean {
  return ifRange === undefined || ifRange.trim() === tag;
}
