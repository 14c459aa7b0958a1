import { compilingTotalNote, type TaskDetail } from '@buildsrs/common';
import { expect, it } from 'vitest';
import { TaskTracker } from '../follow/task-tracker.ts';
import { fit, formatBytes, formatClock, formatDuration } from './format.ts';
import { installLine } from './install-line.ts';
import { LiveView } from './live-view.ts';
import { builtLines, failedLines } from './outcome-lines.ts';
import { PlainView } from './plain-view.ts';
import { taskLines } from './task-lines.ts';

const plain = (_style: unknown, text: string) => text;

function compiling(begun: number, nowMs: () => number) {
  const tracker = new TaskTracker('hexyl 0.17.0', nowMs);
  tracker.enter('build');
  tracker.log(Buffer.from(`builds.rs: ${compilingTotalNote(34)}\n`));
  for (let count = 1; count <= begun; count += 1)
    tracker.log(Buffer.from(`   Compiling crate-${count} v1.0.${count}\n`));
  return tracker;
}

const archive = {
  name: 'hexyl-0.17.0-x86_64-unknown-linux-gnu.tar.gz',
  crate: 'hexyl',
  version: '0.17.0',
  target: 'x86_64-unknown-linux-gnu',
  url: 'http://127.0.0.1:8000/crates/hexyl/0.17.0/x86_64-unknown-linux-gnu/hexyl-0.17.0-x86_64-unknown-linux-gnu.tar.gz',
  sha256: 'ab'.repeat(32),
  size: 546_816,
} as unknown as TaskDetail['artifacts'][number];
const task = {
  crate: 'hexyl',
  version: '0.17.0',
  target: 'x86_64-unknown-linux-gnu',
  yanked: false,
  failure: null,
  artifacts: [archive],
} as unknown as TaskDetail;

it('writes durations and sizes for people', () => {
  expect([0, 410, 59_900, 59_960, 125_000, 3_725_000].map(formatDuration)).toEqual([
    '0.0s',
    '0.4s',
    '59.9s',
    '1:00',
    '2:05',
    '1:02:05',
  ]);
  expect([0, 59_999, 61_000].map(formatClock)).toEqual(['0:00', '0:59', '1:01']);
  expect([812, 3_565_158, 546_816].map(formatBytes)).toEqual(['812 B', '3.4 MiB', '534 KiB']);
  expect(fit('ripgrep', 4)).toBe('rip…');
  expect(fit('rip', 3)).toBe('rip');
});

it('shows what a task does, how far it is, and the end of its log', () => {
  let nowMs = 0;
  const tracker = compiling(17, () => nowMs);
  nowMs = 42_300;
  const options = { paint: plain, columns: 120, nowMs: 0, tailLines: 2, titleColumns: 12 };
  expect(taskLines(tracker, options)).toEqual([
    '  ⠋ hexyl 0.17.0  building   0:42  ━━━━━━━━━━━━━━━━━━━━  17/34  crate-17 1.0.17',
    '    Compiling crate-16 v1.0.16',
    '    Compiling crate-17 v1.0.17',
  ]);
  for (const columns of [20, 40, 60, 80]) {
    for (const line of taskLines(tracker, { ...options, columns }))
      expect(line.length).toBeLessThanOrEqual(columns);
  }
});

it('draws running lines over themselves and leaves the others', () => {
  const written: string[] = [];
  const view = new LiveView({ columns: 100, rows: 30, write: (text) => written.push(text) }, plain);
  view.starting('database');
  view.started('database', 'PostgreSQL in data/postgres');
  view.settle();
  view.print('a line that stays');
  const tracker = compiling(3, () => 0);
  view.show(tracker);
  view.forget(tracker);
  view[Symbol.dispose]();
  const screen = render(written.join(''));
  expect(screen).toEqual(['  ✓ database   PostgreSQL in data/postgres', 'a line that stays']);
  expect(written[0]).toBe('\u001b[?25l');
  expect(written.at(-1)).toBe('\u001b[?25h');
});

it('writes plain lines where there is no terminal, one a stage', () => {
  let text = '';
  using view = new PlainView((more) => (text += more));
  const tracker = new TaskTracker('hexyl 0.17.0', () => 0);
  view.started('backend', 'http://127.0.0.1:8000');
  view.show(tracker);
  tracker.enter('fetch');
  view.look();
  view.look();
  tracker.end();
  view.look();
  view.forget(tracker);
  expect(text).toBe(
    'backend: http://127.0.0.1:8000\nhexyl 0.17.0: waiting (0.0s)\nhexyl 0.17.0: fetching (0.0s)\n',
  );
});

it('tells where a binary is and how to get it', () => {
  const tracker = new TaskTracker('hexyl 0.17.0', () => 0);
  const lines = builtLines(
    { ...task, yanked: true },
    { tracker, pageUrl: 'http://127.0.0.1:8000/crates/hexyl/0.17.0', paint: plain },
  );
  expect(lines[1]).toBe('  ✓ hexyl 0.17.0 (yanked by its author)  x86_64-unknown-linux-gnu  built before');
  expect(lines[3]).toBe('    page      http://127.0.0.1:8000/crates/hexyl/0.17.0');
  expect(lines[4]).toBe(`    download  ${archive.url}`);
  expect(lines[5]).toBe(`    sha256    ${archive.sha256}  534 KiB, downloaded and checked`);
  expect(lines[6]).toBe('    install   curl -fsSL http://127.0.0.1:8000/i/hexyl@0.17.0 | sh');
});

it('tells why a task failed, without what a crate may have written for the terminal', () => {
  const failure = {
    kind: 'compiler-error',
    message: 'error[E0308]: \u001b[2Jmismatched types\n\n\n  | ^',
    hint: 'Its author can mend it.',
    retryable: false,
  } as const;
  expect(
    failedLines(
      { ...task, failure },
      {
        logUrl: 'http://127.0.0.1:8000/builds/1',
        paint: plain,
      },
    ),
  ).toEqual([
    '',
    '  ✗ hexyl 0.17.0  x86_64-unknown-linux-gnu  compiler-error',
    '',
    '    error[E0308]: mismatched types',
    '',
    '      | ^',
    '',
    '    Its author can mend it.',
    '    log       http://127.0.0.1:8000/builds/1',
  ]);
});

it('gives a line to paste that installs the very thing', () => {
  const lineFor = (changes: object) => installLine({ ...archive, ...changes });
  const script = 'http://127.0.0.1:8000/i/hexyl@0.17.0';
  expect(lineFor({})).toBe(`curl -fsSL ${script} | sh`);
  const musl = 'x86_64-unknown-linux-musl';
  expect(lineFor({ target: musl })).toBe(`curl -fsSL ${script} | sh -s -- --target ${musl}`);
  expect(lineFor({ target: 'x86_64-pc-windows-gnu' })).toBe(`irm '${script}.ps1' | iex`);
  const odd = "http://h/it's; $(x)/crates/hexyl/0.17.0/x/y";
  expect(lineFor({ url: odd })).toContain(String.raw`'http://h/it'\''s; $(x)/i/hexyl@0.17.0'`);
});

/** What a terminal would show: knows the moves the view makes, and no others. */
function render(text: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  for (const [part] of text.matchAll(/\u001b\[\??[0-9]*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g)) {
    if (part === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (part === '\u001b[0J') lines.splice(row, lines.length, '');
    else if (/^\u001b\[\d+A$/.test(part)) row -= Number(part.slice(2, -1));
    else if (!part.startsWith('\u001b') && part !== '\r') lines[row] += part;
  }
  return lines.filter((line) => line !== '');
}
