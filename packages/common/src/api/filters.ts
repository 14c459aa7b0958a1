import * as v from 'valibot';
import { CrateNameSchema } from '../crate-name.ts';
import { TaskIdSchema } from '../ids.ts';
import { TargetSchema } from '../target.ts';
import { VersionSchema } from '../version.ts';
import { BuildOutcomeSchema, KindSchema, TaskStatusSchema } from '../words.ts';
import { PageQuerySchema } from './schemas.ts';

/** The query of `GET /crates`: without `query`, all crates, most recently changed first. */
export const CratesQuerySchema = v.object({
  ...PageQuerySchema.entries,
  query: v.optional(v.pipe(v.string(), v.maxLength(128))),
});
export type CratesQuery = v.InferOutput<typeof CratesQuerySchema>;

/** The query of `GET /tasks`: in the order in which they are taken where `status` is `pending`, else newest first. */
export const TasksQuerySchema = v.object({
  ...PageQuerySchema.entries,
  status: v.optional(TaskStatusSchema),
  crate: v.optional(CrateNameSchema),
  version: v.optional(VersionSchema),
  kind: v.optional(KindSchema),
  target: v.optional(TargetSchema),
});
export type TasksQuery = v.InferOutput<typeof TasksQuerySchema>;

/** The query of `GET /builds`, newest first. `running` are those without an outcome. */
export const BuildsQuerySchema = v.object({
  ...PageQuerySchema.entries,
  outcome: v.optional(v.union([BuildOutcomeSchema, v.literal('running')])),
  crate: v.optional(CrateNameSchema),
  version: v.optional(VersionSchema),
  kind: v.optional(KindSchema),
  target: v.optional(TargetSchema),
  task: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[1-9]\d{0,15}$/, 'A task is named by its number.'),
      v.transform(Number),
      TaskIdSchema,
    ),
  ),
});
export type BuildsQuery = v.InferOutput<typeof BuildsQuerySchema>;
