import * as v from 'valibot';
import { BuildInfoSchema } from './build-info.ts';
import { CrateFactsSchema } from './crate-facts.ts';
import { DigestSchema } from './digest.ts';
import { ArtifactNameSchema } from './ids.ts';

/** An artifact a builder uploaded. */
export const UploadedArtifactSchema = v.strictObject({
  name: ArtifactNameSchema,
  sha256: DigestSchema,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
export type UploadedArtifact = v.InferOutput<typeof UploadedArtifactSchema>;

/** A file inside an archive artifact: people hash the program they run, not our archive. */
export const ArchiveMemberSchema = v.strictObject({
  path: v.pipe(v.string(), v.maxLength(1_024)),
  sha256: DigestSchema,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  executable: v.boolean(),
});
export type ArchiveMember = v.InferOutput<typeof ArchiveMemberSchema>;

/** What a successful build gives. `metadata` gives facts and uploads nothing; the others give artifacts. */
export const JobResultSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('metadata'), facts: CrateFactsSchema }),
  v.strictObject({
    kind: v.literal('binary'),
    artifacts: v.pipe(v.array(UploadedArtifactSchema), v.minLength(1), v.maxLength(64)),
    /** The members of the first artifact, the archive. */
    members: v.pipe(v.array(ArchiveMemberSchema), v.maxLength(1_024)),
    info: BuildInfoSchema,
  }),
]);
export type JobResult = v.InferOutput<typeof JobResultSchema>;
