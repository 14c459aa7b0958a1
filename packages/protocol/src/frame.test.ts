import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from './close-codes.ts';
import { decodeBackendFrame, decodeBuilderFrame, encodeBackendFrame, encodeBuilderFrame } from './frame.ts';
import { MAX_FRAME_BYTES } from './limits.ts';
import { BuilderMessageSchema, type BackendMessage, type BuilderMessage } from './messages.ts';
import { fuzzRuns, testJob } from './testing/index.ts';

const build = '00000000-0000-4000-8000-000000000000';
const token = 'x'.repeat(32);

function violationOf(action: () => unknown): string {
  try {
    action();
    return 'fine';
  } catch (error) {
    return error instanceof ProtocolViolation ? error.word : String(error);
  }
}
const decoded = (message: unknown) =>
  violationOf(() => decodeBuilderFrame(typeof message === 'string' ? message : JSON.stringify(message)));

describe('reading', () => {
  test.each([
    ['[]', 'bad-frame'],
    ['null', 'bad-frame'],
    ['"hello"', 'bad-frame'],
    ['{}', 'bad-frame'],
    ['{"type":1}', 'bad-frame'],
    ['{"type":"nothing"}', 'unknown-frame'],
    ['{"type":"constructor"}', 'unknown-frame'],
    ['{"type":"welcome"}', 'unknown-frame'],
    ['{"type":"request"}', 'bad-frame'],
    ['{"type":"request","slots":-1}', 'bad-frame'],
    ['{"type":"request","slots":1.5}', 'bad-frame'],
    ['{"type":"request","slots":9007199254740993}', 'bad-frame'],
    ['{"type":"request","slots":1e400}', 'bad-frame'],
    ['{"type":"request","slots":1,"more":1}', 'bad-frame'],
    ['{"type":"drain"}', 'fine'],
    ['{"type":"request","slots":0}', 'fine'],
    [{ type: 'accept', build: '../../etc/passwd' }, 'bad-frame'],
    [{ type: 'log', build, offset: 0, data: '' }, 'bad-frame'],
    [{ type: 'log', build, offset: 0, data: 'YQ' }, 'bad-frame'],
    [{ type: 'log', build, offset: 0, data: 'Y Q=' }, 'bad-frame'],
    [{ type: 'log', build, offset: 0, data: 'YQ==' }, 'fine'],
    [{ type: 'log', build, offset: 0, data: Buffer.alloc(65_536).toString('base64') }, 'fine'],
    [{ type: 'log', build, offset: 0, data: Buffer.alloc(65_539).toString('base64') }, 'bad-frame'],
    [{ type: 'log', build, offset: -1, data: 'YQ==' }, 'bad-frame'],
    [{ type: 'complete', build, token, result: { kind: 'metadata' } }, 'bad-frame'],
    [{ type: 'heartbeat', builds: Array.from({ length: 257 }, () => build) }, 'bad-frame'],
  ])('%j: %s', (message, word) => {
    expect(decoded(message)).toBe(word);
  });

  test('a violation says which member is wrong', () => {
    expect(() => decodeBuilderFrame('{"type":"heartbeat","builds":["x"]}')).toThrow(
      'heartbeat.builds.0: A build is named by a UUID.',
    );
  });

  test('binary and oversized messages are refused before they are parsed', () => {
    expect(violationOf(() => decodeBuilderFrame(new Uint8Array(3)))).toBe('not-text');
    expect(decoded('x'.repeat(MAX_FRAME_BYTES + 1))).toBe('too-large');
    // By bytes and not by characters: a euro sign has three.
    expect(decoded('€'.repeat(MAX_FRAME_BYTES / 2))).toBe('too-large');
    expect(violationOf(() => decodeBuilderFrame('{"type":"drain"}', 10))).toBe('too-large');
  });

  test('terminal escapes in a failure do not get through', () => {
    const failure = { kind: 'unknown', message: '\u001b[31mred\u202e', hint: '', retryable: true };
    const message = decodeBuilderFrame(JSON.stringify({ type: 'failed', build, token, failure }));
    expect(message).toMatchObject({ failure: { message: '\ufffd[31mred\ufffd' } });
  });
});

describe('writing', () => {
  test('what is written is read back the same, in both directions', () => {
    const fromBuilder = [
      { type: 'request', slots: 4 },
      { type: 'stage', build, stage: 'fetch' },
      { type: 'resume', build, token },
      { type: 'drain' },
    ] as BuilderMessage[];
    const fromBackend = [
      { type: 'offer', job: testJob() },
      { type: 'renewed', builds: [{ build, expiresInMs: 1 }] },
      { type: 'done', build, outcome: 'recorded' },
      { type: 'drain' },
    ] as BackendMessage[];
    for (const message of fromBuilder)
      expect(decodeBuilderFrame(encodeBuilderFrame(message))).toEqual(message);
    for (const message of fromBackend)
      expect(decodeBackendFrame(encodeBackendFrame(message))).toEqual(message);
  });

  test('what would be refused is not sent', () => {
    expect(violationOf(() => encodeBuilderFrame({ type: 'request', slots: -1 }))).toBe('bad-frame');
    const job = { ...testJob(), crate: 'Not A Crate' } as unknown as ReturnType<typeof testJob>;
    expect(violationOf(() => encodeBackendFrame({ type: 'offer', job }))).toBe('bad-frame');
  });
});

test('a changed frame is a message of the schema or a violation, and nothing else', () => {
  const frames = [
    JSON.stringify({ type: 'request', slots: 4 }),
    JSON.stringify({ type: 'log', build, offset: 12, data: 'aGVsbG8=' }),
    JSON.stringify({ type: 'heartbeat', builds: [build] }),
    JSON.stringify({
      type: 'failed',
      build,
      token,
      failure: { kind: 'unknown', message: 'x', hint: 'y', retryable: true },
    }),
  ];
  const types = new Set(BuilderMessageSchema.options.map((option) => option.entries.type.literal));
  fc.assert(
    fc.property(
      fc.constantFrom(...frames),
      fc.nat(200),
      fc.nat(8),
      fc.string({ unit: 'binary', maxLength: 6 }),
      (frame, at, length, text) => {
        const changed = frame.slice(0, at) + text + frame.slice(at + length);
        const outcome = (() => {
          try {
            return decodeBuilderFrame(changed).type;
          } catch (error) {
            return error instanceof ProtocolViolation ? 'violation' : `crash: ${String(error)}`;
          }
        })();
        expect(new Set<string>([...types, 'violation'])).toContain(outcome);
      },
    ),
    fuzzRuns(3_000),
  );
});
