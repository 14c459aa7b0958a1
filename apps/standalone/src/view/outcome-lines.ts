import type { TaskDetail } from '@buildsrs/common';
import { inertLine, type TaskTracker } from '../follow/task-tracker.ts';
import { formatBytes, formatDuration, type Paint } from './format.ts';
import { installLine } from './install-line.ts';
import { stageSummary } from './task-lines.ts';

const LABEL_COLUMNS = 9;
const MAX_MESSAGE_LINES = 30;

function row(paint: Paint, label: string, text: string): string {
  return `    ${paint('gray', label.padEnd(LABEL_COLUMNS))} ${text}`;
}

/** What is said of a task that is built: where it is and how to get it. */
export function builtLines(
  task: TaskDetail,
  options: {
    readonly tracker: TaskTracker;
    readonly pageUrl: string;
    readonly paint: Paint;
  },
): string[] {
  const { tracker, paint } = options;
  const archive =
    task.artifacts.find((artifact) => /\.(?:tar\.gz|zip)$/.test(artifact.name)) ?? task.artifacts[0];
  const stages = stageSummary(tracker);
  const how = stages === '' ? 'built before' : `built in ${formatDuration(tracker.elapsedMs)}`;
  const yanked = task.yanked ? ` ${paint('yellow', '(yanked by its author)')}` : '';
  return [
    '',
    `  ${paint('green', '✓')} ${paint('bold', `${task.crate} ${task.version}`)}${yanked}  ${task.target}  ${how}`,
    '',
    ...(stages === '' ? [] : [row(paint, 'stages', paint('gray', stages))]),
    row(paint, 'page', paint('cyan', options.pageUrl)),
    ...(archive === undefined
      ? []
      : [
          row(paint, 'download', paint('cyan', archive.url)),
          row(
            paint,
            'sha256',
            `${archive.sha256}  ${paint('gray', `${formatBytes(archive.size)}, downloaded and checked`)}`,
          ),
          row(paint, 'install', installLine(archive)),
        ]),
  ];
}

/** What is said of a task that failed: why, what the compiler or cargo said, and who can do what about it. */
export function failedLines(
  task: TaskDetail,
  options: { readonly logUrl: string | undefined; readonly paint: Paint },
): string[] {
  const { paint } = options;
  const { failure } = task;
  const message = (failure?.message ?? 'It failed.')
    .split('\n')
    .map(inertLine)
    .filter((line, index, all) => line !== '' || (index > 0 && all[index - 1] !== ''));
  const kind = failure === null ? '' : `  ${paint('red', failure.kind)}`;
  return [
    '',
    `  ${paint('red', '✗')} ${paint('bold', `${task.crate} ${task.version}`)}  ${task.target}${kind}`,
    '',
    ...message.slice(0, MAX_MESSAGE_LINES).map((line) => (line === '' ? '' : `    ${line}`)),
    ...(failure === null ? [] : ['', `    ${failure.hint}`]),
    ...(options.logUrl === undefined ? [] : [row(paint, 'log', paint('cyan', options.logUrl))]),
  ];
}

/** What is said of a crate for which no task could be made. */
export function refusedLines(crate: string, sentence: string, paint: Paint): string[] {
  return ['', `  ${paint('red', '✗')} ${paint('bold', crate)}  ${sentence}`];
}
