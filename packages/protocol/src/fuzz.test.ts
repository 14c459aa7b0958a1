import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLOSE, type CloseWord } from './close-codes.ts';
import { fuzzRuns, MemoryBackend, RawBuilder, testJob } from './testing/index.ts';

const builds = [0, 1, 2].map((index) => `00000000-0000-4000-8000-00000000000${index}`);
const token = 'x'.repeat(32);
const build = fc.constantFrom(...builds);

/** Messages of the right shape in any order, with builds that are ours, not ours, or not there. */
const message = fc.oneof(
  fc.record({ type: fc.constant('request'), slots: fc.nat(3) }),
  fc.record({ type: fc.constant('accept'), build }),
  fc.record({ type: fc.constant('decline'), build, reason: fc.string() }),
  fc.record({ type: fc.constant('stage'), build, stage: fc.constantFrom('fetch', 'build') }),
  fc.record({ type: fc.constant('log'), build, offset: fc.nat(9), data: fc.constantFrom('YQ==', 'YWJj') }),
  fc.record({ type: fc.constant('heartbeat'), builds: fc.uniqueArray(build) }),
  fc.record({ type: fc.constant('resume'), build, token: fc.constantFrom(token, 'y'.repeat(32)) }),
  fc.record({
    type: fc.constant('failed'),
    build,
    token: fc.constantFrom(token, 'y'.repeat(32)),
    failure: fc.constant({ kind: 'unknown', message: '', hint: '', retryable: true }),
  }),
  fc.constant({ type: 'drain' }),
  fc.constant({ type: 'hello' }),
);

const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.json({ maxDepth: 4 }),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom('['.repeat(5_000), '{"type":"request","type":"drain"}', '{"__proto__":{"x":1}}', '\ud800'),
);

async function offered(): Promise<{ backend: MemoryBackend; builder: RawBuilder; witness: RawBuilder }> {
  const backend = new MemoryBackend();
  const builder = new RawBuilder(backend);
  const witness = new RawBuilder(backend);
  backend.enrol(builder.key.publicKey);
  backend.enrol(witness.key.publicKey);
  backend.queue.push(...builds.map((id) => testJob({ build: id, lease: { token, expiresInMs: 60_000 } })));
  await witness.greet();
  return { backend, builder, witness };
}

/** What must hold whatever a builder sends. */
async function checkUnharmed(builder: RawBuilder, witness: RawBuilder, backend: MemoryBackend) {
  const known = new Set<CloseWord | undefined>([undefined, ...(Object.keys(CLOSE) as CloseWord[])]);
  const word = builder.closed as CloseWord | undefined;
  expect(known).toContain(word);
  expect(word).not.toBe('internal-error');
  const before = witness.all('renewed').length;
  await witness.send({ type: 'heartbeat', builds: [] });
  expect(witness.all('renewed')).toHaveLength(before + 1);
  const recorded = backend.calls.filter((call) => call.startsWith('accepted'));
  expect(new Set(recorded).size).toBe(recorded.length);
  await builder.drop();
  await builder.session.ended;
  expect(builder.clock.timers).toBe(0);
}

test('an authenticated builder can say right things in any order and only ever harms itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 25 }), async (messages) => {
      const { backend, builder, witness } = await offered();
      await builder.greet();
      await builder.send({ type: 'request', slots: 2 });
      for (const sent of messages) await builder.send(sent);
      for (const held of backend.builds.values()) {
        // A log is a prefix of what was sent, and an ended build stays ended.
        expect(held.log.toString()).toMatch(/^[abc]*$/);
        expect(held.state === 'recorded').toBe(held.result !== undefined);
      }
      await checkUnharmed(builder, witness, backend);
    }),
    fuzzRuns(300),
  );
});

test('a stranger can send anything and only ever closes its own connection', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(garbage, message), { minLength: 1, maxLength: 5 }), async (frames) => {
      const { backend, builder, witness } = await offered();
      await builder.send(...frames);
      expect(builder.closed).toBeDefined();
      expect(builder.heard).toEqual([]);
      await checkUnharmed(builder, witness, backend);
    }),
    fuzzRuns(300),
  );
});

test('a welcomed builder that sends garbage is closed with the word for it', async () => {
  await fc.assert(
    fc.asyncProperty(garbage, async (frame) => {
      const { backend, builder, witness } = await offered();
      await builder.greet();
      await builder.send(frame);
      expect(builder.closed).toBeDefined();
      await checkUnharmed(builder, witness, backend);
    }),
    fuzzRuns(200),
  );
});
