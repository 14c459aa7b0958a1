import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createTestHouse, startTestBackend, type Answering } from '../testing/test-backend.ts';
import type { Backend } from '../start-backend.ts';
import { listen } from './listen.ts';

function open(backend: Backend): Socket {
  const socket = connect(Number(new URL(backend.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

async function answerTo(backend: Backend, text: string): Promise<string> {
  const socket = open(backend);
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

async function withBackend(test: (backend: Backend & Answering) => Promise<void>): Promise<void> {
  await using house = await createTestHouse();
  await using backend = await startTestBackend(house);
  await test(backend);
}

describe('a connection', () => {
  it('whose headers do not come is closed, while others are served', async () => {
    await withBackend(async (backend) => {
      const slow = Array.from({ length: 50 }, () => open(backend));
      for (const socket of slow) socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ');
      const closed = slow.map((socket) => once(socket, 'close'));
      expect((await backend.request('/healthz')).status).toBe(200);
      for (const socket of slow) socket.resume();
      await Promise.all(closed);
      expect((await backend.request('/healthz')).status).toBe(200);
    });
  });

  it.each([
    ['no HTTP at all', '\u0000\u0001\u0002\r\n\r\n', 400],
    [
      'two lengths',
      'POST /api/v1/requests HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
    ],
    [
      'length and chunks',
      'POST /api/v1/requests HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n', 400],
    ['too many bytes of headers', `GET / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
    ['no host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  ])('with %s gets one refusal', async (_, text, status) => {
    await withBackend(async (backend) => {
      const answer = await answerTo(backend, text);
      expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual([`HTTP/1.1 ${status}`]);
    });
  });

  it('that asks for odd paths gets an answer', async () => {
    await withBackend(async (backend) => {
      for (const path of [
        '//',
        '/%',
        '/%zz',
        '/crates/%ff',
        '/a/../../b',
        'http://other.test/healthz',
        '/?'.padEnd(8_000, 'x'),
      ]) {
        const answer = await answerTo(
          backend,
          `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
        );
        expect(answer, path).toMatch(/^HTTP\/1\.1 [234]\d\d /);
      }
    });
  });
});

it('stops without waiting for connections that were opened in advance and never used', async () => {
  const listening = await listen(() => new Response(), { host: '127.0.0.1', port: 0 });
  const unused = connect(listening.port, '127.0.0.1');
  await Promise.all([once(unused, 'connect'), once(listening.server, 'connection')]);
  const closed = once(unused.resume(), 'close');
  // Longer than the test may take: it is not the cut that ends it.
  await listening.stop({ drainMs: 3_600_000 });
  await closed;
  expect(unused.destroyed).toBe(true);
});
