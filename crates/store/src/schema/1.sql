create table definition (
  id text primary key,
  job text not null,
  content text not null
);
create index definition_job on definition (job);
create table job (
  name text primary key,
  paused_at bigint,
  paused_by text,
  pause_reason text
);
create table tenant (
  name text primary key,
  -- Runs that are admitted or running, and how many of them there may be: at most, and now.
  running bigint not null default 0,
  max_running bigint not null,
  allowed bigint not null,
  adapted_at bigint not null default 0,
  held_until bigint not null default 0,
  paused_at bigint,
  paused_by text,
  pause_reason text,
  last_served bigint not null default 0,
  -- The class of the most urgent run that may begin, and when that is to be worked out again.
  turn bigint,
  wake_at bigint
);
create index tenant_turn on tenant (turn, last_served, name) where turn is not null and running < allowed;
create index tenant_wake on tenant (wake_at) where wake_at is not null;
create table run (
  id text primary key,
  key text not null unique,
  job text not null,
  tenant text not null,
  definition text not null,
  scheduled bigint not null,
  due_at bigint not null,
  origin text not null,
  effect text not null,
  class bigint not null,
  state text not null,
  reason text,
  attempt bigint not null default 0,
  crashes bigint not null default 0,
  max_crashes bigint not null,
  fence bigint not null default 0,
  owner text,
  lease_until bigint,
  cancel text,
  place text,
  exit_code bigint,
  summary text,
  created_at bigint not null,
  admitted_at bigint,
  started_at bigint,
  ended_at bigint
);
create index run_ready on run (tenant, due_at) where state = 'ready';
create index run_open on run (job, tenant) where state in ('ready', 'admitted', 'running');
-- Whatever else goes wrong, no two runs of a job and a tenant are at work at once.
create unique index run_busy on run (tenant, job) where state in ('admitted', 'running');
create index run_lease on run (lease_until) where state = 'running';
create index run_admitted on run (admitted_at) where state = 'admitted';
create index run_job on run (job, id);
create index run_tenant on run (tenant, id);
create index run_bad on run (state, id)
  where state in ('partial', 'failed', 'skipped', 'cancelled', 'crashed', 'unknown', 'expired');
create table attempt (
  run text not null,
  fence bigint not null,
  number bigint not null,
  owner text not null,
  started_at bigint not null,
  ended_at bigint,
  outcome text,
  exit_code bigint,
  primary key (run, fence)
);
create table step (
  run text not null,
  fence bigint not null,
  number bigint not null,
  name text not null,
  started_at bigint not null,
  ended_at bigint,
  exit_code bigint,
  log text,
  summary text,
  primary key (run, fence, number)
);
create table decision (
  job text not null,
  tenant text not null,
  scheduled bigint not null,
  primary key (job, tenant)
);
create table duty (
  name text primary key,
  owner text not null,
  fence bigint not null,
  lease_until bigint not null
);
create table notice (
  id text primary key,
  key text unique,
  run text,
  job text,
  tenant text,
  event text not null,
  channel text not null,
  body text not null,
  state text not null,
  tries bigint not null default 0,
  due_at bigint not null,
  fence bigint not null default 0,
  owner text,
  lease_until bigint,
  error text,
  created_at bigint not null,
  ended_at bigint
);
create index notice_waiting on notice (due_at) where state = 'waiting';
create index notice_sending on notice (lease_until) where state = 'sending';
create index notice_run on notice (run) where run is not null;
create index notice_ended on notice (ended_at) where ended_at is not null;
