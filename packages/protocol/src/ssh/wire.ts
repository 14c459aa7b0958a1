/** Bytes that are not in the SSH wire format (RFC 4251 §5) they should be in. */
export class SshFormatError extends Error {
  override readonly name = 'SshFormatError';
}

/** A `string`: its length in four bytes, then its bytes. */
export function sshString(value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([sshUint32(bytes.length), bytes]);
}

export function sshUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads a message of the SSH wire format from its start; every read that passes the end is an `SshFormatError`. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  bytes(length: number): Buffer {
    if (length > this.remaining) throw new SshFormatError('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  string(): Buffer {
    return this.bytes(this.uint32());
  }

  /** A `string` of ASCII, for names. */
  text(): string {
    return this.string().toString('latin1');
  }

  /** Bytes after the last field are as wrong as missing ones. */
  end(): void {
    if (this.remaining !== 0) throw new SshFormatError('there are bytes after its end');
  }
}
