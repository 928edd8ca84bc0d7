-- name: find_case_files
-- Case files by id, the removed ones too.
select case_file_id, household_id, regency_code, region_code, number, type, category, channel, status, summary, received_at,
    closed_at, removed_at, source_code, source_record_id, observed_at, fetched_at, person_id, is_sensitive, resolution_class, resolution,
    duplicate_of, description_version, subject_version, status_version
from case_file where case_file_id = any (:case_file_ids::bigint[]);

-- name: list_case_files_of
-- Case files of some households, the newest first.
select case_file_id, household_id, regency_code, region_code, number, type, category, channel, status, summary, received_at,
    closed_at, removed_at, source_code, source_record_id, observed_at, fetched_at, person_id, is_sensitive, resolution_class, resolution,
    duplicate_of, description_version, subject_version, status_version
from case_file where household_id = any (:household_ids::bigint[]) and removed_at is null
order by household_id, received_at desc, case_file_id;

-- name: find_village_services
-- Village services by id, the removed ones too.
select village_service_id, household_id, regency_code, region_code, type, status, person_id, event_on,
    other_region_code, requested_at, completed_at, removed_at, source_code, source_record_id, observed_at, fetched_at
from village_service where village_service_id = any (:village_service_ids::bigint[]);

-- name: list_village_services
-- The first village services of some stretches together, each after its place, in the order of region and record id.
select c.village_service_id, c.household_id, c.regency_code, c.region_code, c.type, c.status, c.person_id, c.event_on,
    c.other_region_code, c.requested_at, c.completed_at, c.removed_at, c.source_code, c.source_record_id, c.observed_at, c.fetched_at
from unnest(:region_froms::text[], :region_tos::text[], :after_regions::text[], :after_ids::text[])
    s (region_from, region_to, after_region, after_id)
cross join lateral (
    select * from village_service v
    where v.region_code >= s.region_from collate "C" and v.region_code < s.region_to collate "C" and v.removed_at is null
        and (v.region_code, v.source_record_id) > (s.after_region collate "C", s.after_id collate "C")
    order by v.region_code, v.source_record_id
    limit :first
) c
order by c.region_code, c.source_record_id
limit :first;

-- name: lock_numbers
-- One after the other for those who number case files of a regency and year.
select pg_advisory_xact_lock(hashtextextended(:prefix, 0));

-- name: find_last_number
-- The greatest serial that the hub gave to a case file of this prefix.
select coalesce(max(substr(number, length(:prefix::text) + 1)::integer), 0)
from case_file
where source_code = 'HUB' and regency_code = :regency_code and starts_with(number, :prefix)
    and substr(number, length(:prefix) + 1) ~ '^[0-9]{1,9}$';

-- name: add_case_file
-- A case file that was opened in the hub itself.
insert into case_file (case_file_id, household_id, source_code, source_record_id, source_revision, observed_at, fetched_at,
    regency_code, region_code, number, type, category, channel, status, summary, received_at, person_id, is_sensitive, resolution_class)
values (:case_file_id, :household_id, 'HUB', :source_record_id, 1, :now, :now, :regency_code, :region_code, :number, :type,
    :category, :channel, 'RECEIVED', :summary, :now, :person_id, :is_sensitive, :resolution_class);

-- name: lock_case_file
-- The case file, held until the transaction ends.
select case_file_id, household_id, regency_code, region_code, number, type, category, channel, status, summary, received_at,
    closed_at, removed_at, source_code, source_record_id, observed_at, fetched_at, person_id, is_sensitive, resolution_class, resolution,
    duplicate_of, description_version, subject_version, status_version
from case_file where case_file_id = :case_file_id for update;

-- name: list_sensitive
-- Which of some case files are sensitive.
select case_file_id from case_file where case_file_id = any (:case_file_ids::bigint[]) and is_sensitive;
