-- name: find_districts
-- District systems by regency code, within a range of regions.
select d.regency_code, d.endpoint, d.contract_version, d.capabilities, d.concurrency, d.freshness_target, d.joined_at,
    district_status(d, s.drained_at, :now) as status, district_status_since(d, s.drained_at, :now) as status_since,
    s.cursor_moved_at, s.drained_at, s.failed_at, s.failure_code, coalesce(s.drained_at + d.freshness_target <= :now, true) as is_stale,
    c.checked_at, c.extent, c.findings
from district_system d
join source s on s.source_code = d.source_code
left join district_check c on c.regency_code = d.regency_code
where d.regency_code = any (:codes::text[]) and d.regency_code >= :region_from and d.regency_code < :region_to;

-- name: list_districts
-- District systems within a range of regions, in the order of their codes.
select d.regency_code, d.endpoint, d.contract_version, d.capabilities, d.concurrency, d.freshness_target, d.joined_at,
    district_status(d, s.drained_at, :now) as status, district_status_since(d, s.drained_at, :now) as status_since,
    s.cursor_moved_at, s.drained_at, s.failed_at, s.failure_code, coalesce(s.drained_at + d.freshness_target <= :now, true) as is_stale,
    c.checked_at, c.extent, c.findings
from district_system d
join source s on s.source_code = d.source_code
left join district_check c on c.regency_code = d.regency_code
where d.regency_code >= :region_from and d.regency_code < :region_to and (:after::text is null or d.regency_code > :after)
order by d.regency_code
limit :first;

-- name: count_stale_sources
-- How many districts that take part and national systems were not read to their end for as long as they may be.
select count(*) from source s
left join district_system d on d.source_code = s.source_code
where case s.kind
    when 'NATIONAL' then coalesce(s.drained_at < :stale_before, true)
    when 'DISTRICT' then d.suspended_at is null and coalesce(s.drained_at + d.freshness_target <= :now, d.regency_code is not null)
end;

-- name: list_batches
-- Batches that came in, the newest first; null source means all.
select batch_id, source_code as source, channel, received, merged, unchanged, rejected, merged_at
from ingest_batch
where (:source_code::text is null or source_code = :source_code) and batch_id < :before_id
order by batch_id desc
limit :first;

-- name: list_rejects
-- What is in quarantine, in the order of its key; null source means all.
select source_code as source, record_kind, source_record_id as record_id, field, code, severity, batch_id, rejected_at, value
from reject
where (:source_code::text is null or source_code = :source_code)
    and (source_code, record_kind, source_record_id, field, code)
        > (:after_source::text, :after_kind::text, :after_record::text, :after_field::text, :after_code::text)
order by source_code, record_kind, source_record_id, field, code
limit :first;
