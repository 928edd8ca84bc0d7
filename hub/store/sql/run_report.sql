-- name: list_results
-- Everybody that a run ranked and what became of it; no personal numbers.
select c.run_id, c.rank, c.household_id, c.person_id, c.regency_code, c.decile, c.vulnerability, c.waiting_since,
    p.programme_code, p.region_code as pool_region_code, c.pool_id is not null as is_placed, c.by_priority, c.by_floors,
    m.match_id, m.status, m.reason_code
from allocation_candidate c
left join entitlement_pool p on p.pool_id = c.pool_id
left join match m on m.run_id = c.run_id and m.rank = c.rank
where c.run_id = any (:run_ids::bigint[])
order by c.run_id, c.rank;

-- name: find_household_of_match
-- Whose match it is.
select household_id from match where match_id = :match_id;

-- name: list_standings
-- Where a household and its members stood in the last runs, with who stood before them, the newest run first.
select c.run_id, r.programme_codes, r.period, r.policy, r.status as run_status, c.rank, c.person_id, c.mask, c.decile,
    c.vulnerability, c.waiting_since, c.by_priority, c.by_floors, p.programme_code, p.region_code as pool_region_code,
    c.pool_id is not null as is_placed, m.match_id, m.status as match_status, m.reason_code, before.placed_before,
    before.equal_before, near.waiting_before, near.last_placed
from (select * from allocation_candidate where household_id = :household_id order by run_id desc, rank limit :first) c
join allocation_run r on r.run_id = c.run_id
left join entitlement_pool p on p.pool_id = c.pool_id
left join match m on m.run_id = c.run_id and m.rank = c.rank
cross join lateral (
    select count(*) filter (where b.pool_id is not null) as placed_before,
        count(*) filter (where (b.decile, b.vulnerability, b.waiting_since)
                         is not distinct from (c.decile, c.vulnerability, c.waiting_since)) as equal_before
    from allocation_candidate b
    where b.run_id = c.run_id and b.rank < c.rank
) before
cross join lateral (
    select count(*) filter (where b.rank < c.rank and b.pool_id is null) as waiting_before,
        max(b.rank) filter (where b.pool_id is not null) as last_placed
    from allocation_candidate b
    where b.run_id = c.run_id and b.regency_code = c.regency_code and b.mask & c.mask <> 0
) near
order by c.run_id desc, c.rank;
