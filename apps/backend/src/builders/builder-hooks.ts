import { DEFAULT_LIMITS, isolationLevel, type BuildId, type Job, type Target } from '@buildsrs/common';
import {
  addTargets,
  appendLog,
  beginBuild,
  claimTask,
  declineBuild,
  failBuild,
  findBuilderByFingerprint,
  findBuildByToken,
  renewLeases,
  setBuilderConnected,
  setBuilderDisconnected,
  setBuilderPaused,
  setStage,
  touchBuilder,
} from '@buildsrs/database';
import type { BackendHooks, BackendSession, ConnectedBuilder } from '@buildsrs/protocol';
import { publishBuild } from '../builds/publish-build.ts';
import type { Context } from '../context.ts';
import { isUnavailable } from '../http/is-unavailable.ts';
import { makeJob } from '../jobs/make-job.ts';
import { registrySource } from '../jobs/registry-source.ts';

/** Beyond the limit a builder cuts its log itself and says so; this much room has the sentence that says it. */
const LOG_SLACK_BYTES = 64 * 1024;
/** A builder that declines may be full or ill: somebody else gets the time to take it. */
const DECLINED_DELAY_MS = 2_000;

/** What a builder can be given: `generic` is for everyone. */
function targetsOf(builder: ConnectedBuilder): Target[] {
  return [...new Set([...builder.capabilities.targets, 'generic' as Target])];
}

/**
 * What a connection of a builder does to the queue, as the protocol asks for it. `session` is the connection itself,
 * known once it is made.
 */
export function builderHooks(context: Context, session: () => BackendSession): BackendHooks {
  const { db, log, metrics, connections, settings } = context;
  const leaseMs = settings.lease;
  const registry = registrySource(context);

  async function claimOne(builder: ConnectedBuilder): Promise<Job | undefined> {
    // Read before the claim: a task must not be claimed that no job can be made of.
    const source = await registry();
    const { kinds, isolation } = builder.capabilities;
    const task = await claimTask(db, {
      builderId: builder.id,
      targets: targetsOf(builder),
      kinds,
      isolationLevel: isolationLevel(isolation),
      leaseMs,
    });
    if (task === undefined) return undefined;
    metrics.claims.inc();
    log.info({ builder: builder.name, build: task.buildId, task: task.taskId }, 'task claimed');
    const { address, overrides } = context;
    return makeJob(task, { registry: source, address, leaseMs, overrides });
  }

  return {
    findBuilder: (fingerprint) => findBuilderByFingerprint(db, fingerprint),

    async welcomed(builder) {
      connections.closeBuilder(builder.id, 'replaced', session());
      const { targets, kinds, executor, isolation, slots } = builder.capabilities;
      await addTargets(db, targets);
      await setBuilderConnected(db, builder.id, {
        targets,
        kinds,
        executor,
        isolation,
        slots,
        software: builder.software,
      });
      metrics.connectedBuilders.set(connections.builderIds.length);
    },

    async requested(builder, { slots, reason }) {
      if (reason !== undefined) log.warn({ builder: builder.name, slots, reason }, 'builder is paused');
      await setBuilderPaused(db, builder.id, slots === 0 ? (reason ?? 'it does not say why') : undefined);
    },

    async claim(builder, count) {
      const jobs: Job[] = [];
      while (jobs.length < count && !context.stopping.aborted) {
        const job = await claimOne(builder).catch((error: unknown) => {
          // No work is no reason to lose a builder that may be in the middle of a build; the next look asks again.
          if (!isUnavailable(error)) throw error;
          log.warn({ err: error }, 'no tasks can be claimed for now');
          return undefined;
        });
        if (job === undefined) break;
        jobs.push(job);
      }
      return jobs;
    },

    async accepted(builder, build) {
      const begun = await beginBuild(db, { build, builderId: builder.id });
      if (begun) connections.hold(build, session());
      return begun;
    },

    async declined(builder, build, reason) {
      connections.release(build);
      log.info({ builder: builder.name, build, reason }, 'job declined');
      await declineBuild(db, { build, builderId: builder.id, delayMs: DECLINED_DELAY_MS });
    },

    async stage(builder, build, stage) {
      await setStage(db, { build, builderId: builder.id, stage });
    },

    async log(_builder, { build, offset, bytes }) {
      const end = offset + bytes.byteLength;
      if (end > DEFAULT_LIMITS.logBytes + LOG_SLACK_BYTES) return end;
      const { length, outcome } = await appendLog(db, { build, offset, bytes });
      // The log of a lost build goes nowhere; the builder learns of the loss by its next heartbeat.
      return outcome === 'ended' ? end : length;
    },

    async renew(builder, builds) {
      await touchBuilder(db, builder.id);
      return await renewLeases(db, { builderId: builder.id, builds, leaseMs });
    },

    async complete(builder, report) {
      connections.release(report.build);
      const outcome = await publishBuild(context, report);
      metrics.results.inc({ outcome });
      log.info({ builder: builder.name, build: report.build, outcome }, 'build succeeded');
      return outcome;
    },

    async failed(builder, report) {
      connections.release(report.build);
      const outcome = await failBuild(db, report);
      metrics.results.inc({ outcome });
      const { kind } = report.failure;
      log.info({ builder: builder.name, build: report.build, failure: kind, outcome }, 'build failed');
      return outcome;
    },

    async resume(builder, { build, token }) {
      const row = await findBuildByToken(db, build, token);
      if (row === undefined || row.builderId !== builder.id) return undefined;
      const [lease] = await renewLeases(db, { builderId: builder.id, builds: [build], leaseMs });
      if (lease === undefined) return undefined;
      connections.hold(build, session());
      await beginBuild(db, { build, builderId: builder.id });
      return { logOffset: row.logBytes, expiresInMs: lease.expiresInMs };
    },

    async disconnected(builder, { offered }) {
      await giveBack(builder, offered);
      if (!connections.hasOther(builder.id, session())) await setBuilderDisconnected(db, builder.id);
      metrics.connectedBuilders.set(connections.builderIds.length);
    },
  };

  async function giveBack(builder: ConnectedBuilder, builds: readonly BuildId[]): Promise<void> {
    for (const build of builds) await declineBuild(db, { build, builderId: builder.id, delayMs: 0 });
  }
}
