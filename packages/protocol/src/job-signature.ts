import { canonicalJson, type Job } from '@buildsrs/common';
import { JOB_NAMESPACE } from './limits.ts';
import {
  signSshsig,
  verifySshsig,
  type BuilderKey,
  type PublicKey,
  type SignatureVerdict,
} from './ssh/index.ts';

/** What is signed of a job: all of it, as RFC 8785 writes it, so that both ends have the same bytes whatever wrote the JSON. */
function jobBytes(job: Job): Uint8Array {
  return Buffer.from(canonicalJson(job));
}

/** Signs a job with the scheduler's key, for `offer`. */
export function signJob(key: BuilderKey, job: Job): string {
  return signSshsig(key, JOB_NAMESPACE, jobBytes(job));
}

/** Whether the scheduler signed this very job. Never throws for bad input. */
export function verifyJob(key: PublicKey, job: Job, signature: string | undefined): SignatureVerdict {
  if (signature === undefined) return { valid: false, reason: 'it has no signature' };
  return verifySshsig(signature, { key, namespace: JOB_NAMESPACE, message: jobBytes(job) });
}
