-- name: clear_coverage
-- Coverage is counted anew in the same transaction.
delete from coverage;

-- name: count_coverage
-- Counts of units for every village with households, rolled up to its subdistrict, regency and province.
with counted as (
    select h.region_code, g.programme_code, count(*) as households, sum(m.persons) as persons
    from household h
    cross join programme g
    cross join lateral (select count(*) as persons from person p where p.household_id = h.household_id and p.left_at is null) m
    where h.removed_at is null
    group by h.region_code, g.programme_code
),
judged as (
    select h.region_code, v.programme_code,
        count(*) filter (where v.failed = 0 and v.missing = 0) as eligible,
        count(*) filter (where v.status = 'UNKNOWN') as undetermined,
        count(*) filter (where v.status = 'ALREADY_ENROLLED') as enrolled,
        count(*) filter (where v.status = 'ELIGIBLE') as unserved
    from verdict v
    join household h on h.household_id = v.household_id
    group by h.region_code, v.programme_code
),
moved as (
    select h.region_code, m.programme_code,
        count(*) filter (where m.status in ('RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')) as matched,
        count(*) filter (where m.status = 'ISSUED') as issued,
        count(*) filter (where m.status = 'REJECTED') as refused
    from match m
    join household h on h.household_id = m.household_id
    group by h.region_code, m.programme_code
)
insert into coverage (region_code, programme_code, households, persons, eligible, undetermined, enrolled, unserved, matched, issued,
    refused, counted_at)
select level.region_code, c.programme_code, sum(c.households), sum(c.persons), coalesce(sum(j.eligible), 0),
    coalesce(sum(j.undetermined), 0), coalesce(sum(j.enrolled), 0), coalesce(sum(j.unserved), 0), coalesce(sum(m.matched), 0),
    coalesce(sum(m.issued), 0), coalesce(sum(m.refused), 0), :counted_at
from counted c
left join judged j using (region_code, programme_code)
left join moved m using (region_code, programme_code)
cross join lateral (
    select distinct left(c.region_code, n) as region_code from (values (2), (5), (8), (13)) as lengths(n)
) level
group by level.region_code, c.programme_code;

-- name: summarize
-- The whole registry by programme: what the summary of a run of the job prints.
select c.programme_code, sum(c.eligible)::bigint as eligible, sum(c.undetermined)::bigint as undetermined,
    sum(c.enrolled)::bigint as enrolled, sum(c.unserved)::bigint as unserved, sum(c.matched)::bigint as matched,
    sum(c.issued)::bigint as issued, sum(c.refused)::bigint as refused
from coverage c
where length(c.region_code) = 2
group by c.programme_code;

-- name: summarize_regencies
-- The same for each regency.
select c.region_code, r.name, c.programme_code, c.households, c.persons, c.eligible, c.undetermined, c.enrolled, c.unserved, c.matched,
    c.issued, c.refused
from coverage c
join region r using (region_code)
where length(c.region_code) = 5
order by c.region_code, c.programme_code;

-- name: count_rejects
-- What is in quarantine, by reason.
select code, count(*) as count from reject group by code order by code;

-- name: count_registry
-- How much is known.
select (select count(*) from region) as regions,
    (select count(*) from district_system) as districts,
    (select count(*) from household where removed_at is null) as households,
    (select count(*) from person p join household h using (household_id) where p.left_at is null and h.removed_at is null) as persons;
