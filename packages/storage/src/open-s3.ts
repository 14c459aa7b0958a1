import { CreateBucketCommand, HeadBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SentenceError } from '@buildsrs/common';
import * as v from 'valibot';
import type { ObjectStore } from './object-store.ts';
import type { OpenStoreOptions } from './open-store.ts';
import { boundedRetries } from './s3-retries.ts';
import { s3Store } from './s3-store.ts';

const Url = v.pipe(v.string(), v.url(), v.regex(/^https?:\/\//));

const SpecSchema = v.strictObject({
  // The rules of S3 for bucket names.
  bucket: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)),
  prefix: v.pipe(v.string(), v.regex(/^(?:[A-Za-z0-9][A-Za-z0-9._-]*\/)*$/), v.maxLength(512)),
  endpoint: v.optional(Url),
  'public-endpoint': v.optional(Url),
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)), 'us-east-1'),
  create: v.optional(v.picklist(['true', 'false']), 'false'),
});

/** What an `s3://` URL says. */
type S3Spec = v.InferOutput<typeof SpecSchema>;

function parseSpec(spec: string): S3Spec {
  const url = URL.canParse(spec) ? new URL(spec) : undefined;
  const path = url?.pathname.replace(/^\/+/, '') ?? '';
  const result = v.safeParse(SpecSchema, {
    bucket: url?.hostname,
    prefix: path === '' || path.endsWith('/') ? path : `${path}/`,
    ...Object.fromEntries(url?.searchParams ?? []),
  });
  // A URL with credentials would end up in process lists and logs; they come by the AWS variables.
  if (result.success && url?.username === '' && url.password === '') return result.output;
  throw new SentenceError(
    'bad-storage',
    'An S3 storage is named s3://BUCKET[/PREFIX]?endpoint=URL&region=NAME&public-endpoint=URL&create=true; its credentials come by the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    { exitCode: 2 },
  );
}

function clientFor(spec: S3Spec, endpoint: string | undefined, options: OpenStoreOptions): S3Client {
  const config: S3ClientConfig = {
    region: spec.region,
    // Our names are the sha256 and uploads are read back: what old and strict servers refuse is not needed.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    retryStrategy: boundedRetries(8),
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
  };
  // Only AWS itself promises a host name a bucket.
  if (endpoint !== undefined) Object.assign(config, { endpoint, forcePathStyle: true });
  if (options.credentials !== undefined) config.credentials = options.credentials;
  return new S3Client(config);
}

async function prepareBucket(client: S3Client, spec: S3Spec): Promise<void> {
  const where = `${spec.bucket}${spec.endpoint === undefined ? '' : ` at ${spec.endpoint}`}`;
  try {
    await client.send(new HeadBucketCommand({ Bucket: spec.bucket }));
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    if (name !== 'NotFound' && name !== 'NoSuchBucket')
      throw new SentenceError(
        'storage-unavailable',
        `The bucket ${where} cannot be used (${name}); check its endpoint, region and the AWS credentials.`,
        { exitCode: 3, cause: error },
      );
    if (spec.create !== 'true')
      throw new SentenceError(
        'storage-unavailable',
        `There is no bucket ${where}; make it, or add create=true to the storage URL.`,
        { exitCode: 3, cause: error },
      );
    await createBucket(client, spec.bucket, where);
  }
}

async function createBucket(client: S3Client, bucket: string, where: string): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    // Another backend that starts at the same time was quicker.
    if (name === 'BucketAlreadyOwnedByYou' || name === 'BucketAlreadyExists') return;
    throw new SentenceError('storage-unavailable', `The bucket ${where} cannot be made (${name}).`, {
      exitCode: 3,
      cause: error,
    });
  }
}

/** Opens a store in S3 by its URL, and finds out whether its bucket can be used. */
export async function openS3Store(spec: string, options: OpenStoreOptions): Promise<ObjectStore> {
  const parsed = parseSpec(spec);
  const client = clientFor(parsed, parsed.endpoint, options);
  const publicEndpoint = parsed['public-endpoint'];
  const publicClient =
    publicEndpoint === undefined || publicEndpoint === parsed.endpoint
      ? client
      : clientFor(parsed, publicEndpoint, options);
  try {
    await prepareBucket(client, parsed);
  } catch (error) {
    client.destroy();
    publicClient.destroy();
    throw error;
  }
  return s3Store({ client, publicClient, bucket: parsed.bucket, prefix: parsed.prefix });
}
