-- name: move_case_files
-- Case files, which the caller holds, move on to one status; gives the number that the change has. Their district's revision and stamp are the district's own to change.
update case_file
set status = :status, status_version = status_version + 1, resolution = coalesce(:resolution::text, resolution),
    duplicate_of = coalesce(:duplicate_of::bigint, duplicate_of),
    closed_at = case when :status in ('CLOSED', 'DUPLICATE', 'REJECTED') then :now::timestamptz end,
    source_revision = source_revision + (source_code = 'HUB')::integer,
    observed_at = case when source_code = 'HUB' then :now else observed_at end,
    fetched_at = case when source_code = 'HUB' then :now else fetched_at end
where case_file_id = any (:case_file_ids::bigint[])
returning case_file_id, status_version;

-- name: describe_case_file
-- A case file is described otherwise; null leaves a value as it is.
update case_file
set type = coalesce(:type::text, type), category = coalesce(:category::text, category), summary = coalesce(:summary::text, summary),
    resolution_class = coalesce(:resolution_class::text, resolution_class), is_sensitive = coalesce(:is_sensitive::boolean, is_sensitive),
    description_version = description_version + 1, source_revision = source_revision + (source_code = 'HUB')::integer,
    observed_at = case when source_code = 'HUB' then :now::timestamptz else observed_at end,
    fetched_at = case when source_code = 'HUB' then :now else fetched_at end
where case_file_id = :case_file_id
returning description_version;

-- name: change_subject
-- A case file is about a household, and a person of it or nobody in particular.
update case_file
set household_id = :household_id, person_id = :person_id, subject_version = subject_version + 1,
    source_revision = source_revision + (source_code = 'HUB')::integer,
    observed_at = case when source_code = 'HUB' then :now::timestamptz else observed_at end,
    fetched_at = case when source_code = 'HUB' then :now else fetched_at end
where case_file_id = :case_file_id
returning subject_version;

-- name: list_assignments
-- The assignments of some case files, the first ones first.
select case_file_id, assignment_no, agency_code, role, status, version, regency_code, assigned_at, acknowledged_at, ended_at, result
from case_assignment where case_file_id = any (:case_file_ids::bigint[])
order by case_file_id, assignment_no;

-- name: add_assignments
-- Agencies are given a case file, which the caller holds; numbered on from those it had.
insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, regency_code, is_sensitive, assigned_at)
select c.case_file_id, coalesce(l.last, 0) + a.position, a.agency_code, a.role, 'ASSIGNED', c.regency_code, c.is_sensitive, :now
from case_file c
cross join lateral (select max(assignment_no) as last from case_assignment where case_file_id = c.case_file_id) l
cross join unnest(:agency_codes::text[], :roles::text[]) with ordinality a(agency_code, role, position)
where c.case_file_id = :case_file_id
returning case_file_id, assignment_no, agency_code, role, status, version, regency_code, assigned_at, acknowledged_at, ended_at, result;

-- name: move_assignments
-- Assignments of a case file move on; a result is kept with those that end.
update case_assignment
set status = :status, result = coalesce(:result::text, result),
    acknowledged_at = case when :status = 'ACKNOWLEDGED' then :now::timestamptz else acknowledged_at end,
    ended_at = case when :status not in ('ASSIGNED', 'ACKNOWLEDGED') then :now end
where case_file_id = :case_file_id and assignment_no = any (:assignment_nos::integer[])
returning case_file_id, assignment_no, agency_code, role, status, version, regency_code, assigned_at, acknowledged_at, ended_at, result;

-- name: list_agency_work
-- The assignments that an agency has to work on, the oldest first, after one of them.
select case_file_id, assignment_no, agency_code, role, status, version, regency_code, assigned_at, acknowledged_at, ended_at, result
from case_assignment
where agency_code = :agency_code and status in ('ASSIGNED', 'ACKNOWLEDGED')
    and (assigned_at, case_file_id) > (:after_at::timestamptz, :after_id::bigint)
order by assigned_at, case_file_id
limit :first;

-- name: takes_case_updates
-- Whether a district's system takes changes of its case files from the hub.
select coalesce((select 'CASE_UPDATES' = any (capabilities) from district_system where source_code = :source_code), false);

-- name: list_history
-- The next lines of history of some case files, each in its order.
select e.*
from unnest(:case_file_ids::bigint[]) c(case_file_id)
cross join lateral (
    select case_file_id, event_no, event_key, field_group, item, outcome, base_version, version, from_value, to_value, changes, reason,
        actor, actor_role, agency_code, regency_code, happened_at, recorded_at
    from case_event v
    where v.case_file_id = c.case_file_id and v.event_no > :after_no
    order by v.event_no
    limit :first
) e
order by e.case_file_id, e.event_no;

-- name: list_alike
-- Open case files that may be the same as some others: of the same household, or of the same place, category and time; each few.
select c.case_file_id as of_id, o.case_file_id, o.same_person, o.same_household, c.summary, o.summary as other_summary
from case_file c
cross join lateral (
    (select case_file_id, summary, coalesce(f.person_id = c.person_id, false) as same_person, true as same_household, f.received_at
     from case_file f
     where f.household_id = c.household_id and f.case_file_id <> c.case_file_id and f.removed_at is null and f.category = c.category
         and f.status = any (:open_statuses::text[])
     order by f.received_at desc
     limit :per_case)
    union all
    (select case_file_id, summary, false, false, f.received_at
     from case_file f
     where f.region_code = c.region_code and f.category = c.category and f.removed_at is null
         and f.status in ('RECEIVED', 'TRIAGED', 'ASSIGNED', 'IN_PROGRESS', 'WAITING_CITIZEN', 'WAITING_AGENCY', 'REFERRED', 'REOPENED')
         and f.received_at between c.received_at - :within::interval and c.received_at + :within
         and f.case_file_id <> c.case_file_id and f.household_id is distinct from c.household_id
     order by f.received_at desc
     limit :per_place)
) o
where c.case_file_id = any (:case_file_ids::bigint[])
order by c.case_file_id, o.received_at desc, o.case_file_id;

-- name: list_duplicates
-- The case files that were joined to some others, the newest first, each few.
select d.duplicate_of, d.case_file_id
from unnest(:case_file_ids::bigint[]) c(case_file_id)
cross join lateral (
    select duplicate_of, case_file_id, received_at from case_file f
    where f.duplicate_of = c.case_file_id and f.removed_at is null
    order by f.received_at desc, f.case_file_id
    limit :first
) d
order by d.duplicate_of, d.received_at desc, d.case_file_id;
