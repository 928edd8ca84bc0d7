-- name: list_candidates
-- Eligible units without an active match, whom neither the household nor the national system turned down since the last news.
select v.household_id, v.person_id, v.regency_code, h.decile,
    least(99, sum(
        case when p.birth_date <= :as_of::date - interval '60 years' then 1 else 0 end
        + case when p.birth_date > :as_of::date - interval '7 years' then 1 else 0 end
        + case when p.disability = 'SEVERE' then 2 else 0 end
        + case when p.is_pregnant then 2 else 0 end
        + case when p.has_chronic_illness then 1 else 0 end))::smallint as vulnerability,
    (select min(c.received_at)::date - date '1970-01-01' from case_file c
     where c.household_id = v.household_id and c.closed_at is null and c.removed_at is null) as waiting_since
from verdict v
join household h on h.household_id = v.household_id
join person p on p.household_id = v.household_id and p.left_at is null and (v.person_id is null or p.person_id = v.person_id)
where v.programme_code = :programme_code and v.status = 'ELIGIBLE'
    and not exists (
        select from match m
        where m.household_id = v.household_id and m.programme_code = v.programme_code and m.person_id is not distinct from v.person_id
            and (m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')
                or m.status in ('DECLINED', 'REJECTED') and m.changed_at >= h.fetched_at))
group by v.household_id, v.person_id, v.regency_code, h.decile;

-- name: list_free_pools
-- Pools of a programme and period with what they have left.
select p.pool_id, p.region_code, coalesce(sum(b.available), 0)::integer as available
from entitlement_pool p
left join pool_balance b using (pool_id)
where p.programme_code = :programme_code and p.period = :period
group by p.pool_id
order by p.pool_id;

-- name: create_run
-- A run begins as a draft.
insert into allocation_run (programme_code, rule_version, period, seed, status, created_by, created_at)
values (:programme_code, :rule_version, :period, :seed, 'DRAFT', :created_by, :created_at)
returning *;

-- name: lock_run
-- One at a time moves a run.
select * from allocation_run where run_id = :run_id for update;

-- name: clear_candidates
-- A run is simulated anew.
delete from allocation_candidate where run_id = :run_id;

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

-- name: begin_execution
-- The run is being executed; it goes on after executed_rank.
update allocation_run set status = 'EXECUTING' where run_id = :run_id returning *;

-- name: note_execution
-- How far execution came; at the last candidate the run is executed.
update allocation_run
set executed_rank = :executed_rank,
    status = case when :executed_rank >= candidates then 'EXECUTED' else status end,
    executed_at = case when :executed_rank >= candidates then :executed_at else executed_at end
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
-- Matches for the placed candidates of a stretch of ranks, once each; a unit that has an active match by now is passed over.
with proposed as (
    insert into match (household_id, person_id, regency_code, programme_code, rule_version, run_id, rank, status, created_at, changed_at)
    select c.household_id, c.person_id, c.regency_code, r.programme_code, r.rule_version, c.run_id, c.rank, 'PROPOSED', :now, :now
    from allocation_candidate c
    join allocation_run r on r.run_id = c.run_id
    where c.run_id = :run_id and c.rank > :after_rank and c.rank <= :last_rank and c.pool_id is not null
        and not exists (select from match m where m.run_id = c.run_id and m.rank = c.rank)
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
    select m.household_id, m.match_id, m.regency_code, c.pool_id, row_number() over (partition by c.pool_id order by m.rank) as n
    from waiting m
    join allocation_candidate c on c.run_id = m.run_id and c.rank = m.rank
),
free as (
    select p.pool_id, f.slot_no, row_number() over (partition by p.pool_id order by f.slot_no) as n
    from (select pool_id, count(*) as needed from wanted group by pool_id order by pool_id) p
    cross join lateral (
        select s.slot_no from entitlement_slot s
        where s.pool_id = p.pool_id and s.state = 'AVAILABLE'
        order by s.slot_no limit p.needed
        for update skip locked
    ) f
),
paired as (
    select w.*, f.slot_no from wanted w join free f on f.pool_id = w.pool_id and f.n = w.n
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
select distinct run_id from match where status = 'PROPOSED' and run_id is not null order by run_id;

-- name: lock_matches
-- Locked in order, so that two movers never wait for each other.
select match_id from match where match_id = any (:match_ids::bigint[]) order by match_id for update;

-- name: move_matches
-- Moves a set of matches to one status, with slot and journal; run after lock_matches in the same transaction. A key that
-- was used before is a replay and moves nothing; a move that the state machine does not know moves nothing.
with asked as (
    select * from unnest(:match_ids::bigint[], :keys::text[], :reason_codes::text[], :national_references::text[])
        with ordinality as a(match_id, key, reason_code, national_reference, position)
),
judged as (
    select a.position, a.match_id, a.key, a.reason_code, a.national_reference, m.household_id, m.status, m.pool_id, m.slot_no,
        m.regency_code, e.to_status as replay_of,
        exists (select from match_transition t where t.from_status = m.status and t.to_status = :to_status) as is_allowed,
        row_number() over (partition by a.match_id order by a.position) as turn
    from asked a
    left join match m on m.match_id = a.match_id
    left join match_event e on e.household_id = m.household_id and e.match_id = m.match_id and e.key = a.key
),
moving as (
    select * from judged where is_allowed and replay_of is null and turn = 1
),
freed_or_kept as (
    update entitlement_slot s
    set state = coalesce(:slot_state::text, 'AVAILABLE'),
        household_id = case when :slot_state::text is not null then s.household_id end,
        match_id = case when :slot_state::text is not null then s.match_id end,
        regency_code = case when :slot_state::text is not null then s.regency_code end
    from moving v
    where s.pool_id = v.pool_id and s.slot_no = v.slot_no and s.state <> coalesce(:slot_state::text, 'AVAILABLE')
),
moved as (
    update match m
    set status = :to_status, changed_at = :now, reason_code = v.reason_code,
        national_reference = coalesce(v.national_reference, m.national_reference),
        expires_at = case when :to_status = 'OFFERED' then :expires_at::timestamptz else m.expires_at end,
        pool_id = case when :slot_state::text is not null then m.pool_id end,
        slot_no = case when :slot_state::text is not null then m.slot_no end
    from moving v
    where m.household_id = v.household_id and m.match_id = v.match_id
    returning m.household_id, m.match_id, m.version, m.regency_code, v.status as from_status, v.key, v.reason_code
),
journal as (
    insert into match_event (household_id, match_id, version, from_status, to_status, key, actor, reason_code, regency_code, moved_at)
    select household_id, match_id, version, from_status, :to_status, key, :actor, reason_code, regency_code, :now from moved
)
select j.match_id,
    case when j.household_id is null then 'NOT_FOUND' when v.match_id is not null then 'MOVED' when j.replay_of = :to_status then 'REPLAY'
        when j.replay_of is not null then 'KEY_REUSED' else 'REFUSED' end as result,
    j.status as from_status, j.replay_of
from judged j
left join moving v on v.match_id = j.match_id and v.position = j.position
order by j.position;

-- name: list_work
-- Matches of a status in the order in which they came, after a match; null programme means all.
select m.match_id, m.household_id, m.person_id, m.regency_code, m.programme_code, m.status, m.expires_at, m.run_id,
    h.source_record_id as household_record_id, p.source_record_id as person_record_id, p.nik, h.kk_number, p.name, p.birth_date,
    e.region_code as pool_region_code
from match m
join household h on h.household_id = m.household_id
left join person p on p.household_id = m.household_id and p.person_id = m.person_id
left join entitlement_pool e on e.pool_id = m.pool_id
where m.status = :status and (:programme_code::text is null or m.programme_code = :programme_code) and m.match_id > :after_id
order by m.match_id
limit :first;

-- name: list_expired
-- Offers whose time is over.
select match_id from match where status = 'OFFERED' and expires_at <= :now and match_id > :after_id order by match_id limit :first;

-- name: list_undelivered
-- Matches of a regency whose district has not heard of their status yet.
select m.match_id, h.source_record_id as household_record_id, p.source_record_id as person_record_id, m.programme_code, m.status,
    m.expires_at
from match m
join household h on h.household_id = m.household_id
left join person p on p.household_id = m.household_id and p.person_id = m.person_id
where m.regency_code = :regency_code and m.delivered_status is distinct from m.status
    and m.status not in ('PROPOSED', 'RESERVED', 'SUPERSEDED') and m.match_id > :after_id
order by m.match_id
limit :first;

-- name: note_delivered
-- The district took these; if the status moved meanwhile, it is told again.
update match m set delivered_status = d.status
from unnest(:match_ids::bigint[], :statuses::text[]) as d(match_id, status)
where m.match_id = d.match_id;

-- name: place_waiting
-- Slots that came back go to the next in rank of their run who still is eligible and has no active match; returns how many.
with executed as (
    select r.run_id, r.programme_code, r.period from allocation_run r
    where r.status = 'EXECUTED'
        and r.run_id = (select max(n.run_id) from allocation_run n
                        where n.programme_code = r.programme_code and n.period = r.period and n.status = 'EXECUTED')
),
open as (
    select x.run_id, x.programme_code, p.pool_id, p.region_code, (sum(b.available) - q.waiting)::integer as available
    from executed x
    join entitlement_pool p on p.programme_code = x.programme_code and p.period = x.period
    join pool_balance b on b.pool_id = p.pool_id
    cross join lateral (
        select count(*) as waiting from match m
        join allocation_candidate c on c.run_id = m.run_id and c.rank = m.rank
        where m.programme_code = x.programme_code and m.status = 'PROPOSED' and c.pool_id = p.pool_id
    ) q
    group by x.run_id, x.programme_code, p.pool_id, q.waiting
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
        where c.run_id = o.run_id and c.pool_id is null and starts_with(c.regency_code, coalesce(o.region_code, ''))
            and not exists (select from match m
                            where m.household_id = c.household_id and m.programme_code = o.programme_code
                                and m.person_id is not distinct from c.person_id)
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

-- name: confirm_by_roster
-- Accepted matches of systems that issue by themselves: the roster shows the unit now, by number or by somebody's word.
select m.match_id, min(e.source_record_id) as national_reference
from match m
join enrolment e on e.household_id = m.household_id and e.programme_code = m.programme_code
    and e.person_id is not distinct from m.person_id and e.status = 'ACTIVE' and e.link_method not in ('REPORTED', 'PROBABILISTIC')
where m.status = 'ACCEPTED' and m.programme_code = :programme_code and m.match_id > :after_id
group by m.match_id
order by m.match_id
limit :first;

-- name: count_matches
-- Matches by programme and status.
select programme_code, status, count(*) as count from match group by programme_code, status;

-- name: list_own_matches
-- Which of these matches belong to households of a source.
select m.match_id
from match m
join household h on h.household_id = m.household_id
where m.match_id = any (:match_ids::bigint[]) and h.source_code = :source_code;

-- name: list_programmes_of
-- The programmes whose roster a national system keeps.
select programme_code from programme where roster_source_code = :source_code order by programme_code;

-- name: find_unfinished_run
-- The last run of a programme and period that was not executed to its end.
select * from allocation_run
where programme_code = :programme_code and period = :period and status in ('DRAFT', 'SIMULATED', 'APPROVED', 'EXECUTING')
order by run_id desc limit 1;

-- name: list_runs_of_status
-- Runs that stand at one of these, oldest first.
select * from allocation_run where status = any (:statuses::text[]) order by run_id limit 100;
