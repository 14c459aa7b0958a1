interface CloseFacts {
  readonly code: number;
  /** The sentence sent with it, at most 123 bytes (RFC 6455 §5.5). */
  readonly reason: string;
  /** Whether connecting again, unchanged, can go better. A builder stops at those where it cannot. */
  readonly reconnect: boolean;
}

const close = (code: number, reconnect: boolean, reason: string): CloseFacts => ({ code, reason, reconnect });

/** Why a connection is closed: each case its own code and sentence. */
export const CLOSE = {
  done: close(1000, true, 'Goodbye.'),
  'going-away': close(1001, true, 'This builder stops.'),
  'internal-error': close(1011, true, 'Something went wrong at the backend; connect again.'),
  'shutting-down': close(1012, true, 'This backend stops; connect again to reach another.'),
  'bad-frame': close(4400, false, 'A message does not have the shape its type has.'),
  'authentication-failed': close(4401, false, 'The signature does not prove this key over this challenge.'),
  'challenge-expired': close(4402, true, 'The challenge was answered too late; connect again.'),
  'builder-disabled': close(4403, false, 'This builder is disabled; ask the operator of the backend.'),
  'unknown-key': close(4404, false, 'This key is not enrolled; ask the operator of the backend.'),
  'early-frame': close(4405, false, 'A message came before the handshake was done.'),
  'unexpected-frame': close(4406, false, 'A message came that does not belong at this point.'),
  'unknown-frame': close(4407, false, 'A message has a type that this protocol version does not know.'),
  'handshake-timeout': close(4408, true, 'The handshake took too long.'),
  replaced: close(4409, false, 'A newer connection with the same key took the place of this one.'),
  revoked: close(4410, false, 'The key of this builder was revoked.'),
  silent: close(4411, true, 'Nothing was heard for too long.'),
  'protocol-too-old': close(
    4412,
    false,
    'This builder speaks an older protocol than the backend; update it.',
  ),
  'too-large': close(4413, false, 'A message is larger than it may be.'),
  'protocol-too-new': close(4414, false, 'This builder speaks a newer protocol than the backend knows.'),
  'not-text': close(4415, false, 'A message was binary; all messages are JSON text.'),
  'bad-key': close(
    4416,
    false,
    'The public key is not a sound Ed25519 key, or not the one of the fingerprint.',
  ),
  'bad-challenge': close(4417, false, 'The challenge is not one of this connection and server.'),
  'not-json': close(4418, false, 'A message is not JSON.'),
  'too-deep': close(4419, false, 'A message nests too deep.'),
  'duplicate-key': close(4420, false, 'A message names a member twice.'),
  'forbidden-key': close(4421, false, 'A message has a member named __proto__.'),
  'bad-text': close(4422, false, 'A message has half a character (a lone surrogate).'),
  'log-gap': close(4423, false, 'A log chunk does not continue where the log ends.'),
  'log-window': close(4424, false, 'More log was sent than may wait for its answer.'),
  flooding: close(4429, true, 'Messages came faster than they can be handled.'),
} as const satisfies Record<string, CloseFacts>;

/** A word for each reason to close. */
export type CloseWord = keyof typeof CLOSE;

const BY_CODE = new Map<number, CloseWord>(
  (Object.keys(CLOSE) as CloseWord[]).map((word) => [CLOSE[word].code, word]),
);

/** The word of a close code; `undefined` for codes of the WebSocket library, a proxy or a newer protocol. */
export function closeWordOf(code: number): CloseWord | undefined {
  return BY_CODE.get(code);
}

/** Thrown by what reads frames; the session closes the connection with it. */
export class ProtocolViolation extends Error {
  readonly word: CloseWord;

  /** `detail` says which message and what of it; it is appended to the sentence, as far as it fits. */
  constructor(word: CloseWord, detail?: string) {
    super(detail === undefined ? CLOSE[word].reason : `${CLOSE[word].reason} ${detail}`);
    this.name = 'ProtocolViolation';
    this.word = word;
  }
}

/** The reason cut to the 123 bytes a close frame has, never within a character. */
export function clipReason(reason: string): string {
  const bytes = Buffer.from(reason.toWellFormed());
  if (bytes.length <= 123) return bytes.toString();
  return new TextDecoder().decode(bytes.subarray(0, 123), { stream: true });
}
