import { sql, type Kysely } from 'kysely';

/*
 * Builders that fail whatever they are given are suspended for a while, those that cannot take work say why, and a task
 * that is tried again prefers another builder than the one that lost it or went wrong. Builders may run the `vm` executor.
 */
const UP = [
  `alter table builders
    add column errors_in_row integer not null default 0 check (errors_in_row >= 0),
    add column suspended_until timestamptz,
    add column suspended_reason text,
    add column paused_reason text,
    drop constraint builders_executor_check,
    add constraint builders_executor_check check (executor in ('docker', 'sandbox', 'vm', 'process')),
    add constraint builders_suspended_rule check ((suspended_until is null) = (suspended_reason is null))`,
  `alter table tasks add column avoid_builder_id bigint references builders on delete set null`,
  `create index tasks_avoid_builder on tasks (avoid_builder_id) where avoid_builder_id is not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table tasks drop column avoid_builder_id`.execute(db);
  await sql`update builders set executor = null where executor = 'vm'`.execute(db);
  await sql`
    alter table builders drop constraint builders_executor_check,
      add constraint builders_executor_check check (executor in ('docker', 'sandbox', 'process')),
      drop column errors_in_row, drop column suspended_until, drop column suspended_reason,
      drop column paused_reason
  `.execute(db);
}
