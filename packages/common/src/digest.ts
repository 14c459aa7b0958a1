import * as v from 'valibot';

/** A sha256 in lower-case hexadecimal: the name of an object. */
export const DigestSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, 'A sha256 is 64 lower-case hexadecimal digits.'),
  v.title('Digest'),
  v.brand('Digest'),
);

/** A sha256 in lower-case hexadecimal, proven by {@link DigestSchema}. */
export type Digest = v.InferOutput<typeof DigestSchema>;

/** Parses a digest; throws a `ValiError` whose message is a sentence for people. */
export function parseDigest(text: string): Digest {
  return v.parse(DigestSchema, text);
}

/** The digest as HTTP writes it in `Repr-Digest` and `Content-Digest` (RFC 9530): `sha-256=:BASE64:`. */
export function digestToHeader(digest: Digest): string {
  return `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`;
}

/** Reads the sha-256 of a `Repr-Digest` or `Content-Digest` header (RFC 9530); `undefined` when it has none. */
export function digestFromHeader(header: string): Digest | undefined {
  const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header);
  if (match === null) return undefined;
  return parseDigest(Buffer.from(match[1] as string, 'base64').toString('hex'));
}
