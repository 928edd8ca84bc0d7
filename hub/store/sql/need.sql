-- name: propose_for_needs
-- Matches for the needs in some case files: units of their households that the rule of a covering programme finds eligible, that
-- have nothing active of it, and that nobody turned down since the last news. A unit that waits in the ranking of the last run of
-- its programme is proposed with its rank there; one that waits for one of several programmes is left to that ranking.
with need as (
    select distinct on (v.household_id, v.person_id, v.programme_code) c.case_file_id, v.household_id, v.person_id, v.regency_code,
        v.programme_code, v.rule_version
    from case_file c
    join programmes_for_needs(:now) n on n.category = c.category
    join verdict v on v.household_id = c.household_id and v.programme_code = n.programme_code and v.status = 'ELIGIBLE'
    join household h on h.household_id = v.household_id and h.removed_at is null
    where c.case_file_id = any (:case_file_ids::bigint[]) and c.type = 'NEED' and c.removed_at is null
        and c.status = any (:open_statuses::text[])
        and (c.person_id is null or v.person_id is null or v.person_id = c.person_id)
        and not exists (
            select from match m
            where m.household_id = v.household_id and m.programme_code = v.programme_code
                and m.person_id is not distinct from v.person_id
                and (m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')
                    or m.status in ('DECLINED', 'REJECTED') and m.changed_at >= h.fetched_at)
        )
    order by v.household_id, v.person_id, v.programme_code, c.case_file_id
),
placed as (
    select n.*, w.run_id, w.rank, coalesce(w.waits_for_more, false) as waits_for_more
    from need n
    left join lateral (
        select q.run_id, q.rank, q.mask <> 1 << (array_position(r.programme_codes, n.programme_code) - 1) as waits_for_more
        from allocation_run r
        join allocation_candidate q on q.run_id = r.run_id and q.household_id = n.household_id
            and q.person_id is not distinct from n.person_id
        where r.run_id = (
                select max(x.run_id) from allocation_run x where x.status = 'EXECUTED' and n.programme_code = any (x.programme_codes)
            )
            and q.pool_id is null and q.mask >> (array_position(r.programme_codes, n.programme_code) - 1) & 1 = 1
            and not exists (
                select from match m where m.household_id = n.household_id and m.run_id = q.run_id and m.rank = q.rank
            )
        limit 1
    ) w on true
),
proposed as (
    insert into match (household_id, person_id, regency_code, programme_code, rule_version, run_id, rank, status, created_at, changed_at)
    select household_id, person_id, regency_code, programme_code, rule_version, run_id, rank, 'PROPOSED', :now, :now
    from placed where not waits_for_more
    on conflict do nothing
    returning household_id, person_id, programme_code, match_id, regency_code
),
journal as (
    insert into match_event (household_id, match_id, version, from_status, to_status, key, actor, regency_code, moved_at)
    select household_id, match_id, 1, null, 'PROPOSED', 'proposed', :actor, regency_code, :now from proposed
)
select n.case_file_id, p.match_id, p.programme_code
from proposed p
join need n on n.household_id = p.household_id and n.programme_code = p.programme_code and n.person_id is not distinct from p.person_id
order by n.case_file_id, p.match_id;

-- name: list_matches_of_needs
-- The matches that are, or since the case file came in were, to meet the need in each of some case files.
select c.case_file_id, m.match_id
from case_file c
join (select distinct category, programme_code from need_programme where is_covered) n on n.category = c.category
join match m on m.household_id = c.household_id and m.programme_code = n.programme_code
where c.case_file_id = any (:case_file_ids::bigint[]) and c.type = 'NEED'
    and (c.person_id is null or m.person_id is null or m.person_id = c.person_id)
    and (m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED') or m.changed_at >= c.received_at)
order by c.case_file_id, m.match_id;

-- name: withdraw_for_needs
-- What was proposed for the needs in some case files that were rejected or joined to others, and still waits. Where another open case
-- file has the same need it goes on for that one, first of all for the one in which this one goes on; else it is withdrawn. A place in
-- a ranking that it waited at is free again for the unit, which loses nothing.
with came as (
    select c.case_file_id, c.duplicate_of, e.event_no, m.household_id, m.person_id, m.match_id, m.programme_code, m.regency_code
    from case_file c
    join case_event e on e.case_file_id = c.case_file_id and e.field_group = 'MATCH' and e.to_value = 'PROPOSED'
    join match m on m.match_id = case when e.field_group = 'MATCH' then e.item::bigint end and m.status = 'PROPOSED'
    where c.case_file_id = any (:case_file_ids::bigint[]) and c.status in ('REJECTED', 'DUPLICATE')
        and not exists (select from case_event l
            where l.case_file_id = c.case_file_id and l.field_group = 'MATCH' and l.item = e.item and l.event_no > e.event_no)
        and not exists (select from allocation_candidate q
            where q.run_id = m.run_id and q.rank = m.rank and q.household_id = m.household_id and q.pool_id is not null)
    for update of m
),
kept as (
    select distinct on (k.match_id) k.match_id, c.case_file_id
    from came k
    join case_file c on c.household_id = k.household_id and c.type = 'NEED' and c.removed_at is null
        and c.status = any (:open_statuses::text[]) and (c.person_id is null or k.person_id is null or c.person_id = k.person_id)
    join programmes_for_needs(:now) n on n.category = c.category and n.programme_code = k.programme_code
    order by k.match_id, c.case_file_id is not distinct from k.duplicate_of desc, c.case_file_id
),
withdrawn as (
    update match m
    set status = 'RELEASED', reason_code = 'NEED_WITHDRAWN', run_id = null, rank = null, changed_at = :now
    from (select distinct household_id, match_id from came where match_id not in (select match_id from kept)) w
    where m.household_id = w.household_id and m.match_id = w.match_id
    returning m.household_id, m.match_id, m.version, m.regency_code
),
journal as (
    insert into match_event (household_id, match_id, version, from_status, to_status, key, actor, reason_code, regency_code, moved_at)
    select household_id, match_id, version, 'PROPOSED', 'RELEASED', 'need_withdrawn', :actor, 'NEED_WITHDRAWN', regency_code, :now
    from withdrawn
)
select c.case_file_id, c.event_no, c.match_id, c.programme_code, k.case_file_id as kept_for
from came c
left join kept k on k.match_id = c.match_id
order by c.case_file_id, c.match_id;

-- name: list_ended_needs
-- Case files that were rejected or joined to others while what was proposed for their needs waits, after a case file.
select distinct c.case_file_id
from match m
join case_file c on c.household_id = m.household_id and c.status in ('REJECTED', 'DUPLICATE') and c.case_file_id > :after_id
join case_event e on e.case_file_id = c.case_file_id and e.field_group = 'MATCH' and e.to_value = 'PROPOSED' and e.item = m.match_id::text
where m.status = 'PROPOSED'
order by c.case_file_id
limit :first;

-- name: list_need_programmes
-- Which programmes cover which needs at a moment.
select distinct on (category, programme_code) rule_no, category, programme_code, is_covered, valid_from, reason, set_by, set_at
from need_programme where valid_from <= :now
order by category, programme_code, valid_from desc, rule_no desc;

-- name: set_need_programme
-- Whether a programme covers a need, from a moment on.
insert into need_programme (category, programme_code, is_covered, valid_from, reason, set_by, set_at)
values (:category, :programme_code, :is_covered, :valid_from, :reason, :set_by, :now)
returning rule_no;

-- name: find_need_programme
-- What was set, by its number.
select rule_no, category, programme_code, is_covered, valid_from, reason, set_by, set_at
from need_programme where rule_no = :rule_no;

-- name: reserve_for_needs
-- Slots that no ranking waits for go to matches that were proposed for a need: the poorest first, then who has waited for longest.
-- Each takes from the nearest pool that has any; what finds none waits for the next time.
with waiting as (
    select m.household_id, m.match_id, m.regency_code, m.programme_code, h.decile, m.created_at
    from match m
    join household h on h.household_id = m.household_id
    where m.status = 'PROPOSED' and m.run_id is null
        and exists (
            select from verdict v
            where v.household_id = m.household_id and v.programme_code = m.programme_code
                and v.person_id is not distinct from m.person_id and v.status = 'ELIGIBLE'
        )
    for update of m skip locked
),
nearest as (
    select w.*, p.pool_id, row_number() over (partition by p.pool_id order by w.decile nulls last, w.created_at, w.match_id) as place
    from waiting w
    cross join lateral (
        select p.pool_id
        from entitlement_pool p
        where p.programme_code = w.programme_code and starts_with(w.regency_code, coalesce(p.region_code, ''))
            and exists (select from entitlement_slot s where s.pool_id = p.pool_id and s.state = 'AVAILABLE')
        order by p.period desc, length(coalesce(p.region_code, '')) desc, p.pool_id
        limit 1
    ) p
),
wanted as (
    select pool_id, count(*) as needed from nearest group by pool_id order by pool_id
),
free as (
    select f.pool_id, f.slot_no, row_number() over (partition by f.pool_id order by f.slot_no) as place
    from wanted w
    cross join lateral (
        select s.pool_id, s.slot_no from entitlement_slot s
        where s.pool_id = w.pool_id and s.state = 'AVAILABLE'
        order by s.slot_no limit w.needed
        for update skip locked
    ) f
),
paired as (
    select n.household_id, n.match_id, n.regency_code, f.pool_id, f.slot_no from nearest n join free f using (pool_id, place)
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

-- name: list_needs
-- Open case files with a need of a household, after a case file.
select case_file_id from case_file
where type = 'NEED' and household_id is not null and removed_at is null
    and status in ('RECEIVED', 'TRIAGED', 'ASSIGNED', 'IN_PROGRESS', 'WAITING_CITIZEN', 'WAITING_AGENCY', 'REFERRED', 'REOPENED')
    and case_file_id > :after_id
order by case_file_id
limit :first;

-- name: hold_case_files
-- Case files, held in the order of their ids until the transaction ends.
select case_file_id from case_file where case_file_id = any (:case_file_ids::bigint[]) order by case_file_id for update;
