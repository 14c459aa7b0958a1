import { createReadStream } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { digestToHeader, failure, ProblemSchema, type Job, type UploadedArtifact } from '@buildsrs/common';
import { JobFailedError, type OutputFile } from '@buildsrs/executor';
import * as v from 'valibot';
import { backOffMs, pause } from './back-off.ts';

const MAX_ATTEMPTS = 12;
/** Without a byte moving either way for so long an attempt is given up. */
const STALL_TIMEOUT_MS = 60_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One PUT, streamed from the file. An answer that comes before the body is through counts: the backend may refuse early. */
async function put(job: Job, file: OutputFile, signal: AbortSignal): Promise<Answer> {
  const url = new URL(`${job.uploadUrl}/${file.name}`);
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method: 'PUT',
    signal,
    timeout: STALL_TIMEOUT_MS,
    headers: {
      authorization: `Bearer ${job.lease.token}`,
      'content-length': file.size,
      'content-type': file.mediaType,
      'repr-digest': digestToHeader(file.sha256),
    },
  });
  request.on('timeout', () => request.destroy(new Error(`nothing moved for ${STALL_TIMEOUT_MS / 1_000} s`)));
  const answered = new Promise<Answer>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
  });
  // Its errors are the request's own, which `answered` tells of.
  pipeline(createReadStream(file.path), request).catch(() => undefined);
  try {
    return await answered;
  } finally {
    request.destroy();
  }
}

function problemOf(answer: Answer): string {
  try {
    return v.parse(ProblemSchema, JSON.parse(answer.body)).detail;
  } catch {
    return `the backend answered ${answer.status}`;
  }
}

const isTransient = (status: number): boolean => status >= 500 || status === 408 || status === 429;

/**
 * Puts a file to the backend, again after failures of the network or the backend, until the build is aborted, as it is when
 * its lease ends.
 *
 * @throws {JobFailedError} `output-too-large` or `upload-error`
 */
export async function uploadArtifact(
  job: Job,
  file: OutputFile,
  signal: AbortSignal,
): Promise<UploadedArtifact> {
  let reason = '';
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 0 && !(await pause(backOffMs(attempt), signal))) break;
    try {
      const answer = await put(job, file, signal);
      if (answer.status >= 200 && answer.status < 300) {
        return { name: file.name, sha256: file.sha256, size: file.size };
      }
      reason = problemOf(answer);
      if (answer.status === 413) throw new JobFailedError(failure('output-too-large', reason));
      if (!isTransient(answer.status)) break;
    } catch (error) {
      if (error instanceof JobFailedError || signal.aborted) throw error;
      reason = (error as Error).message;
    }
  }
  signal.throwIfAborted();
  throw new JobFailedError(failure('upload-error', `${file.name} could not be uploaded: ${reason}.`));
}
