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

-- Referrals have their history where their migration has run before. The receiver is told of a referral once it was sent; both are
-- told what becomes of it, and of a sensitive one only who may see it.
create function referral_event_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into hub_event (topic, kind, subject_id, regency_code, other_regency_code, is_sensitive, payload, occurred_at)
    select 'REFERRAL', 'referral.' || lower(a.to_status), a.referral_id, a.from_regency_code,
        case when a.from_status is not null and (a.from_status, a.to_status) <> ('DRAFT', 'CLOSED')
            then nullif(a.to_regency_code, a.from_regency_code) end,
        coalesce(r.is_sensitive, true),
        jsonb_strip_nulls(jsonb_build_object('version', a.version, 'fromStatus', a.from_status, 'toStatus', a.to_status)),
        a.moved_at
    from arrived a
    left join referral r on r.referral_id = a.referral_id
    order by a.referral_id, a.version;
    return null;
end $$;
create function referral_event_hidden() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update hub_event set is_sensitive = new.is_sensitive where topic = 'REFERRAL' and subject_id = new.referral_id;
    return null;
end $$;
do $$ begin
    if to_regclass('referral_event') is not null then
        create trigger referral_event_told after insert on referral_event referencing new table as arrived
            for each statement execute function referral_event_told();
        create index hub_event_referral on hub_event (subject_id) where topic = 'REFERRAL';
        create trigger referral_event_hidden after update of is_sensitive on referral
            for each row when (new.is_sensitive <> old.is_sensitive) execute function referral_event_hidden();
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
-- Where case files are kept from those who lack the scope for sensitive ones, their events are, too.
do $$ begin
    if exists (select from pg_policies where tablename = 'case_file' and permissive = 'RESTRICTIVE') then
        create policy sensitive on hub_event as restrictive to hub_app
            using (not is_sensitive or coalesce(current_setting('hub.sensitive', true), '') = 'on');
    end if;
end $$;
grant select on hub_event, event_head to hub_app;

-- Webhooks: for who cannot hold a socket. Each endpoint has its own place in the order of events, and waits at the event that it did
-- not take; what it never took is kept apart with the reason, as the event itself may be too old one day.
create table webhook_endpoint (
    endpoint_id bigint generated always as identity primary key,
    client_id text not null,
    url text not null check (url ~ '^(https://|http://(localhost|127\.0\.0\.1|\[::1\])[:/])'),
    topics text[] not null check (cardinality(topics) > 0),
    region_from text collate "C" not null,
    region_to text collate "C" not null,
    with_sensitive boolean not null,
    credential text not null check (credential ~ '^(env:SLRT_HUB_TOKEN_[A-Za-z0-9_]+|file:[A-Za-z0-9][A-Za-z0-9._-]*)$'),
    former_credential text,
    former_until timestamptz,
    status text not null default 'ACTIVE' check (status in ('ACTIVE', 'DISABLED')),
    reason text,
    position bigint not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    failing_since timestamptz,
    created_at timestamptz not null,
    check ((former_credential is null) = (former_until is null))
);
comment on column webhook_endpoint.region_from is 'the part of the country that its client might see and asked for when it was registered';
comment on column webhook_endpoint.credential is 'where its secret is, never the secret itself';
comment on column webhook_endpoint.former_credential is 'signs, too, until former_until: the receiver changes its secret meanwhile';
comment on column webhook_endpoint.position is 'events up to here were taken, or given up';
comment on column webhook_endpoint.attempts is 'at the event that comes next';
comment on column webhook_endpoint.reason is 'why the last attempt failed, or why it is disabled';
create index webhook_endpoint_client on webhook_endpoint (client_id, endpoint_id);
create index webhook_endpoint_due on webhook_endpoint (next_attempt_at) where status = 'ACTIVE';

create table webhook_dead_letter (
    endpoint_id bigint not null references webhook_endpoint on delete cascade,
    event_id bigint not null,
    position bigint not null,
    topic text not null,
    kind text not null,
    subject_id bigint not null,
    regency_code text collate "C" not null,
    other_regency_code text collate "C",
    is_sensitive boolean not null,
    payload jsonb not null,
    occurred_at timestamptz not null,
    attempts integer not null,
    reason text not null,
    died_at timestamptz not null,
    asked_again_at timestamptz,
    primary key (endpoint_id, event_id)
);
comment on column webhook_dead_letter.asked_again_at is 'somebody wants it delivered once more; it goes when it was taken';
create index webhook_dead_letter_again on webhook_dead_letter (endpoint_id, event_id) where asked_again_at is not null;

alter table webhook_endpoint enable row level security;
-- Whose region is the whole country, the ministry, sees to all of them.
create policy own_webhooks on webhook_endpoint to hub_app
    using (client_id = current_setting('hub.client_id') or current_setting('hub.region_from') = '');
alter table webhook_dead_letter enable row level security;
create policy own_webhooks on webhook_dead_letter to hub_app
    using (exists (select from webhook_endpoint w where w.endpoint_id = webhook_dead_letter.endpoint_id));
grant select, insert, update on webhook_endpoint to hub_app;
grant select, update (asked_again_at) on webhook_dead_letter to hub_app;
