import { failure, type Failure, type JobResult } from '@buildsrs/common';
import type { BuildRow, UploadRow, VersionRow } from '@buildsrs/database';

type BinaryResult = Extract<JobResult, { kind: 'binary' }>;

/** What is published is what was asked for: a builder does not decide what it built. */
function namesAnotherBuild({ info }: BinaryResult, build: BuildRow, version: VersionRow): boolean {
  const { inputs } = info;
  return (
    inputs.kind !== build.kind ||
    inputs.target !== build.target ||
    inputs.source.crate !== version.crate ||
    inputs.source.version !== version.version ||
    inputs.source.checksum !== version.checksum
  );
}

/**
 * Holds a result against what was asked for and what was uploaded.
 *
 * @returns the failure to record instead, or nothing when all is well.
 */
export function checkResult(
  result: JobResult,
  facts: { readonly build: BuildRow; readonly version: VersionRow; readonly uploads: readonly UploadRow[] },
): Failure | undefined {
  const { build, version, uploads } = facts;
  if (result.kind !== build.kind) {
    return failure('executor-error', `The builder gave a ${result.kind} result for a ${build.kind} build.`);
  }
  if (result.kind === 'metadata') return undefined;
  if (namesAnotherBuild(result, build, version)) {
    return failure('executor-error', 'The build info names another build than the one that was asked for.');
  }
  const names = new Set(result.artifacts.map((artifact) => artifact.name));
  if (names.size !== result.artifacts.length) {
    return failure('executor-error', 'The builder named an artifact twice.');
  }
  for (const { name, sha256, size } of result.artifacts) {
    const upload = uploads.find((entry) => entry.name === name);
    if (upload === undefined) return failure('upload-error', `The artifact ${name} was not uploaded.`);
    if (upload.sha256 !== sha256 || upload.size !== size) {
      return failure('upload-error', `The artifact ${name} that was uploaded is not the one that was built.`);
    }
  }
  return undefined;
}
