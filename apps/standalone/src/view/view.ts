import type { TaskTracker } from '../follow/task-tracker.ts';

/** What the person who started it is shown. */
export interface View extends Disposable {
  /** A part of the house comes up; `detail` says more while it does. */
  starting(part: string, detail?: string): void;
  /** It is up. */
  started(part: string, detail: string): void;
  /** Everything is up: what comes now is about crates. */
  settle(): void;
  /** Lines that stay. */
  print(...lines: readonly string[]): void;
  /** A task is shown from now on until {@link forget}. */
  show(tracker: TaskTracker): void;
  forget(tracker: TaskTracker): void;
}
