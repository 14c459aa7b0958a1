import { sql, type Kysely } from 'kysely';

const TABLES = [
  `create extension if not exists pg_trgm`,

  `create domain sha256 as text collate "C" check (value ~ '^[0-9a-f]{64}$')`,

  `create table registry (
    id smallint primary key default 1 check (id = 1),
    index text not null,
    dl text not null,
    api text
  )`,

  `create table sync_cursors (
    source text primary key,
    cursor text not null,
    updated_at timestamptz not null default now()
  )`,

  `create table crates (
    id bigint generated always as identity primary key,
    name text not null check (name ~ '^[A-Za-z][A-Za-z0-9_-]{0,63}$'),
    canonical_name text collate "C" not null,
    latest_version_id bigint,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint crates_canonical_name_key unique (canonical_name),
    constraint crates_canonical_name_rule check (canonical_name = replace(lower(name), '-', '_'))
  )`,
  `create index crates_updated on crates (updated_at desc, id desc)`,
  `create index crates_canonical_name_trgm on crates using gin (canonical_name gin_trgm_ops)`,

  `create table versions (
    id bigint generated always as identity primary key,
    crate_id bigint not null references crates on delete cascade,
    version text collate "C" not null check (length(version) <= 150),
    checksum sha256 not null,
    yanked boolean not null default false,
    features jsonb not null default '{}',
    rust_version text,
    facts jsonb,
    created_at timestamptz not null default now(),
    constraint versions_crate_id_version_key unique (crate_id, version)
  )`,
  `alter table crates add constraint crates_latest_version_id_fkey
    foreign key (latest_version_id) references versions on delete set null`,
  `create index crates_latest_version on crates (latest_version_id)`,

  `create table targets (
    name text collate "C" primary key check (length(name) <= 64),
    enabled boolean not null default false,
    created_at timestamptz not null default now()
  )`,
  `insert into targets (name) values ('generic')`,

  `create table builders (
    id bigint generated always as identity primary key,
    name text not null check (length(name) between 1 and 100),
    public_key text not null,
    fingerprint text collate "C" not null check (fingerprint ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
    enabled boolean not null default true,
    connected boolean not null default false,
    targets text[] not null default '{}',
    kinds text[] not null default '{}',
    executor text check (executor in ('docker', 'sandbox', 'process')),
    isolation text check (isolation in ('none', 'sandbox', 'container', 'gvisor', 'vm')),
    slots integer not null default 0 check (slots >= 0),
    software text,
    last_seen_at timestamptz,
    created_at timestamptz not null default now(),
    constraint builders_name_key unique (name),
    constraint builders_public_key_key unique (public_key),
    constraint builders_fingerprint_key unique (fingerprint),
    constraint builders_connected_rule check (not connected or last_seen_at is not null)
  )`,

  `create table objects (
    sha256 sha256 primary key,
    size bigint not null check (size >= 0),
    state text not null default 'present' check (state in ('present', 'deleting')),
    created_at timestamptz not null default now(),
    verified_at timestamptz
  )`,
  `create index objects_created on objects (created_at)`,

  `create table tasks (
    id bigint generated always as identity primary key,
    version_id bigint not null references versions on delete cascade,
    kind text not null check (kind in ('metadata', 'binary', 'debian', 'library', 'coverage', 'web')),
    target text collate "C" not null references targets,
    variant text not null default 'default' check (variant ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    status text not null
      check (status in ('blocked', 'pending', 'scheduled', 'building', 'built', 'failed')),
    priority integer not null default 0,
    origin text not null check (origin in ('request', 'policy')),
    isolation_level smallint not null default 0 check (isolation_level between 0 and 3),
    attempts integer not null default 0 check (attempts >= 0),
    not_before timestamptz not null default now(),
    failure jsonb,
    build_id uuid,
    published_build_id uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tasks_wanted_key unique (version_id, kind, target, variant),
    constraint tasks_failure_rule check (
      case status when 'failed' then failure is not null when 'pending' then true else failure is null end
    ),
    constraint tasks_build_rule check (status not in ('scheduled', 'building') or build_id is not null),
    constraint tasks_published_rule check (status <> 'built' or published_build_id is not null),
    constraint tasks_attempts_rule check (status not in ('scheduled', 'building') or attempts > 0),
    constraint tasks_generic_rule check ((kind = 'metadata') = (target = 'generic'))
  )`,
  `create index tasks_claim on tasks (target, priority desc, id) where status = 'pending'`,
  `create index tasks_status on tasks (status, id desc)`,
  `create index tasks_published on tasks (target) where published_build_id is not null`,

  `create table task_edges (
    task_id bigint not null references tasks on delete cascade,
    needs_task_id bigint not null references tasks on delete cascade,
    primary key (task_id, needs_task_id),
    constraint task_edges_self_rule check (task_id <> needs_task_id)
  )`,
  `create index task_edges_needs on task_edges (needs_task_id)`,

  `create table builds (
    id uuid primary key default gen_random_uuid(),
    task_id bigint not null references tasks on delete cascade,
    builder_id bigint references builders on delete set null,
    outcome text check (outcome in ('succeeded', 'failed', 'error', 'timed-out', 'cancelled', 'lost')),
    stage text check (stage in ('fetch', 'resolve', 'build', 'package', 'upload')),
    stages jsonb not null default '[]' check (jsonb_typeof(stages) = 'array'),
    failure jsonb,
    token_sha256 sha256 not null,
    lease_expires_at timestamptz not null,
    input_id sha256,
    info jsonb,
    log_bytes bigint not null default 0 check (log_bytes >= 0),
    log_object sha256 references objects,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    constraint builds_ended_rule check ((outcome is null) = (ended_at is null)),
    constraint builds_failure_rule check (
      case when outcome is null or outcome = 'succeeded' then failure is null
        when outcome = 'cancelled' then true else failure is not null end
    ),
    constraint builds_info_rule check ((info is null) = (input_id is null)),
    constraint builds_published_rule check (info is null or outcome = 'succeeded'),
    constraint builds_log_rule check (log_object is null or outcome is not null)
  )`,
  `create unique index builds_running on builds (task_id) where outcome is null`,
  `create index builds_lease on builds (lease_expires_at) where outcome is null`,
  `create index builds_of_builder on builds (builder_id, created_at desc)`,
  `create index builds_of_task on builds (task_id, created_at desc)`,
  `create index builds_created on builds (created_at desc, id desc)`,
  `create index builds_input on builds (input_id) where input_id is not null`,
  `create index builds_log_object on builds (log_object) where log_object is not null`,
  `create index builds_log_unfinished on builds (ended_at)
    where outcome is not null and log_object is null and log_bytes > 0`,
  `alter table tasks
    add constraint tasks_build_id_fkey foreign key (build_id) references builds,
    add constraint tasks_published_build_id_fkey foreign key (published_build_id) references builds`,
  `create index tasks_build on tasks (build_id)`,
  `create index tasks_published_build on tasks (published_build_id)`,

  `create table log_chunks (
    build_id uuid not null references builds on delete cascade,
    start bigint not null check (start >= 0),
    bytes bytea not null check (octet_length(bytes) > 0),
    primary key (build_id, start)
  )`,

  `create table uploads (
    build_id uuid not null references builds on delete cascade,
    name text not null check (name ~ '^[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}$'),
    sha256 sha256 not null,
    size bigint not null check (size >= 0),
    staging text not null,
    created_at timestamptz not null default now(),
    primary key (build_id, name)
  )`,
  `create index uploads_object on uploads (sha256)`,

  `create table artifacts (
    id bigint generated always as identity primary key,
    build_id uuid not null references builds on delete cascade,
    name text not null check (name ~ '^[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}$'),
    sha256 sha256 not null references objects,
    media_type text not null,
    created_at timestamptz not null default now(),
    constraint artifacts_build_id_name_key unique (build_id, name)
  )`,
  `create index artifacts_object on artifacts (sha256)`,

  `create table artifact_members (
    artifact_id bigint not null references artifacts on delete cascade,
    path text not null check (length(path) <= 1024),
    sha256 sha256 not null,
    size bigint not null check (size >= 0),
    executable boolean not null,
    primary key (artifact_id, path)
  )`,
  `create index artifact_members_sha256 on artifact_members (sha256)`,

  `create table artifact_downloads (
    artifact_id bigint not null references artifacts on delete cascade,
    day date not null,
    count bigint not null check (count > 0),
    primary key (artifact_id, day)
  )`,
];

/*
 * Who waits for the queue or for a build is told by the database itself, so that no statement can forget it. One
 * notification for each status and target that a statement brought about, not one a row: whole indexes are queued at once.
 */
const NOTIFICATIONS = [
  `create function notify_tasks_inserted() returns trigger language plpgsql as $$
  begin
    perform pg_notify('tasks', status || ' ' || target) from (select distinct status, target from fresh) as changes;
    return null;
  end $$`,
  `create function notify_tasks_updated() returns trigger language plpgsql as $$
  begin
    perform pg_notify('tasks', status || ' ' || target) from (
      select distinct fresh.status, fresh.target
      from fresh join stale on stale.id = fresh.id
      where stale.status <> fresh.status
    ) as changes;
    return null;
  end $$`,
  `create trigger tasks_inserted after insert on tasks
    referencing new table as fresh for each statement execute function notify_tasks_inserted()`,
  `create trigger tasks_updated after update on tasks
    referencing old table as stale new table as fresh for each statement execute function notify_tasks_updated()`,
  `create function notify_build() returns trigger language plpgsql as $$
  begin
    perform pg_notify('builds', new.id::text);
    return null;
  end $$`,
  `create trigger builds_inserted after insert on builds for each row execute function notify_build()`,
  `create trigger builds_updated after update of stage, log_bytes, outcome, started_at on builds
    for each row execute function notify_build()`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...TABLES, ...NOTIFICATIONS]) await sql.raw(statement).execute(db);
}

/** The extension stays: others may use it, and it holds nothing of ours. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    drop table artifact_downloads, artifact_members, artifacts, uploads, log_chunks, task_edges, tasks, builds,
      objects, builders, targets, versions, crates, sync_cursors, registry cascade
  `.execute(db);
  await sql`drop function notify_tasks_inserted, notify_tasks_updated, notify_build`.execute(db);
  await sql`drop domain sha256`.execute(db);
}
