-- Who is who: blocking keys by which likely pairs are found, links of roster lines to persons and households with what a person
-- decided about them, their history, and the matches that such a decision put to review.

-- What clerks type for "not known" may be right in structure; hub/matching/linkage/numbers.py says the same, a test compares the two.
create function is_placeholder(number text) returns boolean immutable parallel safe language sql return
    number ~ '^(.)\1*$' or number ~ '^(000000|999999|123456)';

-- A key is a hash of what two records of one person share, such as birth date and village. Two keys that
-- collide bring up a candidate more, which is weighed like any other.
create table person_key (
    key text collate "C" not null,
    person_id bigint not null,
    regency_code text collate "C" not null,
    primary key (key, person_id)
);
create table person_keyed (
    person_id bigint primary key,
    regency_code text collate "C" not null,
    source_revision bigint not null,
    weights_version text not null,
    keys text[] not null
);
comment on table person_keyed is 'which revision of a person the keys were made of; keys: the rows of person_key';

create table roster_key (
    key text collate "C" not null,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    primary key (key, source_code, source_record_id)
);
create table roster_keyed (
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    weights_version text not null,
    keys text[] not null,
    primary key (source_code, source_record_id)
);

create table link (
    link_id bigint generated always as identity primary key,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    programme_code text collate "C" not null references programme,
    household_id bigint not null,
    person_id bigint,
    member_id bigint,
    regency_code text collate "C" not null,
    method text not null check (method in ('NIK', 'KK', 'KK_HISTORY', 'MEMBER_NIK', 'PROBABILISTIC')),
    status text not null check (status in ('LINKED', 'REVIEW', 'REJECTED', 'UNDONE')),
    weight double precision,
    weights_version text,
    evidence jsonb,
    found_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    reason text,
    version integer not null default 1,
    foreign key (source_code, source_record_id) references roster_entry,
    foreign key (household_id, person_id) references person on update cascade,
    unique nulls not distinct (source_code, source_record_id, household_id, person_id),
    check ((decided_by is null) = (decided_at is null)),
    check ((weight is null) = (weights_version is null) and (weight is null) = (evidence is null)),
    constraint link_taken_back_by_somebody check (status in ('LINKED', 'REVIEW') or decided_by is not null)
);
comment on column link.person_id is 'the person of a programme of persons; null: the household is linked';
comment on column link.decided_by is 'whoever decided last; the hub itself never touches a link again that somebody decided';
comment on column link.member_id is 'the member whose record was weighed for a household';
comment on column link.weight is 'sum of the evidence in bits, with the prior; null: linked by number';
create unique index link_one_unit on link (source_code, source_record_id) where status = 'LINKED';
create index link_unit on link (household_id, person_id);
create index link_oldest on link (status, link_id);
create index link_surest on link (status, coalesce(weight, 999) desc, link_id);

-- Every change of a link stays here, whatever statement made it.
create table link_event (
    event_id bigint generated always as identity primary key,
    link_id bigint not null,
    version integer not null,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    household_id bigint not null,
    person_id bigint,
    regency_code text collate "C" not null,
    from_status text,
    to_status text,
    method text not null,
    weight double precision,
    weights_version text,
    actor text not null,
    reason text,
    moved_at timestamptz not null default clock_timestamp()
);
comment on column link_event.to_status is 'null: what found the pair does not find it any more';
create index link_event_link on link_event (link_id, event_id);

create function link_inserted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into link_event (link_id, version, source_code, source_record_id, household_id, person_id, regency_code, from_status,
        to_status, method, weight, weights_version, actor, reason)
    select link_id, version, source_code, source_record_id, household_id, person_id, regency_code, null, status, method, weight,
        weights_version, coalesce(decided_by, 'hub'), reason
    from arrived;
    return null;
end $$;
create function link_updated() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into link_event (link_id, version, source_code, source_record_id, household_id, person_id, regency_code, from_status,
        to_status, method, weight, weights_version, actor, reason)
    select a.link_id, a.version, a.source_code, a.source_record_id, a.household_id, a.person_id, a.regency_code, d.status, a.status,
        a.method, a.weight, a.weights_version, coalesce(a.decided_by, 'hub'), a.reason
    from departed d
    join arrived a using (link_id)
    where d.version <> a.version;
    return null;
end $$;
create function link_deleted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (select from departed where decided_by is not null) then
        raise exception 'a decided link stays' using errcode = 'integrity_constraint_violation', constraint = 'link_decided_stays';
    end if;
    insert into link_event (link_id, version, source_code, source_record_id, household_id, person_id, regency_code, from_status,
        to_status, method, weight, weights_version, actor, reason)
    select link_id, version + 1, source_code, source_record_id, household_id, person_id, regency_code, status, null, method, weight,
        weights_version, 'hub', null
    from departed;
    return null;
end $$;
create trigger link_inserted after insert on link referencing new table as arrived
    for each statement execute function link_inserted();
create trigger link_updated after update on link referencing old table as departed new table as arrived
    for each statement execute function link_updated();
create trigger link_deleted after delete on link referencing old table as departed
    for each statement execute function link_deleted();

-- The version counts what is said of a pair: status, method, weight, decision. A person who moves takes the link along.
create function link_moves() returns trigger language plpgsql as $$
begin
    if (new.status, new.method, new.weight, new.decided_by, new.decided_at, new.reason)
        is distinct from (old.status, old.method, old.weight, old.decided_by, old.decided_at, old.reason)
    then
        new.version := old.version + 1;
    end if;
    return new;
end $$;
create trigger link_moves before update on link for each row execute function link_moves();

create function history_stays() returns trigger language plpgsql as $$
begin
    raise exception '% is only ever added to', tg_table_name
        using errcode = 'integrity_constraint_violation', constraint = 'history_stays';
end $$;
create trigger link_event_stays before update or delete or truncate on link_event
    for each statement execute function history_stays();

-- Where a linking job stands: what is scored stays when it is killed, and the next one goes on.
create table link_job (
    is_only boolean primary key default true check (is_only),
    weights_version text not null,
    searched integer not null,
    begun_at timestamptz not null,
    after_source text collate "C" not null default '',
    after_record text collate "C" not null default '',
    scored bigint not null default 0
);
create table link_pair (
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    programme_code text collate "C" not null,
    household_id bigint not null,
    person_id bigint,
    member_id bigint,
    weight double precision not null,
    status text not null,
    evidence text not null,
    unique nulls not distinct (source_code, source_record_id, household_id, person_id)
);

alter table enrolment drop constraint enrolment_link_method_check;
alter table enrolment add constraint enrolment_link_method_check
    check (link_method in ('NIK', 'KK', 'KK_HISTORY', 'MEMBER_NIK', 'PROBABILISTIC', 'REVIEWED', 'REPORTED'));

-- A match whose ground a decision about a link took away, until a person on duty says what becomes of it.
create table match_review (
    review_id bigint generated always as identity primary key,
    household_id bigint not null,
    match_id bigint not null,
    link_id bigint not null references link,
    regency_code text collate "C" not null,
    cause text not null check (cause in ('LINK_MADE', 'LINK_UNDONE')),
    raised_by text not null,
    raised_at timestamptz not null,
    resolution text check (resolution in ('KEEP', 'GIVE_BACK')),
    resolved_by text,
    resolved_at timestamptz,
    reason text,
    foreign key (household_id, match_id) references match on update cascade,
    check ((resolution is null) = (resolved_by is null) and (resolution is null) = (resolved_at is null))
);
create unique index match_review_open on match_review (match_id) where resolution is null;
create index match_review_queue on match_review (regency_code, review_id) where resolution is null;

-- Who asked whether a person is covered, for what, and what was answered; never who was asked about by name or number.
create table coverage_check (
    check_id bigint generated always as identity primary key,
    client_id text not null,
    purpose text not null,
    basis text not null,
    basis_reference text not null,
    programme_code text collate "C" not null,
    person_id bigint,
    answer text not null check (answer in ('COVERED', 'NOT_COVERED', 'UNKNOWN')),
    asked_at timestamptz not null
);
create trigger coverage_check_stays before update or delete or truncate on coverage_check
    for each statement execute function history_stays();

do $$
declare t text;
begin
    foreach t in array array['person_key', 'link', 'link_event', 'match_review'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy own_region on %I for select to hub_app'
            ' using (regency_code >= current_setting(''hub.region_from'') and regency_code < current_setting(''hub.region_to''))', t);
        execute format('grant select on %I to hub_app', t);
    end loop;
    foreach t in array array['person_keyed', 'roster_key', 'roster_keyed', 'link_job', 'link_pair', 'coverage_check'] loop
        execute format('alter table %I enable row level security', t);
        -- no policy: for jobs, and for use cases that check who asks
    end loop;
end $$;

-- A caller sees the roster lines that are, or may be, those of the caller's own people.
create policy linked_in_own_region on roster_entry for select to hub_app
    using (exists (select from link l where l.source_code = roster_entry.source_code
                   and l.source_record_id = roster_entry.source_record_id));
grant select on roster_entry to hub_app;
