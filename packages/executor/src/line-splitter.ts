/** Cuts a stream of bytes into lines; a line longer than the limit is given in parts of that size. */
export class LineSplitter {
  readonly #maxBytes: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that these bytes complete, without their line feed. */
  push(bytes: Uint8Array): Buffer[] {
    let data = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const lines: Buffer[] = [];
    for (;;) {
      const at = data.subarray(0, this.#maxBytes).indexOf(0x0a);
      if (at >= 0) {
        lines.push(data.subarray(0, at));
        data = data.subarray(at + 1);
      } else if (data.length >= this.#maxBytes) {
        lines.push(data.subarray(0, this.#maxBytes));
        data = data.subarray(this.#maxBytes);
      } else break;
    }
    this.#rest = data;
    return lines;
  }

  /** What is left without a line feed at its end. */
  end(): Buffer[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [rest];
  }
}
