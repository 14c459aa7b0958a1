import type { TaskTracker } from '../follow/task-tracker.ts';
import { bar, fit, formatClock, formatDuration, type Paint } from './format.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const BAR_COLUMNS = 20;

/** The frame of the spinner at a moment. */
export function spinner(nowMs: number): string {
  return FRAMES[Math.floor(nowMs / 100) % FRAMES.length] as string;
}

/** What a task does, in words. */
export function phaseWords(tracker: TaskTracker): string {
  switch (tracker.phase) {
    case 'waiting':
      return 'waiting';
    case 'reading':
      return 'reading its manifest';
    case 'retrying':
      return 'waiting to try again';
    case 'ended':
      return 'finishing';
    case 'fetch':
      return 'fetching';
    case 'resolve':
      return 'resolving';
    case 'build':
      return 'building';
    case 'package':
      return 'packaging';
    case 'upload':
      return 'uploading';
  }
}

/** How far it is: what cargo compiles and how many of how many, or how much was downloaded. */
export function progressWords(tracker: TaskTracker): string {
  const { compiling, begun, total, downloaded } = tracker.progress;
  if (tracker.phase === 'fetch' && downloaded > 0) return `${downloaded} downloaded`;
  if (tracker.phase !== 'build' || compiling === undefined) return '';
  return [total === undefined ? '' : `${Math.min(begun, total)}/${total}`, compiling]
    .filter((part) => part !== '')
    .join('  ');
}

/** The lines of a running task on a terminal: one of what it does, and below it the end of its log. */
export function taskLines(
  tracker: TaskTracker,
  options: {
    readonly paint: Paint;
    readonly columns: number;
    readonly nowMs: number;
    readonly tailLines: number;
    /** Columns of the longest title, so that lines of several tasks stand below each other. */
    readonly titleColumns: number;
  },
): string[] {
  const { paint, columns, nowMs } = options;
  const { begun, total } = tracker.progress;
  const title = tracker.title.padEnd(options.titleColumns);
  const head = `  ${spinner(nowMs)} ${title}  ${phaseWords(tracker).padEnd(9)}  ${formatClock(tracker.elapsedMs)}`;
  const isCounted = tracker.phase === 'build' && total !== undefined && total > 0;
  const hasRoom = columns >= head.length + BAR_COLUMNS + 24;
  const { full, empty } = bar(isCounted ? begun / total : 0, BAR_COLUMNS);
  const meter = isCounted && hasRoom ? `  ${paint('cyan', full)}${paint('gray', empty)}` : '';
  const used = head.length + (meter === '' ? 0 : BAR_COLUMNS + 2);
  const words = fit(progressWords(tracker), columns - used - 2);
  const line = [
    fit(head, columns).replace(tracker.title, paint('bold', tracker.title)),
    meter,
    words === '' ? '' : `  ${words}`,
  ].join('');
  const tail = dedent(options.tailLines > 0 ? tracker.tail.slice(-options.tailLines) : []);
  return [line, ...tail.map((text) => paint('gray', `    ${fit(text, columns - 4)}`))];
}

/** Takes away the indentation all lines have: cargo sets its words to the right. */
function dedent(lines: readonly string[]): string[] {
  const indentation = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indentation));
}

/** How long each stage took: `fetch 1.2s · build 40.1s`. */
export function stageSummary(tracker: TaskTracker): string {
  return tracker.stages.map(({ stage, ms }) => `${stage} ${formatDuration(ms)}`).join(' · ');
}
