/** A server-sent event; `id` is where a browser resumes by `Last-Event-ID`. */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id?: string;
}

/** Silence after which a comment is sent, so that neither our idle limit nor a proxy's cuts the stream. */
const KEEP_ALIVE_MS = 15_000;

const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(': still here\n\n');

/** Writes an event as the HTML Standard has it. JSON holds no raw line break, so one `data` line is enough. */
function encode({ event, data, id }: ServerEvent): Uint8Array {
  const lines = [
    `event: ${event}`,
    ...(id === undefined ? [] : [`id: ${id}`]),
    `data: ${JSON.stringify(data)}`,
  ];
  return encoder.encode(`${lines.join('\n')}\n\n`);
}

/** Events as the bytes of a `text/event-stream`, with comments in between while nothing happens. */
export async function* encodeEvents(
  events: AsyncGenerator<ServerEvent, void, undefined>,
  keepAliveMs = KEEP_ALIVE_MS,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let next = events.next();
    for (;;) {
      const { promise: silence, resolve } = Promise.withResolvers<'silence'>();
      const timer = setTimeout(() => resolve('silence'), keepAliveMs);
      const result = await Promise.race([next, silence]).finally(() => clearTimeout(timer));
      if (result === 'silence') {
        yield KEEP_ALIVE;
        continue;
      }
      if (result.done === true) return;
      yield encode(result.value);
      next = events.next();
    }
  } finally {
    await events.return();
  }
}
