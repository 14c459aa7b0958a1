/** One server-sent event. */
export interface ServerSentEvent {
  /** `message` when the server gave no name. */
  readonly event: string;
  readonly data: string;
}

/** An event larger than this ends the stream: log chunks are a tenth of it. */
const MAX_EVENT_CHARACTERS = 1024 * 1024;

/**
 * Reads an event stream (HTML Standard, "Server-sent events"): fields `event` and `data`, lines that end with CR, LF or
 * both. Ends when the body ends; an event without its blank line is dropped, as the standard has it.
 *
 * @param signal ends the body when it is aborted. The signal of the `fetch` alone does not do that for long: Node's loses
 *   track of it when the request is collected as garbage, and the connection would stay open.
 */
export async function* eventsOf(
  body: ReadableStream<Uint8Array> | null,
  signal?: AbortSignal,
): AsyncGenerator<ServerSentEvent, void, void> {
  if (body === null) return;
  let rest = '';
  let event = '';
  let data: string[] = [];
  let size = 0;
  for await (const text of body.pipeThrough(new TextDecoderStream(), { signal })) {
    rest += text;
    // A CR at the end may be half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() as string;
    if (rest.length > MAX_EVENT_CHARACTERS) return;
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') };
        event = '';
        data = [];
        size = 0;
        continue;
      }
      size += line.length;
      if (size > MAX_EVENT_CHARACTERS) return;
      const colon = line.indexOf(':');
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') event = value;
      if (field === 'data') data.push(value);
    }
  }
}
