import { PassThrough, type Readable } from 'node:stream';

/** The frame header of an attached container without a terminal: stream number, three zeros, length (Docker Engine API). */
const HEADER_BYTES = 8;
/**
 * How far we read ahead of a slow reader. The engine gives up waiting for its reader two seconds after a container's
 * end, when at most about a megabyte is under way: that much must have room.
 */
const READ_AHEAD_BYTES = 8 * 1024 * 1024;

/** One piece of output; a frame may come in several. */
export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** Takes apart what an attached container prints, in the order in which it was printed. */
export async function* demultiplex(attached: Readable): AsyncGenerator<OutputPiece> {
  const ahead = new PassThrough({ highWaterMark: READ_AHEAD_BYTES });
  attached.once('error', (error) => ahead.destroy(error));
  attached.pipe(ahead);
  let header = Buffer.alloc(0);
  let remaining = 0;
  let stream: OutputPiece['stream'] = 'stdout';
  for await (const chunk of ahead as AsyncIterable<Buffer>) {
    for (let rest = chunk; rest.length > 0;) {
      if (remaining === 0) {
        const taken = rest.subarray(0, HEADER_BYTES - header.length);
        header = Buffer.concat([header, taken]);
        rest = rest.subarray(taken.length);
        if (header.length < HEADER_BYTES) continue;
        stream = header[0] === 2 ? 'stderr' : 'stdout';
        remaining = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const bytes = rest.subarray(0, remaining);
      remaining -= bytes.length;
      rest = rest.subarray(bytes.length);
      yield { stream, bytes };
    }
  }
}
