import * as v from 'valibot';
import { ProtocolViolation } from './close-codes.ts';
import { MAX_FRAME_BYTES, MAX_FRAME_DEPTH, PROTOCOL_VERSION } from './limits.ts';
import {
  BackendMessageSchema,
  BuilderMessageSchema,
  type BackendMessage,
  type BuilderMessage,
} from './messages.ts';
import { parseStrictJson } from './strict-json.ts';

type MessageSchema = typeof BuilderMessageSchema | typeof BackendMessageSchema;

const typesOf = (schema: MessageSchema): ReadonlySet<string> =>
  new Set(schema.options.map((option) => option.entries.type.literal));
const TYPES = new Map<MessageSchema, ReadonlySet<string>>([
  [BuilderMessageSchema, typesOf(BuilderMessageSchema)],
  [BackendMessageSchema, typesOf(BackendMessageSchema)],
]);

function violationOf(type: string, issue: v.BaseIssue<unknown>): ProtocolViolation {
  const path = v.getDotPath(issue);
  return new ProtocolViolation('bad-frame', `${path === null ? type : `${type}.${path}`}: ${issue.message}`);
}

/** A `hello` of another protocol version may have any shape; its version is what its sender must be told about. */
function checkVersion(frame: object): void {
  const version = 'protocol' in frame ? frame.protocol : undefined;
  if (typeof version !== 'number') return;
  if (version > PROTOCOL_VERSION) {
    throw new ProtocolViolation('protocol-too-new', `It speaks ${version}, the backend ${PROTOCOL_VERSION}.`);
  }
  if (version < PROTOCOL_VERSION) {
    throw new ProtocolViolation('protocol-too-old', `It speaks ${version}, the backend ${PROTOCOL_VERSION}.`);
  }
}

function decode<Schema extends MessageSchema>(
  schema: Schema,
  message: string | Uint8Array,
  maxBytes: number,
): v.InferOutput<Schema> {
  if (typeof message !== 'string') throw new ProtocolViolation('not-text');
  if (message.length > maxBytes || Buffer.byteLength(message) > maxBytes) {
    throw new ProtocolViolation('too-large', `The most is ${maxBytes} bytes.`);
  }
  const frame = parseStrictJson(message, MAX_FRAME_DEPTH);
  if (typeof frame !== 'object' || frame === null || !('type' in frame) || typeof frame.type !== 'string') {
    throw new ProtocolViolation('bad-frame', 'It is not an object with a type.');
  }
  if (!(TYPES.get(schema) as ReadonlySet<string>).has(frame.type)) {
    throw new ProtocolViolation('unknown-frame', JSON.stringify(frame.type.slice(0, 40)));
  }
  if (frame.type === 'hello') checkVersion(frame);
  const result = v.safeParse(schema, frame);
  if (result.success) return result.output;
  throw violationOf(frame.type, result.issues[0]);
}

function encode(schema: MessageSchema, message: BuilderMessage | BackendMessage): string {
  const result = v.safeParse(schema, message);
  if (!result.success) throw violationOf(message.type, result.issues[0]);
  const text = JSON.stringify(message);
  if (Buffer.byteLength(text) > MAX_FRAME_BYTES) {
    throw new ProtocolViolation('too-large', `${message.type} has more than ${MAX_FRAME_BYTES} bytes.`);
  }
  return text;
}

/**
 * Reads a message of a builder.
 *
 * @throws {ProtocolViolation} with the word to close with.
 */
export function decodeBuilderFrame(message: string | Uint8Array, maxBytes = MAX_FRAME_BYTES): BuilderMessage {
  return decode(BuilderMessageSchema, message, maxBytes);
}

/**
 * Reads a message of a backend.
 *
 * @throws {ProtocolViolation} with the word to close with.
 */
export function decodeBackendFrame(message: string | Uint8Array, maxBytes = MAX_FRAME_BYTES): BackendMessage {
  return decode(BackendMessageSchema, message, maxBytes);
}

/** Writes a builder's message, held to the same schema. @throws {ProtocolViolation} for what must not be sent. */
export function encodeBuilderFrame(message: BuilderMessage): string {
  return encode(BuilderMessageSchema, message);
}

/** Writes a backend's message, held to the same schema. @throws {ProtocolViolation} for what must not be sent. */
export function encodeBackendFrame(message: BackendMessage): string {
  return encode(BackendMessageSchema, message);
}
