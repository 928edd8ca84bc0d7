-- name: list_at_risk
-- Case files of a range of regions whose running clock is at risk or breached, the most urgent first.
select k.at_risk_at, c.case_file_id, c.household_id, c.regency_code, c.region_code, c.number, c.type, c.category, c.channel, c.status,
    c.summary, c.received_at, c.closed_at, c.removed_at, c.source_code, c.source_record_id, c.observed_at, c.fetched_at
from case_clock k
join case_file c on c.case_file_id = k.case_file_id
where k.ended_at is null and k.kind = :kind and k.at_risk_at <= :now
    and c.region_code >= :region_from and c.region_code < :region_to
    and (k.at_risk_at, k.case_file_id) > (:after_at::timestamptz, :after_id::bigint)
order by k.at_risk_at, k.case_file_id
limit :first;

-- name: list_at_risk_of_regency
-- The same within one regency.
select k.at_risk_at, c.case_file_id, c.household_id, c.regency_code, c.region_code, c.number, c.type, c.category, c.channel, c.status,
    c.summary, c.received_at, c.closed_at, c.removed_at, c.source_code, c.source_record_id, c.observed_at, c.fetched_at
from case_clock k
join case_file c on c.case_file_id = k.case_file_id
where k.ended_at is null and k.regency_code = :regency_code and k.kind = :kind and k.at_risk_at <= :now
    and c.region_code >= :region_from and c.region_code < :region_to
    and (k.at_risk_at, k.case_file_id) > (:after_at::timestamptz, :after_id::bigint)
order by k.at_risk_at, k.case_file_id
limit :first;

-- name: list_at_risk_of_agency
-- The same of what one agency works on; its work is found first, and the urgent among it then.
with own as materialized (
    select a.case_file_id from case_assignment a where a.agency_code = :agency_code and a.status in ('ASSIGNED', 'ACKNOWLEDGED')
)
select k.at_risk_at, c.case_file_id, c.household_id, c.regency_code, c.region_code, c.number, c.type, c.category, c.channel, c.status,
    c.summary, c.received_at, c.closed_at, c.removed_at, c.source_code, c.source_record_id, c.observed_at, c.fetched_at
from own
join case_clock k on k.case_file_id = own.case_file_id
join case_file c on c.case_file_id = own.case_file_id
where k.ended_at is null and k.kind = :kind and k.at_risk_at <= :now
    and c.region_code >= :region_from and c.region_code < :region_to
    and (k.at_risk_at, k.case_file_id) > (:after_at::timestamptz, :after_id::bigint)
order by k.at_risk_at, k.case_file_id
limit :first;
