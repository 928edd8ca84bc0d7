-- name: create_stage_household
-- Staging lives in temporary tables of the session: no WAL, emptied at commit, private to the batch.
create temporary table if not exists stage_household (
    position integer, household_id bigint, source_record_id text collate "C", revision bigint, observed_at timestamptz,
    region_code text collate "C", kk_number text collate "C", previous_kk_numbers text[], address text, decile integer,
    welfare_source text, welfare_period text, assistance text[], is_removed boolean,
    kk_fault text generated always as (kk_error(kk_number)) stored
) on commit delete rows;

-- name: create_stage_person
-- Members of staged households; position is that of their household.
create temporary table if not exists stage_person (
    position integer, household_id bigint, person_id bigint, source_record_id text collate "C", revision bigint,
    observed_at timestamptz, nik text collate "C", name text, sex text, birth_date date, birth_place text, is_head boolean,
    vital_status text, is_pregnant boolean, pregnancy_due_on date, school_level text, is_enrolled_in_school boolean,
    disability text, has_chronic_illness boolean, occupation_class text, assistance text[],
    nik_fault text generated always as (nik_error(nik)) stored
) on commit delete rows;

-- name: create_stage_case_file
-- Case files of a batch.
create temporary table if not exists stage_case_file (
    position integer, case_file_id bigint, household_id bigint, source_record_id text collate "C", revision bigint,
    observed_at timestamptz, region_code text collate "C", number text, type text, category text, channel text,
    status text, summary text, received_at timestamptz, closed_at timestamptz, hub_case_file_id bigint, person_id bigint,
    is_sensitive boolean, resolution_class text, resolution text, description_version integer, subject_version integer,
    status_version integer, assignments text, assignments_fault text, is_removed boolean,
    assignments_read jsonb generated always as (assignments::jsonb) stored
) on commit delete rows;

-- name: create_stage_case_assignment
-- Assignments of the case files of a batch that are taken over.
create temporary table if not exists stage_case_assignment (
    case_file_id bigint, agency_code text collate "C", role text, status text, version integer, assigned_at timestamptz,
    acknowledged_at timestamptz, ended_at timestamptz, result text, regency_code text collate "C", is_sensitive boolean,
    revision bigint
) on commit delete rows;

-- name: create_stage_village_service
-- Village services of a batch.
create temporary table if not exists stage_village_service (
    position integer, village_service_id bigint, household_id bigint, source_record_id text collate "C", revision bigint,
    observed_at timestamptz, region_code text collate "C", type text, status text, person_id bigint, event_on date,
    other_region_code text collate "C", other_household_id bigint, other_kk_number text collate "C", requested_at timestamptz,
    completed_at timestamptz, is_removed boolean
) on commit delete rows;

-- name: create_stage_roster
-- Roster lines of a batch.
create temporary table if not exists stage_roster (
    position integer, source_record_id text collate "C", revision bigint, observed_at timestamptz,
    programme_code text collate "C", status text, nik text collate "C", kk_number text collate "C", name text, birth_date date, sex text,
    region_code text collate "C", segment text, components text, amount bigint check (amount >= 0),
    components_read jsonb generated always as (components::jsonb) stored
) on commit delete rows;

-- name: create_stage_elsewhere
-- Staged persons whom the registry has in another household.
create temporary table if not exists stage_elsewhere (person_id bigint, is_newer boolean, is_collision boolean)
    on commit delete rows;

-- name: create_stage_reject
-- What the batch refuses, found by the connector or here; what is found here names the staged row by its position.
create temporary table if not exists stage_reject (
    record_kind text, source_record_id text collate "C", field text, code text, severity text, value text, position integer,
    revision bigint
) on commit delete rows;

-- name: find_household_rejects
-- Refuse households of unknown or foreign regions, and values that cannot be.
insert into stage_reject
select 'HOUSEHOLD', s.source_record_id, wrong.field, wrong.code, wrong.severity, left(wrong.value, 200), s.position, s.revision
from stage_household s
left join region r on r.region_code = s.region_code
left join household h on h.household_id = s.household_id
cross join lateral (values
    ('id', 'ID_MISSING', 'RECORD', s.source_record_id, s.source_record_id = ''),
    ('id', 'ID_COLLISION', 'RECORD', s.source_record_id,
        h.source_record_id <> s.source_record_id or h.source_code <> :source_code),
    ('regionCode', 'REGION_UNKNOWN', 'RECORD', s.region_code, r.region_code is null),
    ('regionCode', 'REGION_FOREIGN', 'RECORD', s.region_code, not starts_with(r.region_code, :regency_code)),
    ('decile', 'DECILE_OUT_OF_RANGE', 'FIELD', s.decile::text, s.decile not between 1 and 10),
    ('kkNumber', s.kk_fault, 'FIELD', s.kk_number, s.kk_fault is not null)
) wrong(field, code, severity, value, is_wrong)
where wrong.is_wrong
    and (s.source_record_id = '' or h.source_record_id <> s.source_record_id or h.source_code <> :source_code
        or r.region_code is null or not starts_with(r.region_code, :regency_code) or s.decile not between 1 and 10
        or s.kk_fault is not null)
    and (h.source_revision is null or h.source_revision <= s.revision or h.source_record_id <> s.source_record_id
        or h.source_code <> :source_code);

-- name: find_person_rejects
-- Refuse the NIK that cannot be one; the person goes in without it.
insert into stage_reject
select 'PERSON', s.source_record_id, 'nik', s.nik_fault, 'FIELD', left(s.nik, 200), s.position, s.revision
from stage_person s
join stage_household h on h.position = s.position
where s.nik_fault is not null;

-- name: find_case_file_rejects
-- Refuse case files of unknown or foreign regions, or with unknown words.
insert into stage_reject
select 'CASE_FILE', s.source_record_id, wrong.field, wrong.code, 'RECORD', left(wrong.value, 200), s.position, s.revision
from stage_case_file s
left join region r on r.region_code = s.region_code
cross join lateral (values
    ('regionCode', 'REGION_UNKNOWN', s.region_code, r.region_code is null),
    ('regionCode', 'REGION_FOREIGN', s.region_code, not starts_with(r.region_code, :regency_code)),
    ('type', 'VALUE_UNKNOWN', s.type, s.type <> all (:types::text[])),
    ('category', 'VALUE_UNKNOWN', s.category, s.category <> all (:categories::text[])),
    ('status', 'VALUE_UNKNOWN', s.status, s.status <> all (:statuses::text[])),
    ('resolutionClass', 'VALUE_UNKNOWN', s.resolution_class, s.resolution_class <> all (:classes::text[])),
    ('assignments', s.assignments_fault, '', s.assignments_fault is not null)
) wrong(field, code, value, is_wrong)
where wrong.is_wrong;

-- name: find_village_service_rejects
-- Refuse village services of unknown or foreign regions, or with unknown words; an impossible family card or unknown region of the
-- other side of a move stays out of its letter.
insert into stage_reject
select 'VILLAGE_SERVICE', s.source_record_id, wrong.field, wrong.code, wrong.severity, left(wrong.value, 200), s.position, s.revision
from stage_village_service s
left join region r on r.region_code = s.region_code
left join region o on o.region_code = s.other_region_code
cross join lateral (values
    ('regionCode', 'REGION_UNKNOWN', 'RECORD', s.region_code, r.region_code is null),
    ('regionCode', 'REGION_FOREIGN', 'RECORD', s.region_code, not starts_with(r.region_code, :regency_code)),
    ('type', 'VALUE_UNKNOWN', 'RECORD', s.type, s.type <> all (:types::text[])),
    ('status', 'VALUE_UNKNOWN', 'RECORD', s.status, s.status <> all (:statuses::text[])),
    ('otherRegionCode', 'REGION_UNKNOWN', 'FIELD', s.other_region_code, s.other_region_code is not null and o.region_code is null),
    ('otherKkNumber', kk_error(s.other_kk_number), 'FIELD', s.other_kk_number, kk_error(s.other_kk_number) is not null)
) wrong(field, code, severity, value, is_wrong)
where wrong.is_wrong;

-- name: find_roster_rejects
-- Refuse lines of unknown programmes; an impossible NIK, KK or region stays out of its line.
insert into stage_reject
select 'ROSTER', s.source_record_id, wrong.field, wrong.code, wrong.severity, left(wrong.value, 200), s.position, s.revision
from stage_roster s
left join programme p on p.programme_code = s.programme_code
left join region r on r.region_code = s.region_code
cross join lateral (values
    ('programme', 'PROGRAMME_UNKNOWN', 'RECORD', s.programme_code, p.programme_code is null),
    ('region', 'REGION_UNKNOWN', 'FIELD', s.region_code, s.region_code is not null and r.region_code is null),
    ('nik', nik_error(s.nik), 'FIELD', s.nik, nik_error(s.nik) is not null),
    ('kk_number', kk_error(s.kk_number), 'FIELD', s.kk_number, kk_error(s.kk_number) is not null)
) wrong(field, code, severity, value, is_wrong)
where wrong.is_wrong;

-- name: keep_newest_households
-- Drop from the stage what is refused, repeated within the batch, or not newer than what is here. A refused revision does not
-- take another one with it that is in order.
with ranked as (
    select s.position, r.position is not null as is_refused,
        row_number() over (partition by s.household_id, r.position is not null order by s.revision desc, s.position desc) as newest
    from stage_household s
    left join (
        select distinct position from stage_reject where record_kind = 'HOUSEHOLD' and severity = 'RECORD' and position is not null
    ) r on r.position = s.position
)
delete from stage_household s
using ranked
where ranked.position = s.position
    and (ranked.newest > 1 or ranked.is_refused
        or exists (select from household h where h.household_id = s.household_id and h.source_revision >= s.revision));

-- name: count_kept_households
-- How many are left, and how many of them the registry knows already.
select count(*) as kept, count(h.household_id) as known
from stage_household s
left join household h on h.household_id = s.household_id;

-- name: drop_repeated_persons
-- A person whom several kept households name, or one names twice, belongs to the newest.
with repeated as (
    select s.person_id
    from stage_person s
    join stage_household h on h.position = s.position
    group by s.person_id
    having count(*) > 1
),
ranked as (
    select s.ctid as place, row_number() over (partition by s.person_id order by s.revision desc, s.position desc) as newest
    from stage_person s
    join stage_household h on h.position = s.position
    join repeated r on r.person_id = s.person_id
)
delete from stage_person s using ranked where s.ctid = ranked.place and ranked.newest > 1;

-- name: find_persons_elsewhere
-- Staged persons whom the registry has in another household, and those whose id another person has; returns how many.
with found as (
    insert into stage_elsewhere (person_id, is_newer, is_collision)
    select s.person_id, bool_or(s.revision > p.source_revision),
        bool_or(p.source_record_id <> s.source_record_id or p.source_code <> :source_code)
    from stage_person s
    join stage_household h on h.position = s.position
    join person p on p.person_id = s.person_id
        and (p.household_id <> s.household_id or p.source_record_id <> s.source_record_id or p.source_code <> :source_code)
    group by s.person_id
    returning 1
)
select count(*) from found;

-- name: find_person_collisions
-- Refuse a person whose id another person has, or who moved to another district, with the household or alone.
insert into stage_reject
select 'PERSON', s.source_record_id, 'id',
    case when exists (select from person p join household_move m on m.status = 'MOVED'
                          and (m.person_id is null and m.household_id = p.household_id or m.person_id = p.person_id)
                      where p.person_id = s.person_id and m.from_source_code = :source_code)
        then 'HOUSEHOLD_MOVED' else 'ID_COLLISION' end,
    'RECORD', s.source_record_id
from stage_person s
join stage_elsewhere e on e.person_id = s.person_id and e.is_collision;

-- name: list_staged_rejects
-- What the batch refuses, for the answer to who sent it.
select record_kind, source_record_id, field, code, severity, value from stage_reject
order by record_kind, source_record_id, field, code limit 1000;

-- name: sample_less
-- A few thousand rows tell the planner enough about a stage.
select set_config('default_statistics_target', '10', true);

-- name: analyze_stage_household
-- Temporary tables are not analysed by themselves.
analyze stage_household;

-- name: analyze_stage_person
-- Temporary tables are not analysed by themselves.
analyze stage_person;

-- name: analyze_stage_roster
-- Temporary tables are not analysed by themselves.
analyze stage_roster;

-- name: drop_overtaken_rejects
-- What is wrong with a revision does not matter when the same batch brought a newer one that is in order.
delete from stage_reject x
using (
    select 'HOUSEHOLD' as record_kind, source_record_id, revision, position from stage_household
    union all
    select 'CASE_FILE', source_record_id, revision, position from stage_case_file
    union all
    select 'VILLAGE_SERVICE', source_record_id, revision, position from stage_village_service
    union all
    select 'ROSTER', source_record_id, revision, position from stage_roster
) s
where exists (select from stage_reject) and s.record_kind = x.record_kind and s.source_record_id = x.source_record_id
    and s.revision > x.revision
    and not exists (select from stage_reject n where n.record_kind = s.record_kind and n.position = s.position
                    and n.severity = 'RECORD');

-- name: count_staged_rejects
-- How many records stay out, and how many findings there are.
select count(distinct (record_kind, source_record_id)) filter (where severity = 'RECORD') as records, count(*) as findings
from stage_reject;
