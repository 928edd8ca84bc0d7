-- name: find_programmes
-- Programmes by code.
select programme_code as code, name_id as name, name_en, unit, roster_source_code as roster_source from programme where programme_code = any (:codes::text[]);

-- name: list_programmes
-- All programmes.
select programme_code as code, name_id as name, name_en, unit, roster_source_code as roster_source from programme order by programme_code;

-- name: list_rules_of
-- The rule in force on a day, of each of some programmes.
select distinct on (programme_code) programme_code, version, effective_from, rule from programme_rule
where programme_code = any (:codes::text[]) and status in ('PUBLISHED', 'RETIRED') and effective_from <= :day
    and (effective_to is null or effective_to > :day)
order by programme_code, version desc;

-- name: list_enrolments_of_households
-- Enrolments of some households and their members.
select household_id, person_id, programme_code, status, link_method, segment, components as component_counts, amount, source_code, source_record_id,
    observed_at, fetched_at
from enrolment where household_id = any (:household_ids::bigint[])
order by household_id, programme_code, source_code, source_record_id;

-- name: list_enrolments_of_persons
-- Enrolments of some persons.
select household_id, person_id, programme_code, status, link_method, segment, components as component_counts, amount, source_code, source_record_id,
    observed_at, fetched_at
from enrolment
where (household_id, person_id) in (select * from unnest(:household_ids::bigint[], :person_ids::bigint[]))
order by household_id, person_id, programme_code, source_code, source_record_id;

-- name: find_pools
-- Pools by id with their balance, as far as they concern a range of regions: the nation's, and those above, within or below it.
select p.pool_id, p.programme_code, p.region_code, p.period, p.reported_total,
    coalesce(b.total, 0) as total, coalesce(b.available, 0) as available, coalesce(b.reserved, 0) as reserved,
    coalesce(b.offered, 0) as offered, coalesce(b.issued, 0) as issued,
    p.source_code, p.observed_at, p.fetched_at
from entitlement_pool p
left join lateral (
    select sum(total)::integer as total, sum(available)::integer as available, sum(reserved)::integer as reserved,
        sum(offered)::integer as offered, sum(issued)::integer as issued
    from pool_balance where pool_id = p.pool_id
) b on true
where p.pool_id = any (:pool_ids::bigint[])
    and (p.region_code is null or starts_with(:region_from::text, p.region_code)
        or p.region_code >= :region_from and p.region_code < :region_to);

-- name: list_pools
-- Pools with their balance, as far as they concern a range of regions; null filters mean all.
select p.pool_id, p.programme_code, p.region_code, p.period, p.reported_total,
    coalesce(b.total, 0) as total, coalesce(b.available, 0) as available, coalesce(b.reserved, 0) as reserved,
    coalesce(b.offered, 0) as offered, coalesce(b.issued, 0) as issued,
    p.source_code, p.observed_at, p.fetched_at
from entitlement_pool p
left join lateral (
    select sum(total)::integer as total, sum(available)::integer as available, sum(reserved)::integer as reserved,
        sum(offered)::integer as offered, sum(issued)::integer as issued
    from pool_balance where pool_id = p.pool_id
) b on true
where (p.region_code is null or starts_with(:region_from::text, p.region_code)
        or p.region_code >= :region_from and p.region_code < :region_to)
    and (:programme_code::text is null or p.programme_code = :programme_code)
    and (:region_code::text is null or p.region_code = :region_code)
    and p.pool_id > :after_id
order by p.pool_id
limit :first;

-- name: list_coverage
-- Coverage of some regions; null programme means all. A range of programmes, and no "or", for the index knows them, too.
select region_code, programme_code, households, persons, eligible as need, undetermined, enrolled, unserved, matched, issued, refused,
    counted_at
from coverage
where region_code = any (:codes::text[])
    and programme_code >= coalesce(:programme_code::text, '') and programme_code <= coalesce(:programme_code, '~')
order by region_code, programme_code;

-- name: list_coverage_of_children
-- Coverage of the regions right below one; null programme means all.
select c.region_code, c.programme_code, c.households, c.persons, c.eligible as need, c.undetermined, c.enrolled, c.unserved, c.matched,
    c.issued, c.refused, c.counted_at
from coverage c
join region r on r.region_code = c.region_code
where r.parent_code = :parent_code and (:programme_code::text is null or c.programme_code = :programme_code)
order by c.region_code, c.programme_code;
