import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { SentenceError } from '@buildsrs/common';
import { armor, unarmor } from './armor.ts';
import { KEY_TYPE, parsePublicKeyBlob, publicKeyBlob, type PublicKey } from './public-key.ts';
import { SshFormatError, SshReader, sshString, sshUint32 } from './wire.ts';

/** First bytes of OpenSSH's key files (PROTOCOL.key of OpenSSH). */
const MAGIC = Buffer.from('openssh-key-v1\0');
const LABEL = 'OPENSSH PRIVATE KEY';
/** DER of an Ed25519 PKCS #8 key, up to the seed's 32 bytes (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Unencrypted sections are padded to this with 1, 2, 3, … */
const BLOCK_BYTES = 8;

/** A builder's Ed25519 key pair. */
export interface BuilderKey {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

const fault = (code: string, message: string, cause?: unknown) =>
  new SentenceError(code, message, { exitCode: 2, cause });

function keyOfSeed(seed: Uint8Array, comment: string): BuilderKey {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  return keyOfObject(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), comment);
}

function keyOfObject(privateKey: KeyObject, comment: string): BuilderKey {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: { bytes: Uint8Array.from(spki.subarray(-32)), comment } };
}

/** Makes a new key from the system's randomness. */
export function generateBuilderKey(comment = 'builds.rs builder'): BuilderKey {
  return keyOfObject(generateKeyPairSync('ed25519').privateKey, comment);
}

/** The key file as `ssh-keygen -t ed25519 -N ""` writes it. Keep it at mode 0600. */
export function formatPrivateKey(key: BuilderKey): string {
  const seed = key.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const check = randomBytes(4);
  const section = Buffer.concat([
    check,
    check,
    sshString(KEY_TYPE),
    sshString(key.publicKey.bytes),
    sshString(Buffer.concat([seed, key.publicKey.bytes])),
    sshString(key.publicKey.comment),
  ]);
  const padding = Uint8Array.from(
    { length: (BLOCK_BYTES - (section.length % BLOCK_BYTES)) % BLOCK_BYTES },
    (_, index) => index + 1,
  );
  return armor(
    LABEL,
    Buffer.concat([
      MAGIC,
      sshString('none'),
      sshString('none'),
      sshString(''),
      sshUint32(1),
      sshString(publicKeyBlob(key.publicKey)),
      sshString(Buffer.concat([section, padding])),
    ]),
  );
}

function readSection(section: Buffer, outer: PublicKey): BuilderKey {
  const reader = new SshReader(section);
  if (reader.uint32() !== reader.uint32()) throw new SshFormatError('its check numbers differ');
  if (reader.text() !== KEY_TYPE) throw new SshFormatError('it is not an Ed25519 key');
  const publicBytes = reader.string();
  const secret = reader.string();
  const comment = reader.string().toString();
  const padding = reader.bytes(reader.remaining);
  if (padding.length >= BLOCK_BYTES || padding.some((byte, index) => byte !== index + 1)) {
    throw new SshFormatError('its padding is wrong');
  }
  if (secret.length !== 64) throw new SshFormatError('its secret has the wrong length');
  const key = keyOfSeed(secret.subarray(0, 32), comment);
  const copies = [publicBytes, secret.subarray(32), outer.bytes];
  if (!copies.every((copy) => Buffer.from(copy).equals(key.publicKey.bytes))) {
    throw new SshFormatError('its public and secret halves do not belong together');
  }
  return key;
}

function parseOpenSsh(text: string): BuilderKey {
  const reader = new SshReader(unarmor(LABEL, text));
  if (!reader.bytes(MAGIC.length).equals(MAGIC)) throw new SshFormatError('it does not begin as one');
  const cipher = reader.text();
  const kdf = reader.text();
  reader.string();
  if (cipher !== 'none' || kdf !== 'none') {
    throw fault(
      'encrypted-key',
      'This key file has a passphrase, which a program that starts by itself cannot type. ' +
        'Take it off a copy with: ssh-keygen -p -N "" -f FILE',
    );
  }
  if (reader.uint32() !== 1) throw new SshFormatError('it has more than one key');
  const outer = parsePublicKeyBlob(reader.string());
  const section = reader.string();
  reader.end();
  return readSection(section, outer);
}

/**
 * Reads a builder's key file: OpenSSH's own format, or PKCS #8 PEM as `openssl genpkey -algorithm ed25519` writes it.
 *
 * @throws {SentenceError} `encrypted-key` when it has a passphrase, `bad-key` for all else.
 */
export function parsePrivateKey(text: string): BuilderKey {
  const bad = (why: string, cause?: unknown) =>
    fault(
      'bad-key',
      `This is not a builder's key file, as ${why}. Make one with: ssh-keygen -t ed25519 -N ""`,
      cause,
    );
  if (text.includes('BEGIN ENCRYPTED PRIVATE KEY')) {
    throw fault(
      'encrypted-key',
      'This key file has a passphrase. Take it off a copy with: openssl pkey -in FILE -out COPY',
    );
  }
  if (text.includes('BEGIN PRIVATE KEY')) {
    let object: KeyObject;
    try {
      object = createPrivateKey(text);
    } catch (error) {
      throw bad('it is not sound PKCS #8', error);
    }
    if (object.asymmetricKeyType !== 'ed25519') throw bad(`it is a key of type ${object.asymmetricKeyType}`);
    return keyOfObject(object, '');
  }
  try {
    return parseOpenSsh(text);
  } catch (error) {
    if (error instanceof SshFormatError) throw bad(error.message, error);
    throw error;
  }
}
