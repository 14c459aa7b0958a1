import { createHash, type KeyObject } from 'node:crypto';
import { rawPublicKey, signBytes, verifyBytes } from '@buildsrs/trust';
import { HASH_BYTES } from './hash.ts';

/** A state of the log (C2SP tlog-checkpoint): its name, how many entries, and the root over them. */
export interface Checkpoint {
  /** The log's name, a URL without scheme: also the name of the key that signs. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Who signed: an ordinary Ed25519 signature of the log, or a witness's cosignature with its time. */
const ED25519 = 0x01;
const COSIGNATURE = 0x04;

function keyHash(name: string, algorithm: number, key: KeyObject): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Uint8Array.of(algorithm))
    .update(rawPublicKey(key))
    .digest()
    .subarray(0, 4);
}

/** A verifier key as the tools of the field take it (C2SP signed-note): `name+hash+base64`. */
export function verifierKey(name: string, key: KeyObject, kind: 'log' | 'witness' = 'log'): string {
  const algorithm = kind === 'log' ? ED25519 : COSIGNATURE;
  const encoded = Buffer.concat([Uint8Array.of(algorithm), rawPublicKey(key)]).toString('base64');
  return `${name}+${keyHash(name, algorithm, key).toString('hex')}+${encoded}`;
}

/** The text that is signed: three lines. */
export function checkpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${Buffer.from(checkpoint.root).toString('base64')}\n`;
}

const signatureLine = (name: string, parts: readonly Uint8Array[]): string =>
  `\u2014 ${name} ${Buffer.concat(parts).toString('base64')}\n`;

/** A checkpoint as a signed note: the text, an empty line, the log's signature. */
export function signCheckpoint(key: KeyObject, checkpoint: Checkpoint): string {
  const text = checkpointText(checkpoint);
  const parts = [keyHash(checkpoint.origin, ED25519, key), signBytes(key, Buffer.from(text))];
  return `${text}\n${signatureLine(checkpoint.origin, parts)}`;
}

interface NoteSignature {
  readonly name: string;
  readonly keyHash: Buffer;
  readonly signature: Buffer;
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  const match = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
  if (match === null) return undefined;
  const bytes = Buffer.from(match[2] as string, 'base64');
  if (bytes.length < 5 || bytes.toString('base64') !== match[2]) return undefined;
  return { name: match[1] as string, keyHash: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

interface ParsedNote {
  readonly text: string;
  readonly checkpoint: Checkpoint;
  readonly signatures: readonly NoteSignature[];
}

function parseNote(note: string): ParsedNote | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || note.length > 65_536) return undefined;
  const text = note.slice(0, split + 1);
  const lines = text.split('\n');
  const [origin, size, root] = lines;
  const hash = Buffer.from(root ?? '', 'base64');
  const wellFormed =
    lines.length >= 4 &&
    origin !== '' &&
    /^(?:0|[1-9]\d{0,15})$/.test(size ?? '') &&
    hash.length === HASH_BYTES &&
    hash.toString('base64') === root;
  if (!wellFormed || !Number.isSafeInteger(Number(size))) return undefined;
  const rest = note.slice(split + 2);
  if (!rest.endsWith('\n')) return undefined;
  const signatures = rest.slice(0, -1).split('\n').map(parseSignatureLine);
  if (signatures.length > 100 || signatures.includes(undefined)) return undefined;
  return {
    text,
    checkpoint: { origin: origin as string, size: Number(size), root: hash },
    signatures: signatures as NoteSignature[],
  };
}

/** The checkpoint of a note that the log's key signed under this origin; `undefined` for anything else. */
export function openCheckpoint(key: KeyObject, origin: string, note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  if (parsed === undefined || parsed.checkpoint.origin !== origin) return undefined;
  const expected = keyHash(origin, ED25519, key);
  const signed = parsed.signatures.some(
    (one) =>
      one.name === origin &&
      one.keyHash.equals(expected) &&
      verifyBytes(key, Buffer.from(parsed.text), one.signature),
  );
  return signed ? parsed.checkpoint : undefined;
}

/** What a witness signs (C2SP tlog-cosignature v1). */
const cosigned = (timeSeconds: number, text: string): Buffer =>
  Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`);

/** Adds a witness's cosignature to a note: it says that it saw this state at that time, and none that contradicts it. */
export function cosignCheckpoint(key: KeyObject, name: string, note: string, timeSeconds: number): string {
  const parsed = parseNote(note);
  if (parsed === undefined) throw new TypeError('This is not a checkpoint.');
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(timeSeconds));
  const signature = signBytes(key, cosigned(timeSeconds, parsed.text));
  return `${note}${signatureLine(name, [keyHash(name, COSIGNATURE, key), time, signature])}`;
}

/** When the witness saw the state of this note, in seconds since 1970; `undefined` without a valid cosignature of it. */
export function cosignedAt(key: KeyObject, name: string, note: string): number | undefined {
  const parsed = parseNote(note);
  if (parsed === undefined) return undefined;
  const expected = keyHash(name, COSIGNATURE, key);
  for (const one of parsed.signatures) {
    if (one.name !== name || !one.keyHash.equals(expected) || one.signature.length < 9) continue;
    const time = Number(one.signature.readBigUInt64BE());
    if (verifyBytes(key, cosigned(time, parsed.text), one.signature.subarray(8))) return time;
  }
  return undefined;
}
