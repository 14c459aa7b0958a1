import path from 'node:path';
import { styleText } from 'node:util';

/** Paints text for a stream: plain where it is no terminal or colours are not wanted (`NO_COLOR`). */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** The paint of a stream. */
export function painterOf(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream, validateStream: true });
}

/** A duration for people: `0.4s`, `12.3s`, `2:05`, `1:02:05`. */
export function formatDuration(ms: number): string {
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** A running clock: whole seconds, `0:07`. */
export function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A size for people, in powers of 1024: `812 B`, `3.4 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let unit = -1;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A path as people read it: from here where it is below here, else whole. */
export function shownPath(file: string): string {
  const fromHere = path.relative('', file);
  return fromHere === '' || fromHere.startsWith('..') || path.isAbsolute(fromHere)
    ? path.resolve(file)
    : fromHere;
}

/** Cuts text to a number of columns, with an ellipsis where something was cut. */
export function fit(text: string, columns: number): string {
  if (columns <= 0) return '';
  return text.length <= columns ? text : `${text.slice(0, columns - 1).toWellFormed()}…`;
}

/** A bar of `width` columns, filled as far as the share says. */
export function bar(share: number, width: number): { readonly full: string; readonly empty: string } {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return { full: '━'.repeat(filled), empty: '━'.repeat(width - filled) };
}
