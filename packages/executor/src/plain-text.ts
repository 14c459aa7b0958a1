/** ECMA-48: CSI sequences, OSC strings up to their end, and two-character escapes. */
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** Text without terminal escapes: for matching, and for sentences. */
export function withoutEscapes(text: string): string {
  return text.replaceAll(ESCAPES, '');
}

/** Keeps the last bytes of a stream. */
export class TailBuffer {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(Uint8Array.from(bytes));
    this.#size += bytes.length;
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= this.#maxBytes) {
      this.#size -= (this.#chunks.shift() as Uint8Array).length;
    }
  }

  /** The last bytes as text without terminal escapes. */
  text(): string {
    return withoutEscapes(Buffer.concat(this.#chunks).subarray(-this.#maxBytes).toString('utf8'));
  }
}
