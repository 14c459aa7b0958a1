const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A size in powers of 1024 with three significant digits: `1.24 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}\u00a0${UNITS[unit] as string}`;
}

/** A count with thin spaces between thousands: `12 345`. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, '\u202f');
}

/** A duration for people: `840 ms`, `4.2 s`, `38 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(ms: number): string {
  const positive = Math.max(0, ms);
  if (positive < 1_000) return `${Math.round(positive)}\u00a0ms`;
  if (positive < 9_950) return `${(positive / 1_000).toFixed(1)}\u00a0s`;
  const seconds = Math.round(positive / 1_000);
  if (seconds < 60) return `${seconds}\u00a0s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}\u00a0min\u00a0${String(seconds % 60).padStart(2, '0')}\u00a0s`;
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, '0')}\u00a0min`;
}

/** How long ago, coarse: `just now`, `5 min ago`, `3 h ago`, `4 days ago`, then the date. */
export function formatAgo(then: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - then.getTime()) / 1_000);
  if (seconds < 45) return seconds < -45 ? formatDate(then) : 'just now';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}\u00a0min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 36) return `${hours}\u00a0h ago`;
  const days = Math.round(hours / 24);
  return days <= 14 ? `${days}\u00a0days ago` : formatDate(then);
}

/** A day: `29 Nov 2026`, in UTC. */
function formatDate(date: Date): string {
  return date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

/** A moment: `29 Nov 2026, 13:05:09 UTC`. */
export function formatMoment(date: Date): string {
  const time = date.toLocaleTimeString('en-GB', { timeZone: 'UTC' });
  return `${formatDate(date)}, ${time} UTC`;
}

/** A word and its number: `1 build`, `12 builds`. */
export function plural(count: number, word: string, words = `${word}s`): string {
  return `${formatCount(count)}\u00a0${count === 1 ? word : words}`;
}
