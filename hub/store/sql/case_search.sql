-- name: list_oldest_first
-- Case files of a range of regions in the order in which they came in.
select case_file_id, household_id, regency_code, region_code, number, type, category, channel, status, summary, received_at,
    closed_at, removed_at, source_code, source_record_id, observed_at, fetched_at, person_id, is_sensitive, resolution_class, resolution,
    duplicate_of, description_version, subject_version, status_version
from case_file
where removed_at is null
    and region_code >= :region_from and region_code < :region_to
    and (:statuses::text[] is null or status = any (:statuses))
    and (:categories::text[] is null or category = any (:categories))
    and (:received_from::timestamptz is null or received_at >= :received_from)
    and (:received_before::timestamptz is null or received_at < :received_before)
    and (:number::text is null or number = :number)
    and (:text::text is null or strpos(lower(number || chr(10) || coalesce(summary, '')), lower(:text)) > 0)
    and (received_at, source_code, source_record_id) > (:after_at::timestamptz, :after_source::text, :after_id::text)
order by received_at, source_code, source_record_id
limit :first;

-- name: list_newest_first
-- Case files of a range of regions in the reverse of that order.
select case_file_id, household_id, regency_code, region_code, number, type, category, channel, status, summary, received_at,
    closed_at, removed_at, source_code, source_record_id, observed_at, fetched_at, person_id, is_sensitive, resolution_class, resolution,
    duplicate_of, description_version, subject_version, status_version
from case_file
where removed_at is null
    and region_code >= :region_from and region_code < :region_to
    and (:statuses::text[] is null or status = any (:statuses))
    and (:categories::text[] is null or category = any (:categories))
    and (:received_from::timestamptz is null or received_at >= :received_from)
    and (:received_before::timestamptz is null or received_at < :received_before)
    and (:number::text is null or number = :number)
    and (:text::text is null or strpos(lower(number || chr(10) || coalesce(summary, '')), lower(:text)) > 0)
    and (received_at, source_code, source_record_id) < (:after_at::timestamptz, :after_source::text, :after_id::text)
order by received_at desc, source_code desc, source_record_id desc
limit :first;

-- name: list_oldest_of_sources
-- Case files of some sources in the order in which they came in, each source after its own place.
select c.*
from unnest(:sources::text[], :after_ats::timestamptz[], :after_ids::text[]) s(source_code, after_at, after_id)
cross join lateral (
    select case_file_id, household_id, regency_code, region_code, number, type, category, channel, status, summary, received_at,
    closed_at, removed_at, source_code, source_record_id, observed_at, fetched_at, person_id, is_sensitive, resolution_class, resolution,
    duplicate_of, description_version, subject_version, status_version
    from case_file f
    where f.source_code = s.source_code and f.removed_at is null
        and f.region_code >= :region_from and f.region_code < :region_to
        and (:statuses::text[] is null or f.status = any (:statuses))
        and (:categories::text[] is null or f.category = any (:categories))
        and (:received_from::timestamptz is null or f.received_at >= :received_from)
        and (:received_before::timestamptz is null or f.received_at < :received_before)
        and (:number::text is null or f.number = :number)
        and (:text::text is null or strpos(lower(f.number || chr(10) || coalesce(f.summary, '')), lower(:text)) > 0)
        and (f.received_at, f.source_record_id) > (s.after_at, s.after_id collate "C")
    order by f.received_at, f.source_record_id
    limit :first
) c
order by c.received_at, c.source_code, c.source_record_id
limit :first;

-- name: list_newest_of_sources
-- Case files of some sources in the reverse of that order, each source after its own place.
select c.*
from unnest(:sources::text[], :after_ats::timestamptz[], :after_ids::text[]) s(source_code, after_at, after_id)
cross join lateral (
    select case_file_id, household_id, regency_code, region_code, number, type, category, channel, status, summary, received_at,
    closed_at, removed_at, source_code, source_record_id, observed_at, fetched_at, person_id, is_sensitive, resolution_class, resolution,
    duplicate_of, description_version, subject_version, status_version
    from case_file f
    where f.source_code = s.source_code and f.removed_at is null
        and f.region_code >= :region_from and f.region_code < :region_to
        and (:statuses::text[] is null or f.status = any (:statuses))
        and (:categories::text[] is null or f.category = any (:categories))
        and (:received_from::timestamptz is null or f.received_at >= :received_from)
        and (:received_before::timestamptz is null or f.received_at < :received_before)
        and (:number::text is null or f.number = :number)
        and (:text::text is null or strpos(lower(f.number || chr(10) || coalesce(f.summary, '')), lower(:text)) > 0)
        and (f.received_at, f.source_record_id) < (s.after_at, s.after_id collate "C")
    order by f.received_at desc, f.source_record_id desc
    limit :first
) c
order by c.received_at desc, c.source_code desc, c.source_record_id desc
limit :first;

-- name: count_case_files
-- How many case files there are in a range of regions; null sources means all.
select count(*)
from case_file
where removed_at is null and (:sources::text[] is null or source_code = any (:sources))
    and region_code >= :region_from and region_code < :region_to
    and (:statuses::text[] is null or status = any (:statuses))
    and (:categories::text[] is null or category = any (:categories))
    and (:received_from::timestamptz is null or received_at >= :received_from)
    and (:received_before::timestamptz is null or received_at < :received_before)
    and (:number::text is null or number = :number)
    and (:text::text is null or strpos(lower(number || chr(10) || coalesce(summary, '')), lower(:text)) > 0);

-- name: list_ids_of_places
-- The ids of case files by the moment in which they came in, their source and its own id.
select c.case_file_id, c.received_at, c.source_code, c.source_record_id
from unnest(:received_ats::timestamptz[], :source_codes::text[], :record_ids::text[]) p (received_at, source_code, source_record_id)
join case_file c on c.source_code = p.source_code and c.received_at = p.received_at and c.source_record_id = p.source_record_id
where c.removed_at is null;

-- name: count_sensitive_untold
-- Sensitive case files of some districts of which a change still waits to be told to the district.
select count(*)
from case_file f
where f.is_sensitive and f.removed_at is null and f.source_code = any (:sources::text[])
    and f.region_code >= :region_from and f.region_code < :region_to
    and (:statuses::text[] is null or f.status = any (:statuses))
    and (:categories::text[] is null or f.category = any (:categories))
    and (:received_from::timestamptz is null or f.received_at >= :received_from)
    and (:received_before::timestamptz is null or f.received_at < :received_before)
    and (:number::text is null or f.number = :number)
    and (:text::text is null or strpos(lower(f.number || chr(10) || coalesce(f.summary, '')), lower(:text)) > 0)
    and f.case_file_id in (
        select m.subject_id from outbox_message m
        where m.status = 'PENDING' and m.kind = 'CASE_UPDATE' and m.destination = any (:sources::text[])
    );
