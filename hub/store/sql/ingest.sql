-- name: merge_households
-- The newer record replaces the older one.
insert into household (household_id, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
    region_code, kk_number, kk_status, address, decile, welfare_source, welfare_period, removed_at)
select s.household_id, :source_code, s.source_record_id, s.revision, s.observed_at, :fetched_at, :regency_code,
    s.region_code, case when s.kk_fault is null then s.kk_number end,
    case when s.kk_number is null then 'MISSING' when s.kk_fault is null then 'VALID' else 'INVALID' end,
    s.address, case when s.decile between 1 and 10 then s.decile end, s.welfare_source, s.welfare_period,
    case when s.is_removed then :fetched_at::timestamptz end
from stage_household s
order by s.household_id
on conflict (household_id) do update set
    source_revision = excluded.source_revision, observed_at = excluded.observed_at, fetched_at = excluded.fetched_at,
    region_code = excluded.region_code, kk_number = excluded.kk_number, kk_status = excluded.kk_status,
    address = excluded.address, decile = excluded.decile, welfare_source = excluded.welfare_source,
    welfare_period = excluded.welfare_period, removed_at = excluded.removed_at
where household.source_revision < excluded.source_revision;

-- name: keep_replaced_kk
-- The family card that a newer record replaces becomes history; run before the households are merged.
insert into household_kk (household_id, kk_number, regency_code, replaced_at)
select h.household_id, h.kk_number, h.regency_code, s.observed_at
from stage_household s
join household h on h.household_id = s.household_id
where h.kk_number is not null and h.kk_number is distinct from s.kk_number
on conflict do nothing;

-- name: keep_former_kk
-- The family cards before the current one that the records name.
insert into household_kk (household_id, kk_number, regency_code, replaced_at)
select distinct s.household_id, former, :regency_code, s.observed_at
from stage_household s
cross join lateral unnest(s.previous_kk_numbers) former
where s.previous_kk_numbers <> '{}' and former is distinct from s.kk_number and kk_error(former) is null
on conflict do nothing;

-- name: move_persons
-- A person whom a newer record names in another household moves there, with enrolments and matches.
update person p
set household_id = n.household_id
from (
    select s.person_id, s.household_id
    from stage_person s
    join stage_household h on h.position = s.position
    join stage_elsewhere e on e.person_id = s.person_id and e.is_newer and not e.is_collision
) n
where p.person_id = n.person_id and p.household_id <> n.household_id;

-- name: merge_persons
-- Members of the merged households, each in the newest household that names the person.
insert into person (household_id, person_id, source_code, source_record_id, source_revision, observed_at, fetched_at,
    regency_code, nik, nik_status, nik_warnings, name, sex, birth_date, birth_place, is_head, vital_status, is_pregnant,
    pregnancy_due_on, school_level, is_enrolled_in_school, disability, has_chronic_illness, occupation_class, left_at)
select s.household_id, s.person_id, :source_code, s.source_record_id, s.revision, s.observed_at,
    :fetched_at, :regency_code, case when s.nik_fault is null then s.nik end,
    case when s.nik is null then 'MISSING' when s.nik_fault is null then 'VALID' else 'INVALID' end,
    case when s.nik is null or s.nik_fault is not null then array[]::text[] else array_remove(array[
        case when r.region_code is null then 'NIK_REGION_UNKNOWN' end,
        case when date_part('month', s.birth_date) * 100 + date_part('year', s.birth_date)::integer % 100 <> substr(s.nik, 9, 4)::integer
            or date_part('day', s.birth_date) <> substr(s.nik, 7, 2)::integer % 40 then 'NIK_BIRTH_DATE_DIFFERS' end,
        case when (s.sex = 'FEMALE') <> (substr(s.nik, 7, 2) > '40') then 'NIK_SEX_DIFFERS' end
    ], null) end,
    s.name, s.sex, s.birth_date, s.birth_place, s.is_head, s.vital_status, s.is_pregnant, s.pregnancy_due_on,
    s.school_level, s.is_enrolled_in_school, s.disability, s.has_chronic_illness, s.occupation_class,
    case when h.is_removed then :fetched_at::timestamptz end
from stage_person s
join stage_household h on h.position = s.position
left join region r
    on r.region_code = left(s.nik, 2) || '.' || substr(s.nik, 3, 2) || '.' || substr(s.nik, 5, 2)
where not exists (select from stage_elsewhere e where e.person_id = s.person_id and (e.is_collision or not e.is_newer))
order by s.household_id, s.person_id
on conflict (household_id, person_id) do update set
    source_revision = excluded.source_revision, observed_at = excluded.observed_at, fetched_at = excluded.fetched_at,
    nik = excluded.nik, nik_status = excluded.nik_status, nik_warnings = excluded.nik_warnings, name = excluded.name,
    sex = excluded.sex, birth_date = excluded.birth_date, birth_place = excluded.birth_place, is_head = excluded.is_head,
    vital_status = excluded.vital_status, is_pregnant = excluded.is_pregnant, pregnancy_due_on = excluded.pregnancy_due_on,
    school_level = excluded.school_level, is_enrolled_in_school = excluded.is_enrolled_in_school,
    disability = excluded.disability, has_chronic_illness = excluded.has_chronic_illness,
    occupation_class = excluded.occupation_class, left_at = excluded.left_at
where person.source_revision < excluded.source_revision;

-- name: mark_persons_left
-- Whom the newest record of the household no longer names has left it.
update person p
set left_at = :fetched_at
from stage_household s
where p.household_id = s.household_id and p.source_revision < s.revision and p.left_at is null;

-- name: drop_reported_enrolments
-- Assistance that the newest record no longer reports.
delete from enrolment e
using stage_household s
where e.household_id = s.household_id and e.source_code = :source_code and e.link_method = 'REPORTED'
    and e.source_revision < s.revision;

-- name: merge_reported_enrolments
-- Assistance as the district reports it, for programmes that no national roster covers.
insert into enrolment (household_id, person_id, programme_code, source_code, source_record_id, source_revision, observed_at,
    fetched_at, regency_code, status, link_method, components)
select distinct on (a.household_id, a.programme_code, a.source_record_id) a.household_id, a.person_id, a.programme_code,
    :source_code, a.source_record_id, a.revision, a.observed_at, :fetched_at, :regency_code, 'ACTIVE', 'REPORTED', '{}'::jsonb
from (
    select s.household_id, null::bigint as person_id, unnest(s.assistance) as programme_code, s.source_record_id, s.revision,
        s.observed_at, s.is_removed, 'HOUSEHOLD' as unit
    from stage_household s
    where s.assistance <> '{}'
    union all
    select s.household_id, s.person_id, unnest(s.assistance), s.source_record_id, s.revision, s.observed_at, h.is_removed, 'PERSON'
    from stage_person s
    join stage_household h on h.position = s.position
    join person p on p.household_id = s.household_id and p.person_id = s.person_id and p.source_revision = s.revision
    where s.assistance <> '{}'
) a
join programme g on g.programme_code = a.programme_code and g.unit = a.unit and g.roster_source_code is null
where not a.is_removed
order by a.household_id, a.programme_code, a.source_record_id
on conflict (household_id, programme_code, source_code, source_record_id) do update set
    source_revision = excluded.source_revision, observed_at = excluded.observed_at, fetched_at = excluded.fetched_at,
    status = excluded.status;

-- name: adopt_case_files
-- A case file that was opened in the hub for this district keeps its row when it comes as a record of the district.
update stage_case_file s set case_file_id = c.case_file_id
from case_file c
where c.case_file_id = s.hub_case_file_id and c.regency_code = :regency_code
    and (c.source_code = 'HUB' or (c.source_code = :source_code and c.source_record_id = s.source_record_id));

-- name: merge_case_files
-- The newer record replaces the older one; returns how many rows changed. What the record does not speak of stays.
with merged as (
    insert into case_file (case_file_id, household_id, source_code, source_record_id, source_revision, owner_revision, observed_at,
        fetched_at, regency_code, region_code, number, type, category, channel, status, summary, received_at, closed_at, removed_at,
        person_id, is_sensitive, resolution_class, resolution, description_version, subject_version, status_version,
        owner_description_version, owner_subject_version, owner_status_version)
    select distinct on (s.case_file_id) s.case_file_id, s.household_id, :source_code, s.source_record_id, s.revision, s.revision,
        s.observed_at, :fetched_at, :regency_code, s.region_code, s.number, s.type, s.category, s.channel, s.status, s.summary,
        s.received_at, s.closed_at, case when s.is_removed then :fetched_at::timestamptz end, s.person_id,
        coalesce(s.is_sensitive, k.is_sensitive, false), coalesce(s.resolution_class, k.resolution_class, 'REGULAR'),
        s.resolution, v.description, v.subject, v.status, v.description, v.subject, v.status
    from stage_case_file s
    left join case_file k on k.case_file_id = s.case_file_id
    cross join lateral (
        select coalesce(s.description_version, k.owner_description_version, 1) as description,
            coalesce(s.subject_version, k.owner_subject_version, 1) as subject,
            coalesce(s.status_version, k.owner_status_version, 1) as status
    ) v
    where not exists (select from stage_reject x where x.record_kind = 'CASE_FILE' and x.position = s.position)
    order by s.case_file_id, s.revision desc, s.position desc
    on conflict (case_file_id) do update set
        household_id = excluded.household_id, source_code = excluded.source_code, source_record_id = excluded.source_record_id,
        source_revision = excluded.source_revision, owner_revision = excluded.owner_revision, observed_at = excluded.observed_at,
        fetched_at = excluded.fetched_at, region_code = excluded.region_code, number = excluded.number, type = excluded.type,
        category = excluded.category, channel = excluded.channel, status = excluded.status, summary = excluded.summary,
        received_at = excluded.received_at, closed_at = excluded.closed_at, removed_at = excluded.removed_at,
        person_id = excluded.person_id, is_sensitive = excluded.is_sensitive, resolution_class = excluded.resolution_class,
        resolution = excluded.resolution, description_version = excluded.description_version,
        subject_version = excluded.subject_version, status_version = excluded.status_version,
        owner_description_version = excluded.owner_description_version, owner_subject_version = excluded.owner_subject_version,
        owner_status_version = excluded.owner_status_version
    where case_file.owner_revision is null or case_file.owner_revision < excluded.owner_revision
    returning 1
)
select count(*) from merged;

-- name: stage_assignments
-- The assignments of case files that stand at the staged revision.
insert into stage_case_assignment
select distinct on (s.case_file_id, a.agency_code) s.case_file_id, a.agency_code, a.role, a.status, a.version, a.assigned_at,
    a.acknowledged_at, a.ended_at, a.result, c.regency_code, c.is_sensitive, s.revision
from stage_case_file s
join case_file c on c.case_file_id = s.case_file_id and c.owner_revision = s.revision
cross join lateral jsonb_to_recordset(s.assignments_read) a(agency_code text, role text, status text, version integer,
    assigned_at timestamptz, acknowledged_at timestamptz, ended_at timestamptz, result text)
order by s.case_file_id, a.agency_code, s.position desc;

-- name: withdraw_assignments
-- What is open here and the owner does not have was refused there.
update case_assignment a set status = 'WITHDRAWN', ended_at = :fetched_at, owner_revision = c.owner_revision
from stage_case_file s
join case_file c on c.case_file_id = s.case_file_id and c.owner_revision = s.revision
where a.case_file_id = s.case_file_id and s.assignments_read is not null and a.status in ('ASSIGNED', 'ACKNOWLEDGED')
    and not exists (select from stage_case_assignment o where o.case_file_id = a.case_file_id and o.agency_code = a.agency_code
                    and o.assigned_at = a.assigned_at);

-- name: take_assignments_over
-- The owner's state of assignments that are here; the one open lead of a case file comes last, when no other is one any more.
update case_assignment a set role = o.role, status = o.status, version = o.version, acknowledged_at = o.acknowledged_at,
    ended_at = o.ended_at, result = o.result, is_sensitive = o.is_sensitive, owner_revision = o.revision
from stage_case_assignment o
where o.case_file_id = a.case_file_id and o.agency_code = a.agency_code and o.assigned_at = a.assigned_at
    and (o.role = 'LEAD' and o.ended_at is null) = :is_lead
    and (a.role, a.status, a.version, a.acknowledged_at, a.ended_at, a.result, a.is_sensitive)
        is distinct from (o.role, o.status, o.version, o.acknowledged_at, o.ended_at, o.result, o.is_sensitive);

-- name: add_assignments
-- The owner's assignments that are not here yet.
insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, version, regency_code, is_sensitive, assigned_at,
    acknowledged_at, ended_at, result, owner_revision)
select o.case_file_id, n.last_no + row_number() over (partition by o.case_file_id order by o.assigned_at, o.agency_code),
    o.agency_code, o.role, o.status, o.version, o.regency_code, o.is_sensitive, o.assigned_at, o.acknowledged_at, o.ended_at,
    o.result, o.revision
from stage_case_assignment o
cross join lateral (
    select coalesce(max(a.assignment_no), 0) as last_no from case_assignment a where a.case_file_id = o.case_file_id
) n
where not exists (select from case_assignment a where a.case_file_id = o.case_file_id and a.agency_code = o.agency_code
                  and a.assigned_at = o.assigned_at);

-- name: merge_village_services
-- The newer record replaces the older one; returns how many rows changed.
with merged as (
    insert into village_service (village_service_id, household_id, source_code, source_record_id, source_revision, observed_at,
        fetched_at, regency_code, region_code, type, status, person_id, event_on, other_region_code, other_household_id,
        other_kk_number, requested_at, completed_at, removed_at)
    select distinct on (s.village_service_id) s.village_service_id, s.household_id, :source_code, s.source_record_id, s.revision,
        s.observed_at, :fetched_at, :regency_code, s.region_code, s.type, s.status, s.person_id, s.event_on, o.region_code,
        case when o.region_code is not null then s.other_household_id end,
        case when kk_error(s.other_kk_number) is null then s.other_kk_number end, s.requested_at, s.completed_at,
        case when s.is_removed then :fetched_at::timestamptz end
    from stage_village_service s
    left join region o on o.region_code = s.other_region_code
    where not exists (select from stage_reject x where x.record_kind = 'VILLAGE_SERVICE' and x.severity = 'RECORD'
                      and x.position = s.position)
    order by s.village_service_id, s.revision desc, s.position desc
    on conflict (village_service_id) do update set
        household_id = excluded.household_id, source_revision = excluded.source_revision, observed_at = excluded.observed_at,
        fetched_at = excluded.fetched_at, region_code = excluded.region_code, type = excluded.type, status = excluded.status,
        person_id = excluded.person_id, event_on = excluded.event_on, other_region_code = excluded.other_region_code,
        other_household_id = excluded.other_household_id, other_kk_number = excluded.other_kk_number,
        requested_at = excluded.requested_at, completed_at = excluded.completed_at, removed_at = excluded.removed_at
    where village_service.source_revision < excluded.source_revision
    returning 1
)
select count(*) from merged;

-- name: merge_roster
-- The newer line replaces the older one; returns how many rows changed.
with merged as (
    insert into roster_entry (source_code, source_record_id, source_revision, observed_at, fetched_at, programme_code, status,
        nik, kk_number, name, birth_date, sex, region_code, segment, components, amount)
    select distinct on (s.source_record_id) :source_code, s.source_record_id, s.revision, s.observed_at, :fetched_at,
        s.programme_code, s.status, case when nik_error(s.nik) is null then s.nik end,
        case when kk_error(s.kk_number) is null then s.kk_number end, s.name, s.birth_date, s.sex, r.region_code, s.segment,
        s.components_read, s.amount
    from stage_roster s
    left join region r on r.region_code = s.region_code
    where not exists (select from stage_reject x where x.record_kind = 'ROSTER' and x.severity = 'RECORD'
                      and x.position = s.position)
    order by s.source_record_id, s.revision desc, s.position desc
    on conflict (source_code, source_record_id) do update set
        source_revision = excluded.source_revision, observed_at = excluded.observed_at, fetched_at = excluded.fetched_at,
        programme_code = excluded.programme_code, status = excluded.status, nik = excluded.nik, kk_number = excluded.kk_number,
        name = excluded.name, birth_date = excluded.birth_date, sex = excluded.sex, region_code = excluded.region_code,
        segment = excluded.segment, components = excluded.components, amount = excluded.amount
    where roster_entry.source_revision < excluded.source_revision
    returning 1
)
select count(*) from merged;

-- name: clear_mended_rejects
-- A record that came anew takes its old rejects out of quarantine; those that still hold go in again.
delete from reject r
using (
    select record_kind, source_record_id from stage_reject
    union all
    select 'HOUSEHOLD', source_record_id from stage_household
    union all
    select 'PERSON', s.source_record_id from stage_person s join stage_household h on h.position = s.position
    union all
    select 'CASE_FILE', source_record_id from stage_case_file
    union all
    select 'VILLAGE_SERVICE', source_record_id from stage_village_service
    union all
    select 'ROSTER', source_record_id from stage_roster
    union all
    select 'MATCH_OUTCOME', unnest(:outcome_record_ids::text[])
    union all
    select 'CASE_UPDATE', unnest(:update_keys::text[])
) s
where r.source_code = :source_code and r.record_kind = s.record_kind and r.source_record_id = s.source_record_id;

-- name: merge_rejects
-- Into quarantine, once for each record, field and reason; returns the numbers by code.
with kept as (
    insert into reject (source_code, record_kind, source_record_id, field, code, severity, value, batch_id, rejected_at)
    select distinct on (record_kind, source_record_id, field, code) :source_code, record_kind, source_record_id, field, code,
        severity, value, :batch_id, :fetched_at
    from stage_reject
    order by record_kind, source_record_id, field, code
    on conflict (source_code, record_kind, source_record_id, field, code) do update set
        value = excluded.value, batch_id = excluded.batch_id, rejected_at = excluded.rejected_at
    returning code
)
select code, count(*) as count from kept group by code;

-- name: add_batch
-- The journal of what came in.
insert into ingest_batch (source_code, channel, cursor_after, received, merged, unchanged, rejected, merged_at)
values (:source_code, :channel, :cursor_after, :received, :merged, :unchanged, :rejected, :fetched_at)
returning batch_id;

-- name: move_cursor
-- The feed goes on here; in the transaction of the records that it brought.
update source
set cursor = :cursor, cursor_moved_at = :fetched_at, failed_at = null, failure_code = null, failure_message = null,
    drained_at = case when :is_drained then :fetched_at else drained_at end
where source_code = :source_code and cursor is not distinct from :expected_cursor
returning source_code;

-- name: note_failure
-- The source could not be read; what it last gave is stale, not gone.
update source
set failed_at = :failed_at, failure_code = :failure_code, failure_message = :failure_message
where source_code = :source_code;

-- name: forget_cursor
-- The source no longer knows the cursor: begin anew; the records that are here stay.
update source set cursor = null where source_code = :source_code;
