import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTestDatabase, seedBuilder, seedVersion, TEST_TARGET } from '../testing/index.ts';
import { claimTask } from './tasks/claim-task.ts';
import { requestTask } from './tasks/request-task.ts';

/** States that must not be, each with the rule of the database that says so. */
const IMPOSSIBLE = [
  [`update tasks set status = 'built', failure = null`, 'tasks_published_rule'],
  [`update tasks set status = 'failed'`, 'tasks_failure_rule'],
  [`update tasks set failure = '{}'`, 'tasks_failure_rule'],
  [`update tasks set build_id = null`, 'tasks_build_rule'],
  [`update tasks set attempts = 0`, 'tasks_attempts_rule'],
  [`update tasks set target = 'generic'`, 'tasks_generic_rule'],
  [`update tasks set status = 'paused'`, 'tasks_status_check'],
  [`update tasks set variant = '../x'`, 'tasks_variant_check'],
  [`update builds set outcome = 'succeeded'`, 'builds_ended_rule'],
  [`update builds set ended_at = now()`, 'builds_ended_rule'],
  [`update builds set outcome = 'failed', ended_at = now()`, 'builds_failure_rule'],
  [`update builds set outcome = 'succeeded', ended_at = now(), failure = '{}'`, 'builds_failure_rule'],
  [`update builds set info = '{}'`, 'builds_info_rule'],
  [`update builds set token_sha256 = 'ABC'`, 'sha256_check'],
  [
    `insert into builds (task_id, token_sha256, lease_expires_at)
      select task_id, token_sha256, now() from builds`,
    'builds_running',
  ],
  [`insert into task_edges select id, id from tasks`, 'task_edges_self_rule'],
  [`update crates set name = '../etc', canonical_name = '../etc'`, 'crates_name_check'],
  [`update builders set connected = true, last_seen_at = null`, 'builders_connected_rule'],
  [`insert into uploads select id, '.hidden', token_sha256, 1, 'x' from builds`, 'uploads_name_check'],
] as const;

it('refuses every state that must not be', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const builderId = await seedBuilder(db, 'builder');
  const versionId = await seedVersion(db, 'wanted');
  await requestTask(db, { versionId, kind: 'binary', target: TEST_TARGET, origin: 'request' });
  await claimTask(db, {
    builderId,
    targets: [TEST_TARGET],
    kinds: ['binary'],
    isolationLevel: 0,
    leaseMs: 60_000,
  });
  for (const [statement, rule] of IMPOSSIBLE) {
    await expect(sql.raw(statement).execute(db), statement).rejects.toThrow(rule);
  }
});
