-- name: find_matches
-- Matches by id.
select match_id, household_id, person_id, programme_code, rule_version, run_id, rank, status, pool_id, expires_at, reason_code,
    national_reference, created_at, changed_at
from match where match_id = any (:match_ids::bigint[]);

-- name: list_matches
-- Matches of a range of regencies in the order of their ids; null filters mean all.
select match_id, household_id, person_id, programme_code, rule_version, run_id, rank, status, pool_id, expires_at, reason_code,
    national_reference, created_at, changed_at
from match
where regency_code >= :region_from and regency_code < :region_to
    and (:programme_code::text is null or programme_code = :programme_code)
    and (:status::text is null or status = :status)
    and match_id > :after_id
order by match_id
limit :first;

-- name: list_matches_of_households
-- Matches of some households and their members, the newest first.
select match_id, household_id, person_id, programme_code, rule_version, run_id, rank, status, pool_id, expires_at, reason_code,
    national_reference, created_at, changed_at
from match where household_id = any (:household_ids::bigint[])
order by household_id, match_id desc;

-- name: list_matches_of_persons
-- Matches of some persons, the newest first.
select match_id, household_id, person_id, programme_code, rule_version, run_id, rank, status, pool_id, expires_at, reason_code,
    national_reference, created_at, changed_at
from match
where (household_id, person_id) in (select * from unnest(:household_ids::bigint[], :person_ids::bigint[]))
order by household_id, person_id, match_id desc;

-- name: list_events
-- What happened to some matches, in order.
select match_id, version, from_status, to_status, actor, reason_code, moved_at
from match_event
where (household_id, match_id) in (select * from unnest(:household_ids::bigint[], :match_ids::bigint[]))
order by match_id, version;

-- name: list_recorded_verdicts
-- The verdicts that matching works with, of some households.
select household_id, person_id, programme_code, rule_version, status, evaluated_at
from verdict where household_id = any (:household_ids::bigint[]) and programme_code = any (:programme_codes::text[]);

-- name: list_active_enrolments
-- Who of some households is on a programme now, by the segment that counts.
select e.household_id, e.person_id, e.programme_code, e.segment
from enrolment e
where e.household_id = any (:household_ids::bigint[]) and e.status = 'ACTIVE'
    and e.programme_code = any (:programme_codes::text[]);

-- name: find_runs
-- Allocation runs by id.
select * from allocation_run where run_id = any (:run_ids::bigint[]);

-- name: list_runs
-- Allocation runs, the newest first; null programme means all.
select * from allocation_run
where (:programme_code::text is null or :programme_code = any (programme_codes)) and run_id < :before_id
order by run_id desc
limit :first;

-- name: list_run_candidates
-- For each of some runs its candidates in rank order, after a rank.
select c.run_id, c.rank, c.household_id, c.person_id, c.pool_id, c.decile, c.vulnerability, c.waiting_since,
    c.by_priority, c.by_floors
from unnest(:run_ids::bigint[]) as r(run_id)
cross join lateral (
    select * from allocation_candidate a
    where a.run_id = r.run_id and a.rank > :after_rank
    order by a.rank
    limit :first
) c
order by c.run_id, c.rank;

-- name: list_moved_candidates
-- For each of some runs those whom the choice of the policy decided, in rank order: served under one of the two alone.
select c.run_id, c.rank, c.household_id, c.person_id, c.pool_id, c.decile, c.vulnerability, c.waiting_since,
    c.by_priority, c.by_floors
from unnest(:run_ids::bigint[]) as r(run_id)
cross join lateral (
    select * from allocation_candidate a
    where a.run_id = r.run_id and a.rank > :after_rank and a.by_priority <> a.by_floors
    order by a.rank
    limit :first
) c
order by c.run_id, c.rank;

-- name: list_shares
-- What some runs do to the regencies.
select run_id, regency_code, held, candidates, by_priority, by_floors
from allocation_share where run_id = any (:run_ids::bigint[])
order by run_id, regency_code;

-- name: count_moved
-- Of some runs how many candidates strict priority alone serves, and how many regional floors alone.
select run_id, count(*) filter (where by_priority) as only_by_priority, count(*) filter (where by_floors) as only_by_floors
from allocation_candidate
where run_id = any (:run_ids::bigint[]) and by_priority <> by_floors
group by run_id;
