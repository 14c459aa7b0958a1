import { createHash, sign, verify } from 'node:crypto';
import { armor, unarmor } from './armor.ts';
import type { BuilderKey } from './private-key.ts';
import {
  KEY_TYPE,
  parsePublicKeyBlob,
  publicKeyBlob,
  publicKeyObject,
  samePublicKey,
  type PublicKey,
} from './public-key.ts';
import { SshFormatError, SshReader, sshString, sshUint32 } from './wire.ts';

const LABEL = 'SSH SIGNATURE';
const MAGIC = Buffer.from('SSHSIG');
const VERSION = 1;

/** What is really signed (PROTOCOL.sshsig of OpenSSH): never the message itself, so no other use of the key fits. */
function signedBytes(namespace: string, reserved: Uint8Array, hash: string, message: Uint8Array): Buffer {
  return Buffer.concat([
    MAGIC,
    sshString(namespace),
    sshString(reserved),
    sshString(hash),
    sshString(createHash(hash).update(message).digest()),
  ]);
}

/** Signs a message; the same bytes as `ssh-keygen -Y sign -f KEY -n NAMESPACE` makes of it. */
export function signSshsig(key: BuilderKey, namespace: string, message: Uint8Array): string {
  const signature = sign(null, signedBytes(namespace, new Uint8Array(), 'sha512', message), key.privateKey);
  return armor(
    LABEL,
    Buffer.concat([
      MAGIC,
      sshUint32(VERSION),
      sshString(publicKeyBlob(key.publicKey)),
      sshString(namespace),
      sshString(''),
      sshString('sha512'),
      sshString(Buffer.concat([sshString(KEY_TYPE), sshString(signature)])),
    ]),
  );
}

/** Whether a signature holds; if not, why, for logs and never for the one who sent it. */
export type SignatureVerdict = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/** Checks that `armored` is a signature of `message` by `key` for `namespace`. Never throws for bad input. */
export function verifySshsig(
  armored: string,
  expected: { readonly key: PublicKey; readonly namespace: string; readonly message: Uint8Array },
): SignatureVerdict {
  const invalid = (reason: string): SignatureVerdict => ({ valid: false, reason });
  try {
    const reader = new SshReader(unarmor(LABEL, armored));
    if (!reader.bytes(MAGIC.length).equals(MAGIC)) return invalid('it is not an SSHSIG');
    if (reader.uint32() !== VERSION) return invalid('its version is not 1');
    const key = parsePublicKeyBlob(reader.string());
    const namespace = reader.string().toString();
    const reserved = reader.string();
    const hash = reader.text();
    const signature = new SshReader(reader.string());
    reader.end();
    const type = signature.text();
    const bytes = signature.string();
    signature.end();
    if (!samePublicKey(key, expected.key)) return invalid('it is by another key');
    if (namespace !== expected.namespace) return invalid('it was made for another namespace');
    if (hash !== 'sha512' && hash !== 'sha256') return invalid('its hash is neither sha512 nor sha256');
    if (type !== KEY_TYPE || bytes.length !== 64) return invalid('it is not an Ed25519 signature');
    // OpenSSL refuses S ≥ L, so that a signature cannot be changed into a second one.
    const holds = verify(
      null,
      signedBytes(expected.namespace, reserved, hash, expected.message),
      publicKeyObject(key),
      bytes,
    );
    return holds ? { valid: true } : invalid('it does not fit the message');
  } catch (error) {
    if (error instanceof SshFormatError) return invalid(error.message);
    throw error;
  }
}
