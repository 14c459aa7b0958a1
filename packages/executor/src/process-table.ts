import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join, sep } from 'node:path';

/** A process as `/proc` shows it (proc_pid_stat(5)). */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly threads: number;
  /** Resident memory in bytes. */
  readonly residentBytes: number;
  readonly zombie: boolean;
  /** Ticks since boot. With the pid it names a process for good. */
  readonly startTime: number;
}

// Linux pages are 4096 bytes on x86-64 and nearly everywhere; memory by polling is a guard, not a measurement.
const PAGE_BYTES = 4_096;

function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything, parentheses too; fields count from after the last one.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** When a process began, in ticks since boot; `undefined` when there is none, or no `/proc`. */
export function processStartTime(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields === undefined ? undefined : Number(fields[19]);
}

/** One process; `undefined` when there is none, or no `/proc`. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const fields = statFields(pid);
  if (fields === undefined) return undefined;
  return {
    pid,
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    threads: Number(fields[17]),
    startTime: Number(fields[19]),
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/** All processes; empty where there is no `/proc`. */
export function listProcesses(): ProcessEntry[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((entry) => entry !== undefined);
}

/** Whether a process still carries what every process of this workspace starts with, or runs a program built in it. */
function belongsTo(pid: number, folder: string): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/exe`).startsWith(folder + sep)) return true;
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .includes(`HOME=${workspaceHome(folder)}`);
  } catch {
    return false;
  }
}

/** The `HOME` of a workspace's commands; also what betrays a process that left its group and session. */
export function workspaceHome(folder: string): string {
  return join(folder, 'home');
}

function withDescendants(
  all: readonly ProcessEntry[],
  isFirst: (entry: ProcessEntry) => boolean,
): ProcessEntry[] {
  const found = new Set(all.filter(isFirst).map((entry) => entry.pid));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const entry of all) if (found.has(entry.parent)) found.add(entry.pid);
  }
  return all.filter((entry) => found.has(entry.pid) && !entry.zombie && entry.pid !== process.pid);
}

/** The living processes of a command: its group and session with all descendants. Cheap enough to ask every second. */
export function processesOfLeader(leader: number): ProcessEntry[] {
  return withDescendants(listProcesses(), (entry) => entry.group === leader || entry.session === leader);
}

/** The living processes of a workspace, also those that left group and session by double fork and `setsid`. */
export function processesOfWorkspace(folder: string, leader?: number): ProcessEntry[] {
  return withDescendants(
    listProcesses(),
    (entry) => entry.group === leader || entry.session === leader || belongsTo(entry.pid, folder),
  );
}
