import { expect, test } from 'vitest';
import { channelOfWebSocket, type WebSocketLike } from './web-socket-channel.ts';

class FakeSocket implements WebSocketLike {
  readyState = 1;
  readonly did: unknown[][] = [];
  readonly #listeners = new Map<string, Parameters<WebSocketLike['addEventListener']>[1]>();
  addEventListener(type: string, listener: Parameters<WebSocketLike['addEventListener']>[1]): void {
    this.#listeners.set(type, listener);
  }
  emit(type: string, event: object = {}): void {
    this.#listeners.get(type)?.({ type, ...event });
  }
  send(text: string): void {
    this.did.push(['send', text]);
  }
  close(code: number, reason: string): void {
    this.did.push(['close', code, reason]);
  }
  pause(): void {
    this.did.push(['pause']);
  }
}

test('what comes before the listeners is kept for them, in order, and the end after it', () => {
  const socket = new FakeSocket();
  const channel = channelOfWebSocket(socket);
  const heard: unknown[] = [];
  socket.emit('message', { data: 'one' });
  socket.emit('message', { data: new ArrayBuffer(4) });
  socket.emit('error');
  socket.emit('close', { code: 1012, reason: 'bye' });
  channel.onMessage((message) => heard.push(message));
  channel.onClose((end) => heard.push(end));
  expect(heard).toEqual(['one', new Uint8Array(), { code: 1012, reason: 'bye' }]);
});

test('it sends while the socket is open, and pauses where the socket can', () => {
  const socket = new FakeSocket();
  const channel = channelOfWebSocket(socket);
  channel.send('hello');
  channel.pause?.();
  channel.resume?.();
  socket.readyState = 2;
  channel.send('too late');
  channel.close(4400, 'why');
  expect(socket.did).toEqual([['send', 'hello'], ['pause'], ['close', 4400, 'why']]);
});

test('the global WebSocket of Node and the one of ws both fit', () => {
  const fits: (socket: WebSocket) => unknown = channelOfWebSocket;
  expect(fits).toBe(channelOfWebSocket);
});
