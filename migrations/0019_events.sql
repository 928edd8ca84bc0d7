-- What happened to matches, case files and referrals, told to those who follow: one log, filled by triggers on their histories, so
-- that no way of writing leads past it. It holds ids, statuses and codes, never personal data, and is bounded by age.

create table hub_event (
    event_id bigint generated always as identity primary key,
    position bigint,
    topic text not null check (topic in ('MATCH', 'CASE', 'REFERRAL')),
    kind text collate "C" not null,
    subject_id bigint not null,
    regency_code text collate "C" not null,
    other_regency_code text collate "C",
    is_sensitive boolean not null default false,
    payload jsonb not null,
    occurred_at timestamptz not null,
    sequenced_at timestamptz,
    check ((position is null) = (sequenced_at is null))
);
comment on table hub_event is 'what happened, for subscriptions and webhooks';
comment on column hub_event.event_id is 'names the event for good; given when it is written, so it says nothing of what was committed first';
comment on column hub_event.position is 'its place in the order in which all are told; given once it is committed, without gaps (see event_head)';
comment on column hub_event.other_regency_code is 'the second regency that a referral concerns';
comment on column hub_event.occurred_at is 'by the clock of whoever made the change; order is position, never a clock';
create unique index hub_event_position on hub_event (position) where position is not null;
create index hub_event_waiting on hub_event (event_id) where position is null;

-- Ids are given before a transaction commits, so a reader that goes by ids would pass over one that commits late. Positions are given
-- to committed events only, by one at a time who holds this row: whoever sees a position sees all before it, and no event appears
-- below it later. Of one match, case file or referral the order is that of its history: a second change waits for the lock that the
-- first one holds until it is committed, so its event has a greater id, and is never seen without the first.
create table event_head (
    is_only boolean primary key default true check (is_only),
    last_position bigint not null default 0,
    removed_through bigint not null default 0,
    check (removed_through <= last_position)
);
insert into event_head default values;
comment on column event_head.removed_through is 'events up to here are too old and gone: whoever wants to go on from before has missed some';

-- A code may be told; free text, which may name somebody, may not.
create function code_or_null(value text) returns text language sql immutable as $$
    select case when value ~ '^[A-Z][A-Z0-9_]{0,63}$' then value end
$$;

create function match_event_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into hub_event (topic, kind, subject_id, regency_code, payload, occurred_at)
    select 'MATCH', 'match.' || lower(a.to_status), a.match_id, a.regency_code,
        jsonb_strip_nulls(jsonb_build_object('version', a.version, 'fromStatus', a.from_status, 'toStatus', a.to_status,
            'reasonCode', code_or_null(a.reason_code))),
        a.moved_at
    from arrived a
    order by a.match_id, a.version;
    return null;
end $$;
create trigger match_event_told after insert on match_event referencing new table as arrived
    for each statement execute function match_event_told();

create function case_event_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into hub_event (topic, kind, subject_id, regency_code, is_sensitive, payload, occurred_at)
    select 'CASE',
        'case.' || case
            when a.outcome = 'REFUSED' then 'change_refused'
            when a.field_group = 'OPENING' then 'opened'
            when a.field_group = 'STATUS' then coalesce(lower(code_or_null(a.to_value)), 'resolution_changed')
            when a.field_group = 'ASSIGNMENT' and a.to_value = 'ACKNOWLEDGED' then 'acknowledged'
            when a.field_group = 'ASSIGNMENT' then 'agency_' || coalesce(lower(code_or_null(a.to_value)), 'changed')
            when a.field_group = 'ESCALATION' then 'escalated'
            when a.field_group = 'NOTE' then 'noted'
            else lower(a.field_group) || '_changed'
        end,
        a.case_file_id, a.regency_code, a.is_sensitive,
        jsonb_strip_nulls(jsonb_build_object('version', a.event_no, 'fieldGroup', a.field_group,
            'fromStatus', case when a.field_group in ('STATUS', 'ASSIGNMENT', 'ESCALATION') then code_or_null(a.from_value) end,
            'toStatus', case when a.field_group in ('STATUS', 'ASSIGNMENT', 'ESCALATION') then code_or_null(a.to_value) end,
            'agencyCode', case when a.field_group = 'ASSIGNMENT' then nullif(a.item, '') else a.agency_code end)),
        a.happened_at
    from arrived a
    order by a.case_file_id, a.event_no;
    return null;
end $$;
create trigger case_event_told after insert on case_event referencing new table as arrived
    for each statement execute function case_event_told();

-- Referrals have their history where their migration has run before; both regencies are told.
create function referral_event_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into hub_event (topic, kind, subject_id, regency_code, other_regency_code, payload, occurred_at)
    select 'REFERRAL', 'referral.' || lower(a.to_status), a.referral_id, a.from_regency_code, nullif(a.to_regency_code, a.from_regency_code),
        jsonb_strip_nulls(jsonb_build_object('version', a.version, 'fromStatus', a.from_status, 'toStatus', a.to_status)),
        a.moved_at
    from arrived a
    order by a.referral_id, a.version;
    return null;
end $$;
do $$ begin
    if to_regclass('referral_event') is not null then
        create trigger referral_event_told after insert on referral_event referencing new table as arrived
            for each statement execute function referral_event_told();
    end if;
end $$;

create function hub_event_waits() returns trigger language plpgsql as $$
begin
    perform pg_notify('hub_event', '');
    return null;
end $$;
create trigger hub_event_waits after insert on hub_event for each statement execute function hub_event_waits();

alter table hub_event enable row level security;
create policy own_region on hub_event for select to hub_app
    using (regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to')
        or other_regency_code >= current_setting('hub.region_from') and other_regency_code < current_setting('hub.region_to'));
grant select on hub_event, event_head to hub_app;
