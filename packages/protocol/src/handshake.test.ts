import { describe, expect, test } from 'vitest';
import { readChallenge } from './challenge.ts';
import { CLOSE, closeWordOf } from './close-codes.ts';
import { fingerprintOf, generateBuilderKey, signSshsig } from './ssh/index.ts';
import { AUTH_NAMESPACE } from './limits.ts';
import { MemoryBackend, RawBuilder, settle } from './testing/index.ts';

function enrolled(): { backend: MemoryBackend; builder: RawBuilder } {
  const backend = new MemoryBackend();
  const builder = new RawBuilder(backend);
  backend.enrol(builder.key.publicKey);
  return { backend, builder };
}

describe('a builder with an enrolled key', () => {
  test('is challenged, proves its key and is welcomed', async () => {
    const { backend, builder } = enrolled();
    await builder.send(builder.hello());
    expect(builder.heard).toMatchObject([{ type: 'challenge', expiresInMs: 5_000 }]);
    expect(backend.calls).toEqual([]);
    await builder.send(builder.proof());
    expect(builder.heard.slice(1)).toEqual([
      {
        type: 'welcome',
        builder: { id: 1, name: 'builder-1' },
        heartbeatIntervalMs: 15_000,
        leaseMs: 60_000,
      },
    ]);
    expect(builder.session.builder).toMatchObject({ name: 'builder-1', software: 'raw-builder 0' });
    expect(backend.calls).toEqual(['findBuilder', 'welcomed builder-1']);
  });

  test('is challenged with bytes that name server, connection and expiry, and never twice the same', async () => {
    const backend = new MemoryBackend();
    const seen = new Set<string>();
    const connections = new Set<string>();
    for (let count = 0; count < 200; count += 1) {
      const builder = new RawBuilder(backend);
      await builder.send(builder.hello());
      const bytes = Buffer.from(builder.all('challenge')[0]?.challenge ?? '', 'base64');
      const facts = readChallenge(bytes);
      expect(facts).toMatchObject({
        serverId: 'https://builds.test',
        expiresAtUnixMs: builder.clock.unixMs() + 5_000,
      });
      seen.add(bytes.subarray(0, 32).toString('hex'));
      connections.add(facts?.connection ?? '');
    }
    expect(seen.size).toBe(200);
    expect(connections.size).toBe(200);
  });
});

describe('deadlines', () => {
  test('no hello, and half a handshake, are closed', async () => {
    const { builder: silent } = enrolled();
    silent.clock.advance(5_000);
    expect(silent.closed).toBe('handshake-timeout');
    const { backend, builder: half } = enrolled();
    await half.send(half.hello());
    half.clock.advance(5_000);
    expect(half.closed).toBe('handshake-timeout');
    expect(half.clock.timers).toBe(0);
    expect(backend.calls).toEqual([]);
  });

  test('an answer after the expiry is refused even when no timer has run', async () => {
    const { builder } = enrolled();
    await builder.send(builder.hello());
    builder.clock.jump(11_000);
    await builder.send(builder.proof());
    expect(builder.closed).toBe('challenge-expired');
  });

  test('a welcomed builder that says nothing for three heartbeats is gone', async () => {
    const { backend, builder } = enrolled();
    await builder.greet();
    builder.clock.advance(44_000);
    await builder.send({ type: 'heartbeat', builds: [] });
    builder.clock.advance(44_000);
    expect(builder.closed).toBeUndefined();
    builder.clock.advance(1_000);
    expect(builder.closed).toBe('silent');
    await builder.session.ended;
    expect(backend.calls.at(-1)).toBe('disconnected builder-1 offered=0 running=0');
  });
});

describe('who is refused', () => {
  test('an unknown key, only after it was proven', async () => {
    const backend = new MemoryBackend();
    const builder = await new RawBuilder(backend).greet();
    expect(builder.closed).toBe('unknown-key');
    expect(builder.closeReason).toContain('SHA256:');
  });

  test('a disabled builder', async () => {
    const backend = new MemoryBackend();
    const builder = new RawBuilder(backend);
    backend.enrol(builder.key.publicKey, { enabled: false });
    await builder.greet();
    expect(builder.closed).toBe('builder-disabled');
  });

  test('a signature by another key, without a question to the database', async () => {
    const { backend, builder } = enrolled();
    await builder.send(builder.hello());
    await builder.send(builder.proof(generateBuilderKey()));
    expect(builder.closed).toBe('authentication-failed');
    expect(backend.calls).toEqual([]);
  });

  test('a signature for another purpose', async () => {
    const { builder } = enrolled();
    await builder.send(builder.hello());
    await builder.send(builder.proof(builder.key, 'git'));
    expect(builder.closed).toBe('authentication-failed');
  });

  test('a signature over the challenge of another connection or server', async () => {
    const { backend, builder: first } = enrolled();
    const second = new RawBuilder(backend, { key: first.key });
    await first.send(first.hello());
    await second.send(second.hello());
    await second.send(first.proof());
    expect(second.closed).toBe('authentication-failed');
    expect((await first.send(first.proof())).closed).toBeUndefined();
  });

  test('a replayed session', async () => {
    const { backend, builder } = enrolled();
    await builder.send(builder.hello());
    const recorded = builder.proof();
    await builder.send(recorded);
    const replay = new RawBuilder(backend, { key: builder.key });
    await replay.send(builder.hello());
    await replay.send(recorded);
    expect(replay.closed).toBe('authentication-failed');
    await builder.send(recorded);
    expect(builder.closed).toBe('unexpected-frame');
  });

  test('a second proof: of many answers to one challenge at most one is accepted', async () => {
    const { backend, builder } = enrolled();
    await builder.send(builder.hello());
    const proof = builder.proof();
    await builder.send(...Array.from({ length: 100 }, () => proof));
    expect(backend.calls.filter((call) => call.startsWith('welcomed')).length).toBeLessThanOrEqual(1);
    expect(builder.closed).toBe('unexpected-frame');
  });

  test.each([
    ['another key type', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQ=='],
    [
      'a key of small order',
      `ssh-ed25519 ${Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), Buffer.alloc(32)]).toString('base64')}`,
    ],
    ['no key at all', 'hello'],
  ])('%s', async (_, publicKey) => {
    const { builder } = enrolled();
    await builder.send(builder.hello({ publicKey }));
    expect(builder.closed).toBe('bad-key');
  });

  test('a fingerprint that is not the one of the key', async () => {
    const { builder } = enrolled();
    const fingerprint = fingerprintOf(generateBuilderKey().publicKey);
    await builder.send(builder.hello({ fingerprint }));
    expect(builder.closed).toBe('bad-key');
  });

  test('an older and a newer protocol, whatever else their hello has', async () => {
    for (const [protocol, word] of [
      [0, 'protocol-too-old'],
      [2, 'protocol-too-new'],
    ] as const) {
      const { builder } = enrolled();
      await builder.send({ type: 'hello', protocol, somethingNew: true });
      expect(builder.closed).toBe(word);
      expect(builder.closeReason).toContain(`It speaks ${protocol}, the backend 1`);
    }
  });

  test('a builder whose key is revoked while it is connected, and one that is replaced', async () => {
    const { builder } = enrolled();
    await builder.greet();
    builder.session.close('revoked');
    expect(builder.closed).toBe('revoked');
    const { builder: other } = enrolled();
    await other.greet();
    other.session.close('replaced');
    expect(other.closed).toBe('replaced');
  });
});

describe('order', () => {
  const build = '00000000-0000-4000-8000-000000000000';
  test.each([
    ['request', { type: 'request', slots: 1 }],
    ['heartbeat', { type: 'heartbeat', builds: [] }],
    ['accept', { type: 'accept', build }],
    ['resume', { type: 'resume', build, token: 'x'.repeat(32) }],
  ])('%s before and during the handshake is too early', async (_, message) => {
    const { builder: before } = enrolled();
    expect((await before.send(message)).closed).toBe('early-frame');
    const { backend, builder: during } = enrolled();
    await during.send(during.hello());
    expect((await during.send(message)).closed).toBe('early-frame');
    const { builder: impatient } = enrolled();
    await impatient.send(impatient.hello());
    expect((await impatient.send(impatient.proof(), message)).closed).toBe('early-frame');
    expect(backend.calls).toEqual([]);
  });

  test('a proof without a challenge, two hellos, and a hello once welcomed', async () => {
    const { builder: first } = enrolled();
    const signature = signSshsig(first.key, AUTH_NAMESPACE, Buffer.alloc(64));
    expect((await first.send({ type: 'proof', signature })).closed).toBe('unexpected-frame');
    const { builder: second } = enrolled();
    expect((await second.send(second.hello(), second.hello())).closed).toBe('unexpected-frame');
    const { builder: third } = enrolled();
    await third.greet();
    expect((await third.send(third.hello())).closed).toBe('unexpected-frame');
  });
});

test('a database that fails closes the connection as our fault, and the next is served', async () => {
  const { backend, builder } = enrolled();
  const failing = new RawBuilder(
    new Proxy(backend, {
      get: (target, name) =>
        name === 'findBuilder'
          ? async () => Promise.reject(new Error('connection refused'))
          : (Reflect.get(target, name) as unknown),
    }),
    { key: builder.key },
  );
  await failing.greet();
  expect(failing.closed).toBe('internal-error');
  expect(failing.closeReason).not.toContain('refused');
  await failing.session.ended;
  await builder.greet();
  expect(builder.closed).toBeUndefined();
});

test('every close code is its own, has its own sentence, and both fit into a close frame', () => {
  const words = Object.keys(CLOSE) as (keyof typeof CLOSE)[];
  expect(new Set(words.map((word) => CLOSE[word].code)).size).toBe(words.length);
  expect(new Set(words.map((word) => CLOSE[word].reason)).size).toBe(words.length);
  for (const word of words) {
    expect(Buffer.byteLength(CLOSE[word].reason)).toBeLessThanOrEqual(123);
    expect(closeWordOf(CLOSE[word].code)).toBe(word);
  }
});

test('a connection that breaks before the handshake leaves nothing', async () => {
  const { builder } = enrolled();
  await builder.send(builder.hello());
  await builder.drop();
  await builder.session.ended;
  await settle();
  expect(builder.clock.timers).toBe(0);
});
