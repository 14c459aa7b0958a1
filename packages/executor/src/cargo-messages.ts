import * as v from 'valibot';
import { LineSplitter } from './line-splitter.ts';

const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_ERRORS = 64;

/** `compiler-message` of cargo's JSON (the Cargo book, External tools) with rustc's diagnostic: what is read here. */
const CompilerMessageSchema = v.object({
  reason: v.literal('compiler-message'),
  package_id: v.string(),
  message: v.object({
    message: v.string(),
    level: v.string(),
    code: v.nullish(v.object({ code: v.string() })),
    rendered: v.nullish(v.string()),
    children: v.optional(v.array(v.object({ message: v.string(), level: v.string() })), []),
  }),
});

/** An error of the compiler. */
export interface CompilerError {
  /** The package it was compiling, by cargo's id. */
  readonly packageId: string;
  readonly message: string;
  /** `error`, or `error: internal compiler error`. */
  readonly level: string;
  readonly code: string | undefined;
  /** As the compiler shows it, with terminal escapes. */
  readonly rendered: string;
  readonly notes: readonly string[];
}

/**
 * Reads cargo's standard output of `--message-format=json-…`: diagnostics go to the log as the compiler shows them, the
 * first errors are kept. A procedural macro can print here too, so that nothing in it decides more than which failure
 * this build is; other lines go to the log as they are.
 */
export class CargoMessageReader {
  readonly errors: CompilerError[] = [];
  readonly #lines = new LineSplitter(MAX_LINE_BYTES);
  readonly #log: (bytes: Uint8Array) => Promise<void>;

  constructor(log: (bytes: Uint8Array) => Promise<void>) {
    this.#log = log;
  }

  async push(chunk: Uint8Array): Promise<void> {
    for (const line of this.#lines.push(chunk)) await this.#read(line);
  }

  async end(): Promise<void> {
    for (const line of this.#lines.end()) await this.#read(line);
  }

  async #read(line: Buffer): Promise<void> {
    const value = jsonOf(line);
    if (value === undefined) return this.#log(Buffer.concat([line, Buffer.from('\n')]));
    const parsed = v.safeParse(CompilerMessageSchema, value);
    if (!parsed.success) return;
    const { package_id: packageId, message } = parsed.output;
    const rendered = message.rendered ?? `${message.level}: ${message.message}\n`;
    if (message.level.startsWith('error') && this.errors.length < MAX_ERRORS) {
      this.errors.push({
        packageId,
        message: message.message,
        level: message.level,
        code: message.code?.code,
        rendered,
        notes: message.children.map((child) => child.message),
      });
    }
    return this.#log(Buffer.from(rendered));
  }
}

/** The JSON object of a line; `undefined` for anything else a program may print. */
function jsonOf(line: Buffer): object | undefined {
  if (line[0] !== 0x7b) return undefined;
  try {
    return JSON.parse(line.toString('utf8')) as object;
  } catch {
    return undefined;
  }
}
