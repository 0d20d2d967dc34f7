create table export (
  id integer primary key check (id = 1),
  format integer not null,
  query text not null,
  created text not null,
  state text not null,
  survey text
) strict;
create table stretch (
  number integer primary key,
  starts integer not null,
  ends integer not null,
  fed integer
) strict;
create table window (
  id integer primary key,
  stretch integer not null references stretch (number),
  parent integer references window (id),
  starts integer not null,
  ends integer not null,
  filter text not null,
  state text not null,
  split_by text,
  verdict text,
  reason text,
  attempts integer not null default 0,
  anomalies text not null default '[]',
  calls integer not null default 0,
  request_ids text not null default '[]',
  told integer,
  refused integer not null default 0,
  counts text,
  segment_bytes integer,
  segment_sha256 blob,
  ended text
) strict;
create index window_stretch on window (stretch);
create table sink (
  name text primary key,
  records integer not null,
  state text not null
) strict;
