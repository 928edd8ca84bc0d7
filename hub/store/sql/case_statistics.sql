-- name: count_groups
-- How the case files of a range of regions and a period were answered and resolved, by district, agency that led, or category.
with chosen as (
    select c.case_file_id, case :grouping::text when 'CATEGORY' then c.category else c.regency_code end as code
    from case_file c
    where :grouping <> 'AGENCY' and c.removed_at is null and c.received_at >= :received_from and c.received_at < :received_before
        and c.region_code >= :region_from and c.region_code < :region_to
    union
    select c.case_file_id, a.agency_code
    from case_file c
    join case_assignment a on a.case_file_id = c.case_file_id and a.role = 'LEAD'
    where :grouping = 'AGENCY' and c.removed_at is null and c.received_at >= :received_from and c.received_at < :received_before
        and c.region_code >= :region_from and c.region_code < :region_to
), told as (
    select e.case_file_id, bool_or(e.level = 'REGENCY') as regency, bool_or(e.level = 'PROVINCE') as province,
        bool_or(e.level = 'MINISTRY') as ministry
    from chosen h
    join escalation e on e.case_file_id = h.case_file_id
    group by e.case_file_id
)
select h.code, count(*) as received,
    count(*) filter (where r.outcome = 'MET') as answered_in_time,
    count(*) filter (where r.outcome = 'LATE' or r.ended_at is null and r.due_at < :now) as response_breached,
    (percentile_cont(0.5) within group (order by extract(epoch from r.ended_at - r.started_at) / 60)
        filter (where r.outcome in ('MET', 'LATE')))::float8 as median_minutes_to_response,
    count(*) filter (where s.outcome = 'MET') as resolved_in_time,
    count(*) filter (where s.outcome = 'LATE' or s.ended_at is null and s.due_at < :now) as resolution_breached,
    count(*) filter (where s.ended_at is null) as open,
    count(*) filter (where r.ended_at is null and r.at_risk_at <= :now and r.due_at >= :now
        or s.ended_at is null and s.at_risk_at <= :now and (s.due_at is null or s.due_at >= :now)) as at_risk,
    count(*) filter (where t.regency) as escalated_to_regency,
    count(*) filter (where t.province) as escalated_to_province,
    count(*) filter (where t.ministry) as escalated_to_ministry
from chosen h
join case_clock r on r.case_file_id = h.case_file_id and r.kind = 'FIRST_RESPONSE'
join case_clock s on s.case_file_id = h.case_file_id and s.kind = 'RESOLUTION'
left join told t on t.case_file_id = h.case_file_id
group by h.code
order by h.code
limit :first;
