import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream/promises';

/** What goes wrong with one request. */
export type Fault =
  /** Answered with this status and S3 error code; the server never sees the request. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  /** The connection is cut before the server sees anything. */
  | { readonly kind: 'reset' }
  /** The server does what was asked, and the connection is cut instead of an answer. */
  | { readonly kind: 'lost-answer' }
  /** The answer ends after so many bytes of its body, with the connection cut. */
  | { readonly kind: 'truncate'; readonly afterBytes: number };

/** A request as the proxy's plan sees it. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Counted from 0 over all requests. */
  readonly index: number;
}

/** What the proxy does; may be changed while it runs. */
export interface FaultPlan {
  faultFor?: (request: ProxiedRequest) => Fault | undefined;
  /** Runs after the server answered, before the client hears of it. */
  onAnswered?: (request: ProxiedRequest, status: number) => void | Promise<void>;
}

/** An HTTP proxy before a server, which makes things go wrong as planned. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ProxiedRequest[];
  plan: FaultPlan;
}

async function answerOf(upstream: ClientRequest, incoming: IncomingMessage): Promise<IncomingMessage> {
  const answered = once(upstream, 'response') as Promise<[IncomingMessage]>;
  await Promise.all([pipeline(incoming, upstream), answered]);
  const [answer] = await answered;
  return answer;
}

/** Starts a proxy on loopback before `target` (an `http://` URL). Requests keep their `Host`, so signatures stay valid. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const requests: ProxiedRequest[] = [];

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const seen: ProxiedRequest = {
      method: incoming.method ?? 'GET',
      url: incoming.url ?? '/',
      index: requests.length,
    };
    requests.push(seen);
    const fault = proxy.plan.faultFor?.(seen);
    if (fault?.kind === 'reset') return void incoming.socket.resetAndDestroy();
    if (fault?.kind === 'answer') {
      incoming.resume();
      await once(incoming, 'end');
      outgoing.writeHead(fault.status, { 'content-type': 'application/xml' });
      outgoing.end(
        `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>planned</Message></Error>`,
      );
      return;
    }
    const upstream = request({
      hostname,
      port,
      method: seen.method,
      path: seen.url,
      headers: incoming.headers,
      agent: false,
    });
    const answer = await answerOf(upstream, incoming);
    await proxy.plan.onAnswered?.(seen, answer.statusCode ?? 0);
    if (fault?.kind === 'lost-answer') {
      answer.resume();
      return void incoming.socket.resetAndDestroy();
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault?.kind === 'truncate') return await cutAfter(answer, outgoing, fault.afterBytes);
    await pipeline(answer, outgoing);
  }

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    plan: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

async function cutAfter(answer: IncomingMessage, outgoing: ServerResponse, bytes: number): Promise<void> {
  let left = bytes;
  outgoing.flushHeaders();
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, left);
    left -= part.byteLength;
    await new Promise((resolve) => outgoing.write(part, resolve));
    if (left === 0) break;
  }
  // Not a reset, which could take away what was sent before.
  outgoing.destroy();
}
