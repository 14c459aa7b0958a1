import type { TaskTracker } from '../follow/task-tracker.ts';
import { formatDuration } from './format.ts';
import { phaseWords, progressWords } from './task-lines.ts';
import type { View } from './view.ts';

/** How often a running build is told of when nothing else happens. */
const REPORT_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 100;

/** Plain lines, for pipes and logs: one whenever a task comes to another stage, and one now and then in between. */
export class PlainView implements View {
  readonly #write: (text: string) => void;
  readonly #tasks = new Map<TaskTracker, { said: string; saidAtMs: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(write: (text: string) => void) {
    this.#write = write;
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  starting(): void {}

  settle(): void {}

  started(part: string, detail: string): void {
    this.print(`${part}: ${detail}`);
  }

  print(...lines: readonly string[]): void {
    this.#write(lines.map((line) => `${line}\n`).join(''));
  }

  show(tracker: TaskTracker): void {
    this.#tasks.set(tracker, { said: '', saidAtMs: 0 });
    this.look();
  }

  forget(tracker: TaskTracker): void {
    this.#tasks.delete(tracker);
  }

  /** Tells what is new. */
  look(): void {
    for (const [tracker, last] of this.#tasks) {
      if (tracker.phase === 'ended') continue;
      const phase = phaseWords(tracker);
      const isDue = tracker.elapsedMs - last.saidAtMs >= REPORT_EVERY_MS;
      if (phase === last.said && !isDue) continue;
      this.#tasks.set(tracker, { said: phase, saidAtMs: tracker.elapsedMs });
      const words = progressWords(tracker);
      const elapsed = formatDuration(tracker.elapsedMs);
      this.print(`${tracker.title}: ${phase}${words === '' ? '' : ` ${words}`} (${elapsed})`);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
