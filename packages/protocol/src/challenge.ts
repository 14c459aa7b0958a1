import { randomBytes, randomUUID } from 'node:crypto';

const RANDOM_BYTES = 32;
const CONNECTION_BYTES = 16;
const HEADER_BYTES = RANDOM_BYTES + CONNECTION_BYTES + 8;
const MAX_SERVER_ID_BYTES = 512 - HEADER_BYTES;

/** What a challenge says, besides its randomness. */
export interface ChallengeFacts {
  /** UUID of the connection it was made for. */
  readonly connection: string;
  /** Milliseconds since 1970, by the backend's wall clock. */
  readonly expiresAtUnixMs: number;
  /** The backend's public base URL. */
  readonly serverId: string;
}

/** Makes the bytes to be signed: 32 random ‖ 16 of the connection's UUID ‖ 8 of the expiry, big-endian ‖ server id, UTF-8. */
export function makeChallenge(facts: Omit<ChallengeFacts, 'connection'>): Buffer {
  const server = Buffer.from(facts.serverId);
  if (server.length === 0 || server.length > MAX_SERVER_ID_BYTES) {
    throw new RangeError(`A server id has 1 to ${MAX_SERVER_ID_BYTES} bytes.`);
  }
  const expiry = Buffer.alloc(8);
  expiry.writeBigUInt64BE(BigInt(Math.round(facts.expiresAtUnixMs)));
  const connection = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
  return Buffer.concat([randomBytes(RANDOM_BYTES), connection, expiry, server]);
}

/** Takes a challenge apart; `undefined` for bytes of another shape, which a builder does not sign. */
export function readChallenge(bytes: Buffer): ChallengeFacts | undefined {
  if (bytes.length <= HEADER_BYTES || bytes.length > HEADER_BYTES + MAX_SERVER_ID_BYTES) return undefined;
  const connection = bytes.subarray(RANDOM_BYTES, RANDOM_BYTES + CONNECTION_BYTES).toString('hex');
  const server = bytes.subarray(HEADER_BYTES);
  const serverId = server.toString();
  if (!Buffer.from(serverId).equals(server)) return undefined;
  return {
    connection: connection.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    expiresAtUnixMs: Number(bytes.readBigUInt64BE(RANDOM_BYTES + CONNECTION_BYTES)),
    serverId,
  };
}
