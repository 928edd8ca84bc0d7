-- How entitlements move: pools of slots with a ledger, allocation runs, and matches with their state machine.
-- The database itself keeps three promises, whatever statement comes along: a pool always balances, a match only moves along
-- match_transition, and a unit has at most one active match for a programme.

create table entitlement_pool (
    pool_id bigint generated always as identity primary key,
    programme_code text collate "C" not null references programme,
    region_code text collate "C" references region,
    period text not null,
    source_code text collate "C" not null references source,
    source_revision bigint not null,
    reported_total integer not null check (reported_total >= 0),
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    unique nulls not distinct (programme_code, region_code, period)
);
comment on column entitlement_pool.region_code is 'null: the pool of the nation';

create table entitlement_slot (
    pool_id bigint not null references entitlement_pool,
    slot_no integer not null check (slot_no > 0),
    state text not null default 'AVAILABLE' check (state in ('AVAILABLE', 'RESERVED', 'OFFERED', 'ISSUED')),
    household_id bigint,
    match_id bigint,
    regency_code text collate "C",
    primary key (pool_id, slot_no),
    check ((state = 'AVAILABLE') = (match_id is null)),
    check ((match_id is null) = (household_id is null)),
    check ((match_id is null) = (regency_code is null))
) with (fillfactor = 80);
create index entitlement_slot_available on entitlement_slot (pool_id, slot_no) where state = 'AVAILABLE';
create unique index entitlement_slot_match on entitlement_slot (match_id) where match_id is not null;

create table pool_balance (
    pool_id bigint not null references entitlement_pool,
    shard smallint not null,
    total integer not null,
    available integer not null check (available >= 0),
    reserved integer not null check (reserved >= 0),
    offered integer not null check (offered >= 0),
    issued integer not null check (issued >= 0),
    primary key (pool_id, shard),
    check (total = available + reserved + offered + issued)
) with (fillfactor = 20);
comment on table pool_balance is 'counts of slots, in 16 shards by slot_no so that claimers do not wait for one row';

create table slot_ledger (
    entry_id bigint generated always as identity primary key,
    pool_id bigint not null,
    slot_no integer,
    from_state text,
    to_state text,
    quantity integer not null check (quantity > 0),
    match_id bigint,
    moved_at timestamptz not null default clock_timestamp(),
    check (from_state is not null or to_state is not null)
);
comment on table slot_ledger is 'every move of every slot; from_state null: slots added, to_state null: slots taken away, in sum';
create index slot_ledger_pool on slot_ledger (pool_id, entry_id);

create table allocation_run (
    run_id bigint generated always as identity primary key,
    programme_code text collate "C" not null references programme,
    rule_version integer not null,
    period text not null,
    seed bigint not null,
    status text not null check (status in ('DRAFT', 'SIMULATED', 'APPROVED', 'EXECUTING', 'EXECUTED', 'ROLLED_BACK')),
    input_digest text,
    candidates integer,
    placed integer,
    executed_rank integer not null default 0,
    created_by text not null,
    created_at timestamptz not null,
    simulated_at timestamptz,
    approved_by text,
    approved_at timestamptz,
    executed_at timestamptz,
    foreign key (programme_code, rule_version) references programme_rule,
    constraint run_approved_by_somebody_else check (approved_by <> created_by),
    constraint run_approved_before_execution check (status not in ('APPROVED', 'EXECUTING', 'EXECUTED') or approved_by is not null)
);

create table allocation_candidate (
    run_id bigint not null references allocation_run on delete cascade,
    rank integer not null check (rank > 0),
    household_id bigint not null,
    person_id bigint,
    regency_code text collate "C" not null,
    pool_id bigint references entitlement_pool,
    decile smallint not null,
    vulnerability smallint not null,
    primary key (run_id, rank)
);
comment on column allocation_candidate.pool_id is 'where the unit was placed; null: waiting, the next in rank when a slot comes back';
create index allocation_candidate_unit on allocation_candidate (run_id, household_id, person_id);

create table match_transition (
    from_status text not null,
    to_status text not null,
    primary key (from_status, to_status)
);
insert into match_transition values
    ('PROPOSED', 'RESERVED'), ('PROPOSED', 'RELEASED'), ('PROPOSED', 'SUPERSEDED'),
    ('RESERVED', 'OFFERED'), ('RESERVED', 'RELEASED'), ('RESERVED', 'SUPERSEDED'),
    ('OFFERED', 'ACCEPTED'), ('OFFERED', 'DECLINED'), ('OFFERED', 'EXPIRED'), ('OFFERED', 'RELEASED'), ('OFFERED', 'SUPERSEDED'),
    ('ACCEPTED', 'ISSUED'), ('ACCEPTED', 'REJECTED'), ('ACCEPTED', 'RELEASED'), ('ACCEPTED', 'SUPERSEDED'),
    ('ISSUED', 'REVOKED');

create sequence match_id_seq;

create table match (
    household_id bigint not null references household,
    match_id bigint not null default nextval('match_id_seq'),
    person_id bigint,
    regency_code text collate "C" not null,
    programme_code text collate "C" not null references programme,
    rule_version integer not null,
    run_id bigint references allocation_run,
    rank integer,
    status text not null check (status in
        ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED', 'DECLINED', 'EXPIRED', 'REJECTED', 'RELEASED', 'SUPERSEDED', 'REVOKED')),
    version integer not null default 1,
    pool_id bigint,
    slot_no integer,
    expires_at timestamptz,
    delivered_status text,
    reason_code text,
    national_reference text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (household_id, match_id),
    foreign key (household_id, person_id) references person on update cascade,
    foreign key (programme_code, rule_version) references programme_rule,
    foreign key (pool_id, slot_no) references entitlement_slot,
    constraint match_holds_a_slot check ((status in ('RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')) = (slot_no is not null)),
    check ((pool_id is null) = (slot_no is null))
);
create unique index match_one_active on match (household_id, programme_code, person_id) nulls not distinct
    where status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED');
create unique index match_of_candidate on match (run_id, rank, household_id) where run_id is not null;
create index match_by_id on match (match_id);
create index match_person on match (person_id, programme_code) where person_id is not null;
create index match_work on match (programme_code, status, match_id) where status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED');
create index match_undelivered on match (regency_code, match_id) where delivered_status is distinct from status;
create index match_regency on match (regency_code, match_id);

create table match_event (
    household_id bigint not null,
    match_id bigint not null,
    version integer not null,
    from_status text,
    to_status text not null,
    key text not null,
    actor text not null,
    reason_code text,
    regency_code text collate "C" not null,
    moved_at timestamptz not null,
    primary key (household_id, match_id, version),
    unique (household_id, match_id, key),
    foreign key (household_id, match_id) references match on update cascade
);

create function match_moves() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.status <> 'PROPOSED' or new.version <> 1 then
            raise exception 'a match begins as PROPOSED with version 1, not as % with version %', new.status, new.version
                using errcode = 'integrity_constraint_violation', constraint = 'match_transition';
        end if;
        return new;
    end if;
    if new.status is distinct from old.status then
        if not exists (select from match_transition t where t.from_status = old.status and t.to_status = new.status) then
            raise exception 'match % cannot move from % to %', old.match_id, old.status, new.status
                using errcode = 'integrity_constraint_violation', constraint = 'match_transition';
        end if;
        new.version := old.version + 1;
    elsif new.version <> old.version then
        raise exception 'the version of match % moves only with its status', old.match_id
            using errcode = 'integrity_constraint_violation', constraint = 'match_transition';
    end if;
    return new;
end $$;
create trigger match_moves before insert or update on match for each row execute function match_moves();

-- One statement moves any number of slots; the counts and the ledger follow it in sets. Shards are locked in order, so two
-- statements cannot wait for each other.
create function slot_moved(moves slot_ledger[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into pool_balance (pool_id, shard, total, available, reserved, offered, issued)
        select distinct m.pool_id, m.slot_no % 16, 0, 0, 0, 0, 0 from unnest(moves) m order by 1, 2
        on conflict do nothing;
    perform from pool_balance b
        where (b.pool_id, b.shard) in (select m.pool_id, m.slot_no % 16 from unnest(moves) m)
        order by b.pool_id, b.shard for update;
    update pool_balance b
        set total = b.total + d.total, available = b.available + d.available, reserved = b.reserved + d.reserved,
            offered = b.offered + d.offered, issued = b.issued + d.issued
        from (
            select m.pool_id, m.slot_no % 16 as shard,
                count(m.to_state) - count(m.from_state) as total,
                count(*) filter (where m.to_state = 'AVAILABLE') - count(*) filter (where m.from_state = 'AVAILABLE') as available,
                count(*) filter (where m.to_state = 'RESERVED') - count(*) filter (where m.from_state = 'RESERVED') as reserved,
                count(*) filter (where m.to_state = 'OFFERED') - count(*) filter (where m.from_state = 'OFFERED') as offered,
                count(*) filter (where m.to_state = 'ISSUED') - count(*) filter (where m.from_state = 'ISSUED') as issued
            from unnest(moves) m group by 1, 2
        ) d
        where b.pool_id = d.pool_id and b.shard = d.shard;
    insert into slot_ledger (pool_id, slot_no, from_state, to_state, quantity, match_id)
        select m.pool_id, m.slot_no, m.from_state, m.to_state, 1, m.match_id from unnest(moves) m
        where m.from_state is not null and m.to_state is not null
        union all
        select m.pool_id, null, m.from_state, m.to_state, count(*), null from unnest(moves) m
        where m.from_state is null or m.to_state is null group by 1, 3, 4;
end $$;

create function slot_inserted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform slot_moved(array(select row(null, pool_id, slot_no, null, state, 1, match_id, null)::slot_ledger from arrived));
    return null;
end $$;
create function slot_updated() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (
        select from (select pool_id, slot_no from departed except select pool_id, slot_no from arrived) moved
    ) then
        raise exception 'a slot keeps its pool and number' using errcode = 'integrity_constraint_violation';
    end if;
    if exists (select from departed d join arrived a using (pool_id, slot_no)
               where d.match_id is distinct from a.match_id and d.state <> 'AVAILABLE' and a.state <> 'AVAILABLE') then
        raise exception 'a slot passes from match to match only through AVAILABLE' using errcode = 'integrity_constraint_violation';
    end if;
    perform slot_moved(array(
        select row(null, a.pool_id, a.slot_no, d.state, a.state, 1, coalesce(a.match_id, d.match_id), null)::slot_ledger
        from departed d join arrived a using (pool_id, slot_no) where d.state <> a.state));
    return null;
end $$;
create function slot_deleted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform slot_moved(array(select row(null, pool_id, slot_no, state, null, 1, match_id, null)::slot_ledger from departed));
    return null;
end $$;
create trigger slot_inserted after insert on entitlement_slot referencing new table as arrived
    for each statement execute function slot_inserted();
create trigger slot_updated after update on entitlement_slot referencing old table as departed new table as arrived
    for each statement execute function slot_updated();
create trigger slot_deleted after delete on entitlement_slot referencing old table as departed
    for each statement execute function slot_deleted();

alter table entitlement_slot add foreign key (household_id, match_id) references match on update cascade;
create index entitlement_slot_household on entitlement_slot (household_id, match_id) where match_id is not null;

-- A match and its slot agree when the transaction ends.
create function match_agrees_with_slot(which bigint) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    m match;
    s entitlement_slot;
begin
    select * into m from match where match_id = which;
    select * into s from entitlement_slot where match_id = which;
    if (m.pool_id, m.slot_no) is distinct from (s.pool_id, s.slot_no)
        or s.state is distinct from (case m.status
            when 'RESERVED' then 'RESERVED' when 'OFFERED' then 'OFFERED' when 'ACCEPTED' then 'OFFERED' when 'ISSUED' then 'ISSUED' end)
    then
        raise exception 'match % is % but its slot is %', which, m.status, coalesce(s.state, 'none')
            using errcode = 'integrity_constraint_violation', constraint = 'match_agrees_with_slot';
    end if;
end $$;
create function match_changed() returns trigger language plpgsql as $$
begin
    perform match_agrees_with_slot(new.match_id);
    return null;
end $$;
create function slot_changed() returns trigger language plpgsql as $$
begin
    if new.match_id is not null then
        perform match_agrees_with_slot(new.match_id);
    end if;
    if old.match_id is not null and old.match_id is distinct from new.match_id then
        perform match_agrees_with_slot(old.match_id);
    end if;
    return null;
end $$;
create constraint trigger match_agrees after update on match deferrable initially deferred
    for each row execute function match_changed();
create constraint trigger slot_agrees after update on entitlement_slot deferrable initially deferred
    for each row execute function slot_changed();
