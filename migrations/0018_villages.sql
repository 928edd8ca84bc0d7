-- Villages: services with known words and what follows from them, households that move from one regency to another and keep their
-- identity, and (below) what villages report of themselves.

-- Services of unknown types cannot be kept any more: the district that sent them finds them in quarantine when it sends them again.
delete from village_service
where type not in ('SPM_LETTER', 'BIRTH_LETTER', 'DEATH_LETTER', 'MOVE_IN_LETTER', 'MOVE_OUT_LETTER', 'BIRTH_CERTIFICATE', 'FAMILY_CARD');
update village_service
set status = case when completed_at is not null then 'COMPLETED' else 'IN_PROGRESS' end
where status not in ('REQUESTED', 'IN_PROGRESS', 'COMPLETED', 'REJECTED', 'CANCELLED');
alter table village_service
    add column person_id bigint,
    add column event_on date,
    add column other_region_code text collate "C",
    add column other_household_id bigint,
    add column other_kk_number text collate "C",
    add constraint village_service_type check (type in
        ('SPM_LETTER', 'BIRTH_LETTER', 'DEATH_LETTER', 'MOVE_IN_LETTER', 'MOVE_OUT_LETTER', 'BIRTH_CERTIFICATE', 'FAMILY_CARD')),
    add constraint village_service_status check (status in ('REQUESTED', 'IN_PROGRESS', 'COMPLETED', 'REJECTED', 'CANCELLED'));
comment on column village_service.person_id is 'who died, or who moves alone; null in a move letter: the whole household moves';
comment on column village_service.event_on is 'day of the birth, death or move';
comment on column village_service.other_region_code is 'of a move: where to, or where from';
comment on column village_service.other_household_id is 'of a move: the household in the other district, by the id that it would have here';
drop index village_service_completed;
create index village_service_completed on village_service (type, village_service_id) where status = 'COMPLETED' and removed_at is null;
create index village_service_household on village_service (household_id) where household_id is not null;

-- Statuses move along these in every system; what a district reports of its own services is kept as it says.
create table village_service_transition (
    from_status text not null,
    to_status text not null,
    primary key (from_status, to_status)
);
insert into village_service_transition values
    ('REQUESTED', 'IN_PROGRESS'), ('REQUESTED', 'REJECTED'), ('REQUESTED', 'CANCELLED'), ('REQUESTED', 'COMPLETED'),
    ('IN_PROGRESS', 'COMPLETED'), ('IN_PROGRESS', 'REJECTED'), ('IN_PROGRESS', 'CANCELLED');

-- A household that one district has given away and another taken up, or that may have moved so. `household_id` is the one that
-- stays; `arrived_household_id` is the id that the new district's record would have made.
create table household_move (
    move_id bigint generated always as identity primary key,
    household_id bigint not null,
    arrived_household_id bigint not null,
    from_regency_code text collate "C" not null,
    to_regency_code text collate "C" not null,
    from_source_code text collate "C" not null,
    from_record_id text collate "C" not null,
    status text not null check (status in ('REVIEW', 'CONFIRMED', 'REJECTED', 'MOVED')),
    cause text not null check (cause in ('LETTERS', 'PERSON', 'ONE_LETTER', 'NO_LETTER', 'NUMBERS_DIFFER', 'AMBIGUOUS', 'BOTH_ISSUED')),
    evidence jsonb not null,
    out_service_id bigint,
    in_service_id bigint,
    moved_on date,
    found_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    reason text,
    moved_at timestamptz,
    check (from_regency_code <> to_regency_code),
    check ((decided_by is null) = (decided_at is null)),
    constraint move_decided_by_somebody check (status not in ('CONFIRMED', 'REJECTED') or decided_by is not null),
    constraint move_done check ((status = 'MOVED') = (moved_at is not null))
);
comment on column household_move.cause is 'why it moved: both letters and equal numbers, or a person''s word; or why a person has to look';
comment on column household_move.evidence is 'counts and equalities that were found; no names or numbers of persons';
create unique index household_move_open on household_move (household_id, arrived_household_id) where status <> 'MOVED';
create index household_move_of on household_move (household_id, move_id);
create index household_move_arrived on household_move (arrived_household_id);
create index household_move_from on household_move (from_regency_code, move_id);
create index household_move_to on household_move (to_regency_code, move_id);

-- A move that was applied stays; its household may later turn out to be another one that had come from elsewhere before.
create function moved_stays() returns trigger language plpgsql as $$
begin
    if old.status in ('MOVED', 'REJECTED')
        and (tg_op = 'DELETE' or to_jsonb(old) - 'household_id' is distinct from to_jsonb(new) - 'household_id') then
        raise exception 'what was decided about a move stays' using errcode = 'integrity_constraint_violation',
            constraint = 'household_move_stays';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger household_move_stays before update or delete on household_move for each row execute function moved_stays();

-- Which row stands for an id that a district's record would make: it was united with that of the household or person that moved.
create table household_alias (
    made_id bigint primary key,
    household_id bigint not null,
    regency_code text collate "C" not null,
    move_id bigint not null references household_move
);
create index household_alias_of on household_alias (household_id);
create table person_alias (
    made_id bigint primary key,
    person_id bigint not null,
    regency_code text collate "C" not null,
    move_id bigint not null references household_move
);
create index person_alias_of on person_alias (person_id);

-- What a completed service brought about: once each.
create table village_service_effect (
    village_service_id bigint primary key references village_service,
    regency_code text collate "C" not null,
    effect text not null check (effect in ('HOUSEHOLD_MOVED', 'NEWBORN_CANDIDATE', 'NEWBORN_KNOWN', 'DEATH_NOTED', 'DEATH_KNOWN')),
    household_id bigint,
    person_id bigint,
    move_id bigint references household_move,
    slots_freed integer not null default 0,
    applied_at timestamptz not null
);

create index household_removed on household (removed_at) where removed_at is not null;

-- A decided link stays, unless its unit was united with another that holds a link of the same roster line.
create or replace function link_deleted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (select from departed d where d.decided_by is not null
               and not exists (select from household_alias a where a.made_id = d.household_id)) then
        raise exception 'a decided link stays' using errcode = 'integrity_constraint_violation', constraint = 'link_decided_stays';
    end if;
    insert into link_event (link_id, version, source_code, source_record_id, household_id, person_id, regency_code, from_status,
        to_status, method, weight, weights_version, actor, reason)
    select link_id, version + 1, source_code, source_record_id, household_id, person_id, regency_code, status, null, method, weight,
        weights_version, 'hub', null
    from departed;
    return null;
end $$;

do $$
declare t text;
begin
    foreach t in array array['household_alias', 'person_alias', 'village_service_effect'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy own_region on %I for select to hub_app'
            ' using (regency_code >= current_setting(''hub.region_from'') and regency_code < current_setting(''hub.region_to''))', t);
        execute format('grant select on %I to hub_app', t);
    end loop;
end $$;

-- Both regencies see that a household moved; the old one not the new district's record of it.
alter table household_move enable row level security;
create policy either_region on household_move for select to hub_app
    using (from_regency_code >= current_setting('hub.region_from') and from_regency_code < current_setting('hub.region_to')
        or to_regency_code >= current_setting('hub.region_from') and to_regency_code < current_setting('hub.region_to'));
grant select on household_move to hub_app;
grant select on village_service_transition to hub_app;

-- Who sees a household sees its case files too, those of the regency that it came from as well; the case files stay with the
-- regency that works them, and sensitive ones are seen there alone. The household itself is held to its own policy here.
create policy history_of_household on case_file for select to hub_app
    using (household_id is not null and not is_sensitive
        and exists (select from household h where h.household_id = case_file.household_id));

-- What villages report of themselves: indicators, and what they planned, got and spent. The newest record of a village is the whole
-- truth of its district.
create table village_profile (
    region_code text collate "C" primary key references region,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    regency_code text collate "C" not null,
    has_doctor boolean,
    has_wifi boolean,
    bandwidth_mbps double precision check (bandwidth_mbps >= 0),
    smart_kampung jsonb not null,
    check (starts_with(region_code, regency_code))
);
comment on column village_profile.smart_kampung is 'which of the seven criteria the village meets; a criterion that is not known is absent';

create table village_budget_line (
    region_code text collate "C" not null references village_profile on delete cascade,
    year smallint not null check (year between 2000 and 2100),
    activity text collate "C" not null check (activity <> ''),
    regency_code text collate "C" not null,
    planned bigint check (planned >= 0),
    released bigint check (released >= 0),
    spent bigint check (spent >= 0),
    primary key (region_code, year, activity)
);
comment on table village_budget_line is 'rupiah by year and activity [e-village budgeting]; null: not known';

-- One series has one source and one method, and figures of different sources are never put together.
create table poverty_series (
    series_id bigint primary key,
    region_code text collate "C" not null references region,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    regency_code text collate "C" not null,
    origin text not null check (origin in ('BPS_SUSENAS', 'DTSEN', 'DISTRICT_COUNT')),
    method text not null check (method <> ''),
    unique (region_code, origin, method),
    check (starts_with(region_code, regency_code))
);
create table poverty_point (
    series_id bigint not null references poverty_series on delete cascade,
    year smallint not null check (year between 1970 and 2100),
    regency_code text collate "C" not null,
    persons bigint check (persons >= 0),
    percent double precision check (percent between 0 and 100),
    primary key (series_id, year)
);
create function series_stays_one() returns trigger language plpgsql as $$
begin
    if (new.region_code, new.origin, new.method) is distinct from (old.region_code, old.origin, old.method) then
        raise exception 'a poverty series keeps its region, source and method' using errcode = 'integrity_constraint_violation',
            constraint = 'poverty_series_is_one';
    end if;
    return new;
end $$;
create trigger poverty_series_is_one before update on poverty_series for each row execute function series_stays_one();

-- Figures of villages and regencies are about no person: everybody who may read regions may read them.
grant select on village_profile, village_budget_line, poverty_series, poverty_point to hub_app;

-- Capabilities of the contract, those of updates and referrals as well.
alter table district_system
    drop constraint if exists district_system_capabilities_check,
    add constraint district_system_capabilities_check check (capabilities <@ array['HOUSEHOLDS', 'PERSONS', 'CASE_FILES',
        'VILLAGE_SERVICES', 'VILLAGE_PROFILES', 'CHANGES', 'MATCH_DELIVERY', 'CASE_UPDATES', 'REFERRALS']);
