import * as v from 'valibot';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A task's number. */
export const TaskIdSchema = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(1),
  v.title('TaskId'),
  v.brand('TaskId'),
);
export type TaskId = v.InferOutput<typeof TaskIdSchema>;

/** A build's UUID, lower case. */
export const BuildIdSchema = v.pipe(
  v.string(),
  v.regex(UUID, 'A build is named by a UUID.'),
  v.title('BuildId'),
  v.brand('BuildId'),
);
export type BuildId = v.InferOutput<typeof BuildIdSchema>;

/** A builder's number. */
export const BuilderIdSchema = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(1),
  v.title('BuilderId'),
  v.brand('BuilderId'),
);
export type BuilderId = v.InferOutput<typeof BuilderIdSchema>;

/** An OpenSSH SHA-256 key fingerprint, as `ssh-keygen -lf` prints it. */
export const FingerprintSchema = v.pipe(
  v.string(),
  v.regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'A key fingerprint looks like SHA256: and 43 characters of base64.'),
  v.title('Fingerprint'),
  v.brand('Fingerprint'),
);
export type Fingerprint = v.InferOutput<typeof FingerprintSchema>;

/**
 * The name of an artifact: one path segment that is safe as a file name on every system and in every URL.
 * No leading dot or dash, so that neither hidden files nor options can be made of it.
 */
export const ArtifactNameSchema = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}$/,
    'An artifact name has at most 255 letters, digits, ".", "_", "+" and "-", and begins with a letter or digit.',
  ),
  v.title('ArtifactName'),
  v.brand('ArtifactName'),
);
export type ArtifactName = v.InferOutput<typeof ArtifactNameSchema>;

/** A moment as the API writes it: ISO 8601 in UTC with milliseconds. */
export const TimestampSchema = v.pipe(v.string(), v.isoTimestamp(), v.maxLength(40), v.title('Timestamp'));
