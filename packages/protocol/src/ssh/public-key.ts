import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { FingerprintSchema, SentenceError, type Fingerprint } from '@buildsrs/common';
import * as v from 'valibot';
import { fromBase64 } from './armor.ts';
import { isSoundPublicKey } from './edwards25519.ts';
import { SshFormatError, SshReader, sshString } from './wire.ts';

/** The only key type builders have (RFC 8709). */
export const KEY_TYPE = 'ssh-ed25519';

/** DER of a SubjectPublicKeyInfo for Ed25519, up to the key's 32 bytes (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** An Ed25519 public key. */
export interface PublicKey {
  /** The point, 32 bytes. */
  readonly bytes: Uint8Array;
  /** What follows the key on its line; for people. May be empty. */
  readonly comment: string;
}

/** The key in SSH's wire format (RFC 8709 §4). */
export function publicKeyBlob(key: PublicKey): Buffer {
  return Buffer.concat([sshString(KEY_TYPE), sshString(key.bytes)]);
}

/** Reads a key in SSH's wire format. @throws {SshFormatError} for anything but a sound Ed25519 key. */
export function parsePublicKeyBlob(blob: Uint8Array, comment = ''): PublicKey {
  const reader = new SshReader(blob);
  if (reader.text() !== KEY_TYPE) throw new SshFormatError('it is not an Ed25519 key');
  const bytes = Uint8Array.from(reader.string());
  reader.end();
  if (!isSoundPublicKey(bytes)) throw new SshFormatError('it is not a sound point of the curve');
  return { bytes, comment };
}

/**
 * Reads a public key as OpenSSH writes it: `ssh-ed25519 AAAA… comment`.
 *
 * @throws {SentenceError} `bad-public-key`
 */
export function parsePublicKey(line: string): PublicKey {
  const match = /^(\S+)[ \t]+([A-Za-z0-9+/=]+)(?:[ \t]+([^\r\n]*))?$/.exec(line.trim());
  try {
    if (match === null) throw new SshFormatError('it is not one line of type, key and comment');
    const [, type, base64, comment] = match as unknown as [string, string, string, string | undefined];
    if (type !== KEY_TYPE) throw new SshFormatError(`its type is ${JSON.stringify(type.slice(0, 64))}`);
    return parsePublicKeyBlob(fromBase64(base64), comment?.trim() ?? '');
  } catch (error) {
    if (!(error instanceof SshFormatError)) throw error;
    throw new SentenceError(
      'bad-public-key',
      `This is not the public key of a builder, as ${error.message}. Make one with: ssh-keygen -t ed25519`,
      { cause: error },
    );
  }
}

/** The line OpenSSH writes for a key, without a line break. Control characters of a comment are left out. */
export function formatPublicKey(key: PublicKey): string {
  const comment = key.comment.replaceAll(/[\u0000-\u001f\u007f]/g, '');
  return `${KEY_TYPE} ${publicKeyBlob(key).toString('base64')}${comment === '' ? '' : ` ${comment}`}`;
}

/** The key's fingerprint as `ssh-keygen -lf` prints it: `SHA256:` and base64 without padding. */
export function fingerprintOf(key: PublicKey): Fingerprint {
  const digest = createHash('sha256').update(publicKeyBlob(key)).digest('base64');
  return v.parse(FingerprintSchema, `SHA256:${digest.replace(/=+$/, '')}`);
}

/** Whether two are the same key; comments do not matter. */
export function samePublicKey(left: PublicKey, right: PublicKey): boolean {
  return Buffer.from(left.bytes).equals(right.bytes);
}

/** The key for `node:crypto`. */
export function publicKeyObject(key: PublicKey): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key.bytes]), format: 'der', type: 'spki' });
}
