import type { BuildId } from '@buildsrs/common';
import { describe, expect, test } from 'vitest';
import { BuilderSession, type BuilderHooks, type SessionEnd } from './builder-session.ts';
import { makeChallenge } from './challenge.ts';
import { CLOSE, clipReason } from './close-codes.ts';
import { AUTH_NAMESPACE } from './limits.ts';
import type { BuilderMessage } from './messages.ts';
import { generateBuilderKey, verifySshsig } from './ssh/index.ts';
import { channelPair, FakeClock, settle, testJob } from './testing/index.ts';

const build = '00000000-0000-4000-8000-000000000000' as BuildId;
const challenge = (serverId = 'https://builds.test') => ({
  type: 'challenge',
  challenge: makeChallenge({ serverId, expiresAtUnixMs: Date.now() }).toString('base64'),
  expiresInMs: 5_000,
});
const WELCOME = {
  type: 'welcome',
  builder: { id: 1, name: 'b' },
  heartbeatIntervalMs: 1_000,
  leaseMs: 4_000,
};

/** A builder's session, and a backend that says what the test says. */
function start(options: { expectServer?: string } = {}) {
  const pair = channelPair();
  const clock = new FakeClock();
  const key = generateBuilderKey();
  const calls: unknown[][] = [];
  const heard: BuilderMessage[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const hooks: BuilderHooks = {
    welcomed: note('welcomed'),
    offered: note('offered'),
    renewed: note('renewed'),
    lost: note('lost'),
    cancelled: note('cancelled'),
    resumed: note('resumed'),
    logged: note('logged'),
    done: note('done'),
    draining: note('draining'),
    closed: note('closed'),
    builds: () => [build],
  };
  pair.backend.onMessage((text) => heard.push(JSON.parse(text as string) as BuilderMessage));
  const session = new BuilderSession(
    pair.builder,
    {
      key,
      capabilities: { targets: [], kinds: ['metadata'], executor: 'process', isolation: 'none', slots: 1 },
      software: 'test 0',
      ...options,
    },
    hooks,
    clock,
  );
  const send = async (...messages: (object | string | Uint8Array)[]) => {
    for (const message of messages) {
      const raw = typeof message === 'string' || message instanceof Uint8Array;
      pair.backend.sendRaw(raw ? message : JSON.stringify(message));
    }
    await settle();
  };
  const end = () => calls.find(([name]) => name === 'closed')?.[1] as SessionEnd | undefined;
  return { session, pair, clock, key, calls, heard, send, end };
}

describe('the handshake', () => {
  test('says hello, signs the very bytes of the challenge, and is welcome', async () => {
    const { key, heard, send, calls } = start();
    const sent = challenge();
    await send(sent);
    expect(heard.map((message) => message.type)).toEqual(['hello', 'proof']);
    const { signature } = heard[1] as Extract<BuilderMessage, { type: 'proof' }>;
    const message = Buffer.from(sent.challenge, 'base64');
    expect(verifySshsig(signature, { key: key.publicKey, namespace: AUTH_NAMESPACE, message })).toEqual({
      valid: true,
    });
    await send(WELCOME);
    expect(calls).toEqual([['welcomed', WELCOME]]);
  });

  test.each([
    ['a challenge of another server', [challenge('https://evil.test')], 'bad-challenge'],
    [
      'bytes that are no challenge',
      [{ ...challenge(), challenge: Buffer.from('sign this').toString('base64') }],
      'bad-challenge',
    ],
    ['a welcome before the challenge', [WELCOME], 'early-frame'],
    ['an offer before the welcome', [challenge(), { type: 'offer', job: testJob() }], 'early-frame'],
    ['a second challenge', [challenge(), challenge()], 'early-frame'],
    ['a challenge once welcomed', [challenge(), WELCOME, challenge()], 'unexpected-frame'],
    ['a message of a builder', [challenge(), WELCOME, { type: 'request', slots: 1 }], 'unknown-frame'],
    ['a binary message', [new Uint8Array(2)], 'not-text'],
    ['text', ['hello'], 'not-json'],
    [
      'a job that leads out of its fields',
      [challenge(), WELCOME, { type: 'offer', job: { ...testJob(), crate: '../x' } }],
      'bad-frame',
    ],
    [
      'an upload to a file',
      [challenge(), WELCOME, { type: 'offer', job: { ...testJob(), uploadUrl: 'file:///etc' } }],
      'bad-frame',
    ],
  ] as const)('%s ends the connection', async (_, messages, word) => {
    const { send, end, heard } = start({ expectServer: 'https://builds.test' });
    await send(...messages);
    expect(end()).toMatchObject({ word, code: CLOSE[word].code });
    expect(heard.filter((message) => message.type === 'proof').length).toBeLessThanOrEqual(1);
  });

  test('does not wait for ever', async () => {
    const { clock, end, send } = start();
    clock.advance(29_000);
    await send(challenge());
    clock.advance(29_000);
    expect(end()).toBeUndefined();
    clock.advance(1_000);
    expect(end()).toMatchObject({ word: 'handshake-timeout', reconnect: true });
  });
});

test('every message reaches its hook, in order', async () => {
  const { send, calls, session, heard } = start();
  const job = testJob();
  await send(challenge(), WELCOME);
  await send(
    { type: 'offer', job },
    { type: 'logged', build, offset: 3 },
    { type: 'lost', build },
    { type: 'cancel', build, reason: 'why' },
    { type: 'resumed', build, logOffset: 1, expiresInMs: 2 },
    { type: 'done', build, outcome: 'recorded' },
    { type: 'drain' },
  );
  expect(calls.map(([name]) => name)).toEqual([
    'welcomed',
    'offered',
    'logged',
    'lost',
    'cancelled',
    'resumed',
    'done',
    'draining',
  ]);
  session.request(2);
  session.accept(build);
  session.decline(build, 'x'.repeat(5_000));
  session.stage(build, 'fetch');
  session.log(build, 0, Buffer.from('abc'));
  session.resume(build, 'x'.repeat(32));
  session.drain();
  await settle();
  expect(heard.slice(2).map((message) => message.type)).toEqual([
    'request',
    'accept',
    'decline',
    'stage',
    'log',
    'resume',
    'drain',
  ]);
});

test('heartbeats go out, and without an answer the connection is given up', async () => {
  const { send, clock, heard, end } = start();
  await send(challenge(), WELCOME);
  clock.advance(2_200);
  await settle();
  expect(heard.slice(2)).toEqual([
    { type: 'heartbeat', builds: [build] },
    { type: 'heartbeat', builds: [build] },
  ]);
  await send({ type: 'renewed', builds: [] });
  // Sent at 3 s; given up after an interval and a quarter, and a moment to read what came meanwhile.
  clock.advance(2_050);
  expect(end()).toBeUndefined();
  clock.advance(50);
  expect(end()).toMatchObject({ word: 'silent', reconnect: true });
  expect(clock.timers).toBe(0);
});

test('an end says whether to come back', async () => {
  for (const [code, word, reconnect] of [
    [1006, undefined, true],
    [1012, 'shutting-down', true],
    [4404, 'unknown-key', false],
    [4410, 'revoked', false],
    [4999, undefined, true],
  ] as const) {
    const { pair, end, session } = start();
    pair.backend.close(code, 'why');
    await settle();
    expect(end()).toEqual({ code, reason: 'why', word, reconnect });
    session.close();
    session.request(1);
  }
});

test('a reason is cut to what a close frame holds, between characters', () => {
  expect(clipReason('x'.repeat(200))).toHaveLength(123);
  const cut = clipReason('€'.repeat(100));
  expect(Buffer.byteLength(cut)).toBe(123);
  expect(Buffer.byteLength(clipReason(`x${'€'.repeat(100)}`))).toBe(121);
  expect(clipReason('\ud800')).toBe('\ufffd');
});
