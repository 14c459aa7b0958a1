import type { TaskTracker } from '../follow/task-tracker.ts';
import { fit, type Paint } from './format.ts';
import { spinner, taskLines } from './task-lines.ts';
import type { View } from './view.ts';

const FRAME_MS = 100;
const MAX_TAIL_LINES = 4;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';

/** What a terminal is, as far as the view needs it. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

/** The names of the parts have a column of this width. */
const PART_COLUMNS = 10;

/** A terminal: lines that stay above, and below them the running parts and tasks, drawn anew ten times a second. */
export class LiveView implements View {
  readonly #terminal: Terminal;
  readonly #paint: Paint;
  /** In the order in which they were first heard of. */
  readonly #parts = new Map<string, { detail: string; isUp: boolean }>();
  readonly #tasks = new Set<TaskTracker>();
  readonly #timer: NodeJS.Timeout;
  readonly #restore = () => this.#terminal.write(SHOW_CURSOR);
  #drawn = 0;

  constructor(terminal: Terminal, paint: Paint) {
    this.#terminal = terminal;
    this.#paint = paint;
    terminal.write(HIDE_CURSOR);
    process.once('exit', this.#restore);
    this.#timer = setInterval(() => this.draw(), FRAME_MS).unref();
  }

  starting(part: string, detail = ''): void {
    this.#parts.set(part, { detail, isUp: false });
    this.draw();
  }

  started(part: string, detail: string): void {
    this.#parts.set(part, { detail, isUp: true });
    this.draw();
  }

  settle(): void {
    const up = [...this.#parts]
      .filter(([, { isUp }]) => isUp)
      .map(([part, { detail }]) => this.#upLine(part, detail));
    this.#parts.clear();
    this.draw(up);
  }

  print(...lines: readonly string[]): void {
    this.draw(lines);
  }

  show(tracker: TaskTracker): void {
    this.#tasks.add(tracker);
    this.draw();
  }

  forget(tracker: TaskTracker): void {
    this.#tasks.delete(tracker);
    this.draw();
  }

  /** Draws the running part anew, below lines that stay. */
  draw(staying: readonly string[] = []): void {
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    const running = this.#running();
    this.#drawn = running.length;
    const text = [...staying, ...running].map((line) => `${line}\n`).join('');
    if (up === '' && text === '') return;
    this.#terminal.write(`\r${up}${CLEAR_BELOW}${text}`);
  }

  #running(): string[] {
    const { columns, rows } = this.#terminal;
    const nowMs = performance.now();
    const parts = [...this.#parts].map(([part, { detail, isUp }]) =>
      isUp
        ? this.#upLine(part, detail)
        : this.#paint('gray', fit(`  ${spinner(nowMs)} ${part.padEnd(PART_COLUMNS)} ${detail}`, columns - 1)),
    );
    const room = rows - parts.length - this.#tasks.size - 5;
    const tailLines = Math.max(0, Math.min(MAX_TAIL_LINES, Math.floor(room / Math.max(1, this.#tasks.size))));
    const titleColumns = Math.max(0, ...[...this.#tasks].map((tracker) => tracker.title.length));
    const tasks = [...this.#tasks].flatMap((tracker) =>
      taskLines(tracker, { paint: this.#paint, columns: columns - 1, nowMs, tailLines, titleColumns }),
    );
    const gap = tasks.length > 0 ? [''] : [];
    return [...parts, ...gap, ...tasks].slice(0, Math.max(1, rows - 1));
  }

  #upLine(part: string, detail: string): string {
    return `  ${this.#paint('green', '✓')} ${part.padEnd(PART_COLUMNS)} ${detail}`;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#tasks.clear();
    this.settle();
    process.removeListener('exit', this.#restore);
    this.#terminal.write(SHOW_CURSOR);
  }
}
