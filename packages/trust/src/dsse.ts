import { createHash, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { rawPublicKey, signBytes, verifyBytes } from './ed25519.ts';

/** Media type of an in-toto statement inside an envelope (in-toto attestation framework v1). */
export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const Base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]*={0,2}$/));

/** A DSSE envelope (secure-systems-lab/dsse v1): payload and signatures, all base64. */
export const EnvelopeSchema = v.strictObject({
  payloadType: v.pipe(v.string(), v.maxLength(256)),
  payload: Base64,
  signatures: v.pipe(
    v.array(v.strictObject({ keyid: v.pipe(v.string(), v.maxLength(256)), sig: Base64 })),
    v.minLength(1),
    v.maxLength(16),
  ),
});
export type Envelope = v.InferOutput<typeof EnvelopeSchema>;

/** What DSSE signs: the pre-authentication encoding, which binds the payload to its type. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** The id under which a key signs envelopes: hexadecimal sha256 of its raw bytes. */
export function envelopeKeyId(key: KeyObject): string {
  return createHash('sha256').update(rawPublicKey(key)).digest('hex');
}

/** Wraps a payload and signs it. Further signatures can be added to `signatures`: each is over the same encoding. */
export function signEnvelope(key: KeyObject, payloadType: string, payload: Uint8Array): Envelope {
  const sig = signBytes(key, preAuthenticationEncoding(payloadType, payload));
  return {
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: envelopeKeyId(key), sig: sig.toString('base64') }],
  };
}

/** The payload of an envelope that the key signed; `undefined` when no signature of it is the key's. */
export function openEnvelope(key: KeyObject, envelope: Envelope): Buffer | undefined {
  const payload = Buffer.from(envelope.payload, 'base64');
  // A second spelling of the same bytes would give one envelope two digests.
  if (payload.toString('base64') !== envelope.payload) return undefined;
  const encoded = preAuthenticationEncoding(envelope.payloadType, payload);
  const keyid = envelopeKeyId(key);
  const signed = envelope.signatures.some((signature) => {
    const sig = Buffer.from(signature.sig, 'base64');
    return (
      signature.keyid === keyid && sig.toString('base64') === signature.sig && verifyBytes(key, encoded, sig)
    );
  });
  return signed ? payload : undefined;
}
