import { BuildProgressReader, STAGES, type BuildProgress, type Stage } from '@buildsrs/common';
import { stripVTControlCharacters } from 'node:util';

/** What a task is doing: `reading` is the crate's manifest, which every first build of a version waits for. */
export type Phase = 'waiting' | 'reading' | 'retrying' | 'ended' | Stage;

/** A stage that has ended, and how long it took. */
export interface EndedStage {
  readonly stage: Stage;
  readonly ms: number;
}

const KEPT_LINES = 40;

/** Follows one task: what it does, since when, and what its log said last. */
export class TaskTracker {
  /** What people know it by. */
  readonly title: string;
  readonly startedAtMs: number;
  readonly #now: () => number;
  readonly #decoder = new TextDecoder();
  #reader = new BuildProgressReader();
  #phase: Phase = 'waiting';
  #phaseSinceMs: number;
  #ended: EndedStage[] = [];
  #tail: string[] = [];
  #rest = '';

  constructor(title: string, now: () => number = () => performance.now()) {
    this.title = title;
    this.#now = now;
    this.startedAtMs = now();
    this.#phaseSinceMs = this.startedAtMs;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Since it began, in milliseconds. */
  get elapsedMs(): number {
    return this.#now() - this.startedAtMs;
  }

  /** Since the phase began, in milliseconds. */
  get phaseElapsedMs(): number {
    return this.#now() - this.#phaseSinceMs;
  }

  get progress(): BuildProgress {
    return this.#reader.progress;
  }

  get stages(): readonly EndedStage[] {
    return this.#ended;
  }

  /** The last lines of the log, oldest first, without anything a terminal would act on. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /** A build of it begins. */
  begin(): void {
    this.#reader = new BuildProgressReader();
    this.#ended = [];
    this.#tail = [];
    this.#rest = '';
  }

  enter(phase: Phase): void {
    if (phase === this.#phase) return;
    this.#endStage();
    this.#phase = phase;
    this.#phaseSinceMs = this.#now();
  }

  /** It waits to be tried again, and why. */
  retry(reason: string): void {
    this.enter('retrying');
    this.#tail = [inertLine(reason.split('\n', 1)[0] ?? '')];
  }

  /** Its build ended: nothing runs any more. */
  end(): void {
    this.#endStage();
    this.#phase = 'ended';
    this.#phaseSinceMs = this.#now();
  }

  log(bytes: Uint8Array): void {
    this.#reader.push(bytes);
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-4_096);
    for (const line of lines) {
      const text = inertLine(line);
      if (text !== '') this.#tail.push(text);
    }
    this.#tail = this.#tail.slice(-KEPT_LINES);
  }

  #endStage(): void {
    const stage = STAGES.find((name) => name === this.#phase);
    if (stage !== undefined) this.#ended.push({ stage, ms: this.phaseElapsedMs });
  }
}

/** A line of a log as a terminal may show it: what a crate prints could move the cursor or change the title. */
export function inertLine(line: string): string {
  return stripVTControlCharacters(line)
    .replaceAll('\t', '    ')
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trimEnd();
}
