import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { demultiplex } from './demultiplex.ts';

function frame(stream: 1 | 2, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

it('gives back every byte in its order, wherever the engine cuts', async () => {
  const frames = fc.array(fc.tuple(fc.constantFrom<1 | 2>(1, 2), fc.uint8Array({ maxLength: 40 })), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(
      frames,
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      async (sent, cuts) => {
        const wire = Buffer.concat(sent.map(([stream, bytes]) => frame(stream, bytes)));
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < wire.length; turn += 1) {
          const length = cuts[turn % cuts.length] as number;
          pieces.push(wire.subarray(at, at + length));
          at += length;
        }
        const got: string[] = [];
        for await (const { stream, bytes } of demultiplex(Readable.from(pieces, { objectMode: false })))
          got.push(...[...bytes].map((byte) => `${stream} ${byte}`));
        const wanted = sent.flatMap(([stream, bytes]) =>
          [...bytes].map((byte) => `${stream === 2 ? 'stderr' : 'stdout'} ${byte}`),
        );
        expect(got).toEqual(wanted);
      },
    ),
  );
});

it('passes a broken connection on', async () => {
  const broken = new Readable({ read() {} });
  const reading = (async () => {
    for await (const _piece of demultiplex(broken)) throw new Error('there is nothing to read');
  })();
  broken.destroy(new Error('the engine has gone'));
  await expect(reading).rejects.toThrow('the engine has gone');
});
