-- The directory of districts: where each district system is, how to reach it, what it can do, and what is known of its health.
-- What people decide and what checks and calls found is stored; the status that callers see is derived from it at the moment of
-- asking (district_status), so that nothing has to run for a district to become STALE or OFFLINE.

alter table district_system
    drop column status,
    add column credential text,
    add column page_size integer not null default 500 check (page_size between 1 and 1000),
    add column capabilities text[] not null default '{CHANGES,MATCH_DELIVERY}',
    add column concurrency integer not null default 4 check (concurrency between 1 and 64),
    add column freshness_target interval not null default '24 hours' check (freshness_target > '0 seconds'),
    add column offline_after interval not null default '5 minutes' check (offline_after >= '0 seconds'),
    add column suspended_at timestamptz,
    add column failing_since timestamptz,
    add column degraded_since timestamptz,
    add column well_since timestamptz;
-- What an installation kept in its systems file it gives by the environment from now on.
update district_system set credential = 'env:SLRT_HUB_TOKEN_' || translate(regency_code, '.', '_'), well_since = joined_at;
alter table district_system
    alter column credential set not null,
    alter column well_since set not null,
    alter column page_size drop default,
    alter column capabilities drop default,
    alter column concurrency drop default,
    alter column freshness_target drop default,
    alter column offline_after drop default,
    add check (credential ~ '^(env:SLRT_HUB_TOKEN_[A-Za-z0-9_]+|file:[A-Za-z0-9][A-Za-z0-9._-]*)$'),
    add check (capabilities <@ array['HOUSEHOLDS', 'PERSONS', 'CASE_FILES', 'VILLAGE_SERVICES', 'CHANGES', 'MATCH_DELIVERY']);
comment on column district_system.credential is 'where the token is kept, never the token: a name in the environment, or a file of the folder of credentials';
comment on column district_system.suspended_at is 'somebody decided that the hub leaves it alone';
comment on column district_system.failing_since is 'since the first of the calls that failed in a row; null: the last one was answered';
comment on column district_system.degraded_since is 'since a check found that it does not keep the contract; its findings name what';
comment on column district_system.well_since is 'since the last cause of another status than ONLINE ended';

create table district_check (
    regency_code text collate "C" primary key references district_system on delete cascade,
    checked_at timestamptz not null,
    extent text not null check (extent in ('CONTRACT', 'FULL')),
    findings jsonb not null
);
comment on table district_check is 'the last check of each district and what it found';

create table district_event (
    event_id bigint generated always as identity primary key,
    regency_code text collate "C" not null references region,
    action text not null check (action in ('JOINED', 'CHANGED', 'SUSPENDED', 'RESUMED', 'LEFT', 'DEGRADED', 'MENDED')),
    happened_at timestamptz not null,
    actor text not null,
    reason text not null
);
comment on table district_event is 'the journal of the directory: appended to, never changed; it outlives the district that left';
create index district_event_of on district_event (regency_code, event_id);

create table directory_revision (
    revision bigint not null
);
insert into directory_revision values (0);

-- Every process that serves listens; one that missed the word finds the revision changed when it looks by itself.
create function tell_directory() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    update public.directory_revision set revision = revision + 1;
    perform pg_notify('district_directory', '');
    return null;
end $$;
create trigger tell_directory after insert or update or delete on district_system
    for each row execute function tell_directory();

create function district_status(d district_system, drained_at timestamptz, now timestamptz) returns text language sql stable as $$
    select case
        when d.suspended_at is not null then 'SUSPENDED'
        when d.failing_since + d.offline_after <= now then 'OFFLINE'
        when d.degraded_since is not null then 'DEGRADED'
        when 'CHANGES' = any (d.capabilities) and coalesce(drained_at, d.joined_at) + d.freshness_target <= now then 'STALE'
        else 'ONLINE'
    end
$$;

create function district_status_since(d district_system, drained_at timestamptz, now timestamptz) returns timestamptz
language sql stable as $$
    select case district_status(d, drained_at, now)
        when 'SUSPENDED' then d.suspended_at
        when 'OFFLINE' then d.failing_since + d.offline_after
        when 'DEGRADED' then d.degraded_since
        when 'STALE' then coalesce(drained_at, d.joined_at) + d.freshness_target
        else d.well_since
    end
$$;

-- A feed that was stale and is read to its end again ends that status, whoever read it.
create function freshen_district() returns trigger language plpgsql as $$
begin
    update district_system d set well_since = new.drained_at
    where d.source_code = new.source_code and coalesce(old.drained_at, d.joined_at) + d.freshness_target <= new.drained_at;
    return null;
end $$;
create trigger freshen_district after update of drained_at on source
    for each row when (new.kind = 'DISTRICT' and new.drained_at is distinct from old.drained_at) execute function freshen_district();

-- A district sees its own entry (0004); the ministry, whose region begins at the empty code, sees all and changes them.
create policy changed_by_the_ministry on district_system to hub_app using (current_setting('hub.region_from') = '');

alter table district_check enable row level security;
create policy own_region on district_check for select to hub_app
    using (regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to'));
create policy changed_by_the_ministry on district_check to hub_app using (current_setting('hub.region_from') = '');

alter table district_event enable row level security;
create policy own_region on district_event for select to hub_app
    using (regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to'));
create policy written_by_the_ministry on district_event for insert to hub_app with check (current_setting('hub.region_from') = '');

create policy districts_by_the_ministry on source for insert to hub_app
    with check (kind = 'DISTRICT' and current_setting('hub.region_from') = '');
create policy districts_changed_by_the_ministry on source for update to hub_app
    using (kind = 'DISTRICT' and current_setting('hub.region_from') = '');

grant insert, update, delete on district_system to hub_app;
grant select, insert, update on district_check to hub_app;
grant select, insert on district_event to hub_app;
grant insert, update (name, cursor) on source to hub_app;
