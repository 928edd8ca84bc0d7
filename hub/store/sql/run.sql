-- name: list_candidates
-- Eligible units of the programmes of a run, whom neither the household nor the national system turned down since the last news,
-- and who have nothing of the same group of programmes: neither an active match nor an enrolment.
with programme_of_run as (
    select code, group_mask, (position - 1)::integer as bit
    from unnest(:programme_codes::text[], :group_masks::integer[]) with ordinality as p(code, group_mask, position)
),
taken as (
    select m.household_id, m.person_id, p.group_mask
    from match m
    join programme_of_run p on p.code = m.programme_code
    where m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')
    union
    select v.household_id, v.person_id, p.group_mask
    from verdict v
    join programme_of_run p on p.code = v.programme_code
    where v.status = 'ALREADY_ENROLLED'
),
eligible as (
    select v.household_id, v.person_id, v.regency_code, bit_or(1 << p.bit) as mask
    from verdict v
    join programme_of_run p on p.code = v.programme_code
    join household h on h.household_id = v.household_id
    where v.status = 'ELIGIBLE'
        and not exists (
            select from taken t
            where t.household_id = v.household_id and t.group_mask = p.group_mask and t.person_id is not distinct from v.person_id
        )
        and not exists (
            select from match m
            where m.household_id = v.household_id and m.programme_code = v.programme_code
                and m.person_id is not distinct from v.person_id
                and m.status in ('DECLINED', 'REJECTED') and m.changed_at >= h.fetched_at
        )
    group by v.household_id, v.person_id, v.regency_code
)
select e.household_id, e.person_id, e.regency_code, h.decile,
    least(99, sum(
        case when p.birth_date <= :as_of::date - interval '60 years' then 1 else 0 end
        + case when p.birth_date > :as_of::date - interval '7 years' then 1 else 0 end
        + case when p.disability = 'SEVERE' then 2 else 0 end
        + case when p.is_pregnant then 2 else 0 end
        + case when p.has_chronic_illness then 1 else 0 end))::smallint as vulnerability,
    (select min(c.received_at)::date - date '1970-01-01' from case_file c
     where c.household_id = e.household_id and c.closed_at is null and c.removed_at is null) as waiting_since,
    e.mask
from eligible e
join household h on h.household_id = e.household_id
join person p on p.household_id = e.household_id and p.left_at is null and (e.person_id is null or p.person_id = e.person_id)
group by e.household_id, e.person_id, e.regency_code, h.decile, e.mask;

-- name: count_held
-- Units that have what a group of programmes gives, by regency: those who meet the rule and draw, and those with an active match.
with programme_of_run as (
    select code, group_mask from unnest(:programme_codes::text[], :group_masks::integer[]) as p(code, group_mask)
)
select regency_code, count(*) as units
from (
    select v.regency_code, v.household_id, v.person_id, p.group_mask
    from verdict v
    join programme_of_run p on p.code = v.programme_code
    where v.status = 'ALREADY_ENROLLED' and v.failed = 0 and v.missing = 0
    union
    select m.regency_code, m.household_id, m.person_id, p.group_mask
    from match m
    join programme_of_run p on p.code = m.programme_code
    where m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')
) held
group by regency_code;

-- name: list_rules
-- The rule in force of some programmes on a day, with the unit that the programme is given to.
select distinct on (r.programme_code) r.programme_code, r.version, g.unit
from programme_rule r
join programme g using (programme_code)
where r.programme_code = any (:programme_codes::text[]) and r.status = 'PUBLISHED' and r.effective_from <= :day
    and (r.effective_to is null or r.effective_to > :day)
order by r.programme_code, r.version desc;

-- name: list_exclusions
-- Pairs of programmes of which the rule in force of one excludes the other, be it for some components alone.
select r.programme_code, e.value ->> 'programme' as excluded_code
from programme_rule r
cross join lateral jsonb_array_elements(coalesce(r.rule #> '{stacking,excludes}', '[]')) e
where r.programme_code = any (:programme_codes::text[]) and r.status = 'PUBLISHED' and r.effective_from <= :day
    and (r.effective_to is null or r.effective_to > :day);

-- name: list_free_pools
-- Pools of some programmes in a period with what they have left; programme is the position in the list, from 0.
select p.pool_id, p.region_code, coalesce(sum(b.available), 0)::integer as available,
    array_position(:programme_codes::text[], p.programme_code) - 1 as programme
from entitlement_pool p
left join pool_balance b using (pool_id)
where p.programme_code = any (:programme_codes::text[]) and p.period = :period
group by p.pool_id
order by p.pool_id;

-- name: create_run
-- A run begins as a draft.
insert into allocation_run (programme_codes, rule_versions, groups, one_per_unit, policy, period, seed, status, created_by, created_at)
values (:programme_codes, :rule_versions, :groups, :one_per_unit, :policy, :period, :seed, 'DRAFT', :created_by, :created_at)
returning *;

-- name: lock_run
-- One at a time moves a run.
select * from allocation_run where run_id = :run_id for update;

-- name: clear_candidates
-- A run is simulated anew.
delete from allocation_candidate where run_id = :run_id;

-- name: clear_shares
-- A run is simulated anew.
delete from allocation_share where run_id = :run_id;

-- name: note_simulation
-- What the simulation found.
update allocation_run
set status = 'SIMULATED', input_digest = :input_digest, candidates = :candidates, placed = :placed, simulated_at = :simulated_at
where run_id = :run_id
returning *;

-- name: approve_run
-- Somebody else than the creator says yes.
update allocation_run set status = 'APPROVED', approved_by = :approved_by, approved_at = :approved_at
where run_id = :run_id
returning *;

-- name: note_execution
-- How far execution came; at the last candidate the run is executed.
update allocation_run
set executed_rank = :executed_rank,
    status = case when :executed_rank >= candidates then 'EXECUTED' else 'EXECUTING' end,
    executed_at = case when :executed_rank >= candidates then :executed_at else executed_at end
where run_id = :run_id
returning *;

-- name: note_roll_back
-- Nothing more is given by the run, and what it gave and was not issued is taken back.
update allocation_run set status = 'ROLLED_BACK', rolled_back_by = :rolled_back_by, rolled_back_at = :rolled_back_at
where run_id = :run_id
returning *;

-- name: find_stretch_end
-- The rank up to which so many candidates are placed; the last rank when there are fewer.
select coalesce(
    (select rank from allocation_candidate
     where run_id = :run_id and rank > :after_rank and pool_id is not null
     order by rank offset :placed - 1 limit 1),
    (select candidates from allocation_run where run_id = :run_id),
    0);

-- name: propose
-- Matches for the placed candidates of a stretch of ranks, once each; a unit that has something of the same group by now is
-- passed over.
with placed as materialized (
    select c.household_id, c.person_id, c.regency_code, c.run_id, c.rank, p.programme_code,
        r.rule_versions[array_position(r.programme_codes, p.programme_code)] as rule_version,
        array(
            select code from unnest(r.programme_codes) with ordinality as q(code, position)
            where g.mask >> (position - 1)::integer & 1 = 1
        ) as group_codes
    from allocation_candidate c
    join allocation_run r on r.run_id = c.run_id
    join entitlement_pool p on p.pool_id = c.pool_id
    cross join lateral (select mask from unnest(r.groups) mask where mask & c.mask <> 0) g
    where c.run_id = :run_id and c.rank > :after_rank and c.rank <= :last_rank
),
proposed as (
    insert into match (household_id, person_id, regency_code, programme_code, rule_version, run_id, rank, status, created_at, changed_at)
    select c.household_id, c.person_id, c.regency_code, c.programme_code, c.rule_version, c.run_id, c.rank, 'PROPOSED', :now, :now
    from placed c
    where not exists (select from match m where m.run_id = c.run_id and m.rank = c.rank)
        and not exists (
            select from match m
            where m.household_id = c.household_id and m.person_id is not distinct from c.person_id
                and m.programme_code = any (c.group_codes) and m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')
        )
        and exists (select from household h where h.household_id = c.household_id and h.removed_at is null)
        and (c.person_id is null
            or exists (select from person p where p.household_id = c.household_id and p.person_id = c.person_id))
    order by c.rank
    on conflict do nothing
    returning household_id, match_id, regency_code
),
journal as (
    insert into match_event (household_id, match_id, version, from_status, to_status, key, actor, regency_code, moved_at)
    select household_id, match_id, 1, null, 'PROPOSED', 'proposed', :actor, regency_code, :now from proposed
)
select count(*) from proposed;

-- name: reserve
-- Gives slots to the proposed matches of a run, each from the pool of its candidate; no slot is given twice.
with waiting as (
    select m.household_id, m.match_id, m.regency_code, m.run_id, m.rank
    from match m
    where m.run_id = :run_id and m.status = 'PROPOSED'
    order by m.rank
    for update skip locked
),
wanted as (
    select c.pool_id, count(*) as needed, array_agg(m.household_id order by m.rank) as household_ids,
        array_agg(m.match_id order by m.rank) as match_ids, array_agg(m.regency_code order by m.rank) as regency_codes
    from waiting m
    join allocation_candidate c on c.run_id = m.run_id and c.rank = m.rank
    group by c.pool_id
    order by c.pool_id
),
paired as (
    select w.pool_id, u.household_id, u.match_id, u.regency_code, u.slot_no
    from wanted w
    cross join lateral (
        select array_agg(s.slot_no order by s.slot_no) as slot_nos
        from (
            select s.slot_no from entitlement_slot s
            where s.pool_id = w.pool_id and s.state = 'AVAILABLE'
            order by s.slot_no limit w.needed
            for update skip locked
        ) s
    ) f
    cross join lateral unnest(w.household_ids, w.match_ids, w.regency_codes, f.slot_nos)
        as u(household_id, match_id, regency_code, slot_no)
    where u.slot_no is not null and u.match_id is not null
),
claimed as (
    update entitlement_slot s
    set state = 'RESERVED', household_id = w.household_id, match_id = w.match_id, regency_code = w.regency_code
    from paired w
    where s.pool_id = w.pool_id and s.slot_no = w.slot_no
),
reserved as (
    update match m set status = 'RESERVED', pool_id = w.pool_id, slot_no = w.slot_no, changed_at = :now
    from paired w
    where m.household_id = w.household_id and m.match_id = w.match_id
    returning m.household_id, m.match_id, m.version, m.regency_code
),
journal as (
    insert into match_event (household_id, match_id, version, from_status, to_status, key, actor, regency_code, moved_at)
    select household_id, match_id, version, 'PROPOSED', 'RESERVED', 'reserved', :actor, regency_code, :now from reserved
)
select count(*) from reserved;

-- name: list_proposed_runs
-- Runs with matches that wait for a slot: their pool was smaller than when the run was simulated.
select distinct m.run_id
from match m
join allocation_run r on r.run_id = m.run_id and r.status in ('EXECUTING', 'EXECUTED')
where m.status = 'PROPOSED'
order by m.run_id;

-- name: place_waiting
-- Slots that came back go to the next in rank of the last run of their programme who still is eligible and has nothing of the
-- same group; returns the ranks to propose.
with executed as (
    select distinct on (p.code, r.period) r.run_id, r.period, p.code as programme_code, (p.position - 1)::integer as bit,
        array(
            select code from unnest(r.programme_codes) with ordinality as q(code, position)
            where g.mask >> (q.position - 1)::integer & 1 = 1
        ) as group_codes
    from allocation_run r
    cross join lateral unnest(r.programme_codes) with ordinality as p(code, position)
    cross join lateral (select mask from unnest(r.groups) mask where mask >> (p.position - 1)::integer & 1 = 1) g
    where r.status = 'EXECUTED'
    order by p.code, r.period, r.run_id desc
),
open as (
    select x.run_id, x.programme_code, x.bit, x.group_codes, p.pool_id, p.region_code,
        (sum(b.available) - q.waiting)::integer as available
    from executed x
    join entitlement_pool p on p.programme_code = x.programme_code and p.period = x.period
    join pool_balance b on b.pool_id = p.pool_id
    cross join lateral (
        select count(*) as waiting from match m
        join allocation_candidate c on c.run_id = m.run_id and c.rank = m.rank
        where m.programme_code = x.programme_code and m.status = 'PROPOSED' and c.pool_id = p.pool_id
    ) q
    group by x.run_id, x.programme_code, x.bit, x.group_codes, p.pool_id, q.waiting
    having sum(b.available) > q.waiting
),
next as (
    select o.run_id, o.pool_id, n.rank
    from open o
    cross join lateral (
        select c.rank
        from allocation_candidate c
        join verdict v on v.household_id = c.household_id and v.programme_code = o.programme_code
            and v.person_id is not distinct from c.person_id and v.status = 'ELIGIBLE'
        where c.run_id = o.run_id and c.pool_id is null and c.mask >> o.bit & 1 = 1
            and starts_with(c.regency_code, coalesce(o.region_code, ''))
            and not exists (
                select from match m
                where m.household_id = c.household_id and m.person_id is not distinct from c.person_id
                    and (m.programme_code = o.programme_code or m.programme_code = any (o.group_codes)
                        and m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED'))
                    -- withdrawn with the case file that it was proposed for: the unit is where it was before
                    and not (m.status = 'RELEASED' and m.reason_code = 'NEED_WITHDRAWN')
                    -- proposed for a need under this very rank: it is this that waits
                    and not (m.status = 'PROPOSED' and m.run_id = c.run_id and m.rank = c.rank and m.programme_code = o.programme_code)
            )
        order by c.rank
        limit o.available
    ) n
),
nearest as (
    select distinct on (n.run_id, n.rank) n.run_id, n.rank, n.pool_id
    from next n
    join entitlement_pool p on p.pool_id = n.pool_id
    order by n.run_id, n.rank, length(coalesce(p.region_code, '')) desc, n.pool_id
),
placed as (
    update allocation_candidate c set pool_id = n.pool_id
    from nearest n
    where c.run_id = n.run_id and c.rank = n.rank and c.pool_id is null
    returning c.run_id, c.rank
)
select run_id, min(rank) - 1 as after_rank, max(rank) as last_rank, count(*) as placed from placed group by run_id;

-- name: list_held_of_run
-- Matches of a run that can be taken back, after a match: nothing was issued on them.
select match_id from match
where run_id = :run_id and status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED') and match_id > :after_id
order by match_id
limit :first;

-- name: list_issued_of_run
-- Matches of a run that the national system issued: these are not the hub's to take back.
select match_id from match where run_id = :run_id and status = 'ISSUED' order by match_id limit :first;

-- name: count_issued_of_run
-- How many these are.
select count(*) from match where run_id = :run_id and status = 'ISSUED';

-- name: find_unfinished_run
-- The last run of a programme and period that was not executed to its end.
select * from allocation_run
where :programme_code = any (programme_codes) and period = :period and status in ('DRAFT', 'SIMULATED', 'APPROVED', 'EXECUTING')
order by run_id desc limit 1;

-- name: list_runs_of_status
-- Runs that stand at one of these, oldest first.
select * from allocation_run where status = any (:statuses::text[]) order by run_id limit 100;
