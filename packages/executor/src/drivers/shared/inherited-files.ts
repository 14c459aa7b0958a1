import { readdirSync, readFileSync } from 'node:fs';

/** `O_CLOEXEC` of fcntl.h, as proc_pid_fdinfo(5) shows it among a descriptor's flags (octal). */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Descriptors above standard error that whoever started this program left open, and that every program it starts would
 * have too. Node opens its own so that they do not pass on, but cannot mark those it was given.
 */
export function inheritedFiles(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      if (fd <= 2) return false;
      try {
        const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
        return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
      } catch {
        // It was the one that read the folder.
        return false;
      }
    });
}
