import { describe, expect, it } from 'vitest';
import {
  EnvelopeSchema,
  IN_TOTO_PAYLOAD_TYPE,
  openEnvelope,
  preAuthenticationEncoding,
  signEnvelope,
} from './dsse.ts';
import { generateSigningKey } from './ed25519.ts';
import * as v from 'valibot';

const key = generateSigningKey();
const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');

describe('DSSE', () => {
  it('encodes as the protocol says', () => {
    // The example of secure-systems-lab/dsse, protocol.md.
    expect(
      preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString(),
    ).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('opens what it signed and nothing else', () => {
    const envelope = v.parse(EnvelopeSchema, signEnvelope(key, IN_TOTO_PAYLOAD_TYPE, payload));
    expect(openEnvelope(key, envelope)?.toString()).toBe(payload.toString());
    expect(openEnvelope(generateSigningKey(), envelope)).toBeUndefined();
    expect(openEnvelope(key, { ...envelope, payloadType: 'text/plain' })).toBeUndefined();
  });

  it('refuses every change of one byte of payload and signature', () => {
    const envelope = signEnvelope(key, IN_TOTO_PAYLOAD_TYPE, payload);
    const flip = (text: string, index: number): string =>
      `${text.slice(0, index)}${text[index] === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`;
    for (let index = 0; index < envelope.payload.length; index += 1) {
      expect(openEnvelope(key, { ...envelope, payload: flip(envelope.payload, index) })).toBeUndefined();
    }
    const signature = envelope.signatures[0] as { keyid: string; sig: string };
    for (let index = 0; index < signature.sig.length; index += 1) {
      const changed = { ...envelope, signatures: [{ ...signature, sig: flip(signature.sig, index) }] };
      expect(openEnvelope(key, changed)).toBeUndefined();
    }
  });
});
