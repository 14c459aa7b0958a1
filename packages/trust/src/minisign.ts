import { createHash, type Hash, type KeyObject } from 'node:crypto';
import {
  PUBLIC_KEY_BYTES,
  publicKeyFromRaw,
  rawPublicKey,
  SIGNATURE_BYTES,
  signBytes,
  verifyBytes,
} from './ed25519.ts';

/*
 * minisign's formats (jedisct1/minisign, "Signature format"): a public key is base64 of `Ed`, 8 bytes of key id and the
 * key; a prehashed signature is base64 of `ED`, the key id and a signature over the file's BLAKE2b-512, and a second
 * signature covers the first and the trusted comment. cargo-binstall takes the prehashed form only.
 */
const KEY_ALGORITHM = Buffer.from('Ed');
const PREHASHED = Buffer.from('ED');
const KEY_ID_BYTES = 8;
const UNTRUSTED = 'untrusted comment: ';
const TRUSTED = 'trusted comment: ';

/** A minisign public key. */
export interface MinisignPublicKey {
  /** 16 upper-case hexadecimal digits, as `minisign` prints it. */
  readonly keyId: string;
  readonly key: KeyObject;
}

/** Why a signature was not accepted: `malformed`, of `another-key`, or wrong over the `file` or its `comment`. */
export type MinisignRefusal = 'malformed' | 'another-key' | 'file' | 'comment';

/** What verifying gave. */
export type MinisignVerdict =
  | { readonly ok: true; readonly trustedComment: string }
  | { readonly ok: false; readonly reason: MinisignRefusal };

/** minisign's key ids are random; ours are the first bytes of the key's sha256, so that a key has one id everywhere. */
function keyIdBytes(raw: Uint8Array): Buffer {
  return createHash('sha256').update(raw).digest().subarray(0, KEY_ID_BYTES);
}

/** minisign prints the id as a little-endian number. */
function keyIdText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toReversed()
    .reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '')
    .toUpperCase();
}

/** The base64 line of a public key: what `minisign -P` takes and a binstall manifest names as `pubkey`. */
export function minisignPublicKeyLine(key: KeyObject): string {
  const raw = rawPublicKey(key);
  return Buffer.concat([KEY_ALGORITHM, keyIdBytes(raw), raw]).toString('base64');
}

/** The key as a `minisign.pub` file. */
export function minisignPublicKeyFile(key: KeyObject): string {
  const line = minisignPublicKeyLine(key);
  return `${UNTRUSTED}minisign public key ${parseMinisignPublicKey(line).keyId}\n${line}\n`;
}

/** Reads a public key line or file; throws a `TypeError` for anything else. */
export function parseMinisignPublicKey(text: string): MinisignPublicKey {
  const line = text.trim().split('\n').at(-1)?.trim() ?? '';
  const bytes = Buffer.from(line, 'base64');
  const wellFormed =
    bytes.length === 2 + KEY_ID_BYTES + PUBLIC_KEY_BYTES &&
    bytes.subarray(0, 2).equals(KEY_ALGORITHM) &&
    bytes.toString('base64') === line;
  if (!wellFormed) throw new TypeError('This is not a minisign public key.');
  return {
    keyId: keyIdText(bytes.subarray(2, 2 + KEY_ID_BYTES)),
    key: publicKeyFromRaw(bytes.subarray(2 + KEY_ID_BYTES)),
  };
}

/** The hash a prehashed signature is over. */
export function minisignHash(): Hash {
  return createHash('blake2b512');
}

/**
 * Signs a file by its BLAKE2b-512 ({@link minisignHash}); gives the text of its `.minisig`.
 *
 * @param trustedComment One line, covered by the signature and shown by every verifier.
 */
export function minisignSign(key: KeyObject, hash: Uint8Array, trustedComment: string): string {
  if (/[\r\n]/.test(trustedComment)) throw new TypeError('A trusted comment is one line.');
  const id = keyIdBytes(rawPublicKey(key));
  const signature = signBytes(key, hash);
  const global = signBytes(key, Buffer.concat([signature, Buffer.from(trustedComment)]));
  const lines = [
    `${UNTRUSTED}signature by builds.rs key ${keyIdText(id)}`,
    Buffer.concat([PREHASHED, id, signature]).toString('base64'),
    `${TRUSTED}${trustedComment}`,
    global.toString('base64'),
  ];
  return `${lines.join('\n')}\n`;
}

function decodeExactly(line: string, bytes: number): Buffer | undefined {
  const decoded = Buffer.from(line, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === line ? decoded : undefined;
}

interface ParsedSignature {
  readonly keyId: string;
  readonly signature: Buffer;
  readonly trustedComment: string;
  readonly global: Buffer;
}

function parseSignature(text: string): ParsedSignature | undefined {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const [untrusted, first, trusted, second] = lines.map((line) => line.replace(/\r$/, ''));
  if (lines.length !== 4 || !untrusted?.startsWith(UNTRUSTED) || !trusted?.startsWith(TRUSTED))
    return undefined;
  const head = decodeExactly(first as string, 2 + KEY_ID_BYTES + SIGNATURE_BYTES);
  const global = decodeExactly(second as string, SIGNATURE_BYTES);
  if (head === undefined || global === undefined || !head.subarray(0, 2).equals(PREHASHED)) return undefined;
  return {
    keyId: keyIdText(head.subarray(2, 2 + KEY_ID_BYTES)),
    signature: head.subarray(2 + KEY_ID_BYTES),
    trustedComment: trusted.slice(TRUSTED.length),
    global,
  };
}

/** The id of the key that made a signature, to find it in a history of keys; `undefined` when it is malformed. */
export function minisignKeyIdOf(signature: string): string | undefined {
  return parseSignature(signature)?.keyId;
}

/** Verifies a `.minisig` over a file's BLAKE2b-512. Never throws for what it is given. */
export function minisignVerify(
  publicKey: MinisignPublicKey,
  hash: Uint8Array,
  signature: string,
): MinisignVerdict {
  const parsed = parseSignature(signature);
  if (parsed === undefined) return { ok: false, reason: 'malformed' };
  if (parsed.keyId !== publicKey.keyId) return { ok: false, reason: 'another-key' };
  if (!verifyBytes(publicKey.key, hash, parsed.signature)) return { ok: false, reason: 'file' };
  const covered = Buffer.concat([parsed.signature, Buffer.from(parsed.trustedComment)]);
  if (!verifyBytes(publicKey.key, covered, parsed.global)) return { ok: false, reason: 'comment' };
  return { ok: true, trustedComment: parsed.trustedComment };
}
