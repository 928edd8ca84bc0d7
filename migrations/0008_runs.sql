-- Allocation runs of several programmes under a policy, rolled back where need be; what they do to the regencies; findings of
-- unused entitlements; and the same promises as before kept in sets, which makes a batch of moves many times as fast.

alter table allocation_run
    add column programme_codes text[] not null default '{}',
    add column rule_versions integer[] not null default '{}',
    add column groups integer[] not null default '{1}',
    add column one_per_unit boolean not null default false,
    add column policy text not null default 'STRICT_PRIORITY' check (policy in ('STRICT_PRIORITY', 'REGIONAL_FLOORS')),
    add column rolled_back_by text,
    add column rolled_back_at timestamptz,
    add constraint run_rolled_back_by_somebody check ((status = 'ROLLED_BACK') = (rolled_back_by is not null));
update allocation_run set programme_codes = array[programme_code], rule_versions = array[rule_version];
alter table allocation_run
    drop column programme_code,
    drop column rule_version,
    alter column programme_codes drop default,
    alter column rule_versions drop default,
    alter column groups drop default,
    alter column one_per_unit drop default,
    alter column policy drop default,
    add check (cardinality(programme_codes) between 1 and 6 and cardinality(rule_versions) = cardinality(programme_codes));
comment on column allocation_run.programme_codes is 'the preferred ones first; bit n of a mask stands for number n of these, from 0';
comment on column allocation_run.groups is 'masks of programmes of which a unit gets at most one; each programme is in one group';

alter table allocation_candidate
    add column mask integer not null default 1,
    add column waiting_since date,
    add column by_priority boolean not null default false,
    add column by_floors boolean not null default false;
update allocation_candidate set by_priority = pool_id is not null;
alter table allocation_candidate
    alter column mask drop default,
    alter column by_priority drop default,
    alter column by_floors drop default;
comment on table allocation_candidate is 'one row for each unit and group of programmes that it may get something of';
comment on column allocation_candidate.by_priority is 'whether strict priority serves it when the run is simulated; by_floors likewise';
create index allocation_candidate_waiting on allocation_candidate (run_id, rank) where pool_id is null;
create index allocation_candidate_moved on allocation_candidate (run_id, rank) where by_priority <> by_floors;
create index allocation_candidate_household on allocation_candidate (household_id);

create table allocation_share (
    run_id bigint not null references allocation_run on delete cascade,
    regency_code text collate "C" not null references region,
    held integer not null,
    candidates integer not null,
    by_priority integer not null,
    by_floors integer not null,
    primary key (run_id, regency_code)
);
comment on table allocation_share is 'units of a regency when the run was simulated: who drew already, who did not, and who of these is served under each policy';
alter table allocation_share enable row level security;
create policy own_region on allocation_share for select to hub_app
    using (regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to'));
grant select on allocation_share to hub_app;

-- A match and its slot agree at the end of every statement, checked for all rows of the statement at once. Before, each row was
-- checked alone at the end of the transaction, by a plan that read the whole table when it was made while the table was small.
drop trigger match_agrees on match;
drop trigger slot_agrees on entitlement_slot;
drop function match_changed();
drop function slot_changed();
drop function match_agrees_with_slot(bigint);

create function slot_state_of(status text) returns text immutable parallel safe language sql return
    case status when 'RESERVED' then 'RESERVED' when 'OFFERED' then 'OFFERED' when 'ACCEPTED' then 'OFFERED' when 'ISSUED' then 'ISSUED' end;

-- Whatever the statistics say, these joins go from the few rows of the statement to the large tables by their indexes.
create function matches_agree_with_slots(which bigint[]) returns void language plpgsql security definer
    set search_path = public, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    wrong record;
begin
    select m.match_id, m.status, s.state into wrong
        from unnest(which) w(match_id)
        join match m on m.match_id = w.match_id
        left join entitlement_slot s on s.match_id = w.match_id
        where (m.pool_id, m.slot_no) is distinct from (s.pool_id, s.slot_no) or s.state is distinct from slot_state_of(m.status)
        limit 1;
    if found then
        raise exception 'match % is % but its slot is %', wrong.match_id, wrong.status, coalesce(wrong.state, 'none')
            using errcode = 'integrity_constraint_violation', constraint = 'match_agrees_with_slot';
    end if;
end $$;

create function match_updated() returns trigger language plpgsql as $$
begin
    perform matches_agree_with_slots(array(select match_id from arrived));
    return null;
end $$;
create trigger match_updated after update on match referencing new table as arrived
    for each statement execute function match_updated();

-- Before and after of each slot are paired by grouping, which costs the same by whatever plan.
create or replace function slot_updated() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    moved record;
begin
    select bool_or(before is null or after is null) as is_renumbered,
        bool_or(old_match is distinct from new_match and before <> 'AVAILABLE' and after <> 'AVAILABLE') as is_passed_on,
        array_agg(row(null, pool_id, slot_no, before, after, 1, coalesce(new_match, old_match), null)::slot_ledger)
            filter (where before <> after) as steps,
        array_agg(old_match) filter (where old_match is not null and old_match is distinct from new_match)
            || array_agg(new_match) filter (where new_match is not null) as matches
        into moved
        from (
            select pool_id, slot_no, max(before) as before, max(after) as after, max(old_match) as old_match, max(new_match) as new_match
            from (
                select pool_id, slot_no, state as before, null as after, match_id as old_match, null::bigint as new_match from departed
                union all
                select pool_id, slot_no, null, state, null, match_id from arrived
            ) sides
            group by pool_id, slot_no
        ) slots;
    if moved.is_renumbered then
        raise exception 'a slot keeps its pool and number' using errcode = 'integrity_constraint_violation';
    end if;
    if moved.is_passed_on then
        raise exception 'a slot passes from match to match only through AVAILABLE' using errcode = 'integrity_constraint_violation';
    end if;
    if moved.steps is not null then
        perform slot_moved(moved.steps);
    end if;
    perform matches_agree_with_slots(moved.matches);
    return null;
end $$;

-- What a district has not heard of yet, as a column: its statistics say how rare that is, so its index is chosen. A match that was
-- released before the district heard of it is no news.
drop index match_undelivered;
alter table match add column is_news boolean not null generated always as (
    delivered_status is distinct from status and status not in ('PROPOSED', 'RESERVED', 'SUPERSEDED')
    and (status <> 'RELEASED' or delivered_status is not null)
) stored;
create index match_news on match (regency_code, match_id) where is_news;
create index match_run on match (run_id, status, match_id) where run_id is not null;

-- What lies unused or is about to change, found in sets; a person confirms or dismisses each. Nothing follows from a finding by itself.
create table finding (
    finding_id bigint generated always as identity primary key,
    kind text not null check (kind in
        ('HOLDER_DECEASED', 'HOLDER_DUPLICATE', 'HOLDER_ABOVE_CUT_OFF', 'HOLDER_UNLISTED', 'DEATH_REPORTED', 'MOVE_REPORTED', 'NEWBORN',
         'PRELIST_CANDIDATE')),
    programme_code text collate "C" references programme,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    household_id bigint,
    person_id bigint,
    regency_code text collate "C",
    value bigint check (value >= 0),
    evidence jsonb not null,
    status text not null check (status in ('OPEN', 'CONFIRMED', 'DISMISSED', 'RECOVERED')),
    found_at timestamptz not null,
    seen_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    reason_code text,
    unique nulls not distinct (kind, programme_code, source_code, source_record_id),
    check (status not in ('CONFIRMED', 'DISMISSED') or decided_by is not null and decided_at is not null)
);
comment on column finding.source_record_id is 'the roster line, village service or case file that it is about';
comment on column finding.value is 'rupiah a year that the roster line draws, where the roster says so';
comment on column finding.evidence is 'records of the systems that it follows from, each with what it says and when that was observed';
create index finding_regency on finding (regency_code, finding_id);
create index finding_household on finding (household_id) where household_id is not null;
alter table finding enable row level security;
create policy own_region on finding to hub_app
    using (coalesce(regency_code, '') >= current_setting('hub.region_from') and coalesce(regency_code, '') < current_setting('hub.region_to'));
grant select, update (status, decided_by, decided_at, reason_code) on finding to hub_app;

create index person_deceased on person (household_id, person_id) where vital_status = 'DECEASED';
create index village_service_completed on village_service (type, village_service_id) where completed_at is not null and removed_at is null;
