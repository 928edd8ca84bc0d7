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
-- Matches of a status in the order in which they came, after a match; null programme means all. A run that is being rolled back
-- goes no further.
select m.match_id, m.household_id, m.person_id, m.regency_code, m.programme_code, m.status, m.expires_at, m.run_id,
    h.source_record_id as household_record_id, p.source_record_id as person_record_id, p.nik, h.kk_number, p.name, p.birth_date,
    e.region_code as pool_region_code
from match m
join household h on h.household_id = m.household_id
left join person p on p.household_id = m.household_id and p.person_id = m.person_id
left join entitlement_pool e on e.pool_id = m.pool_id
where m.status = :status and (:programme_code::text is null or m.programme_code = :programme_code) and m.match_id > :after_id
    and not exists (select from allocation_run r where r.run_id = m.run_id and r.status = 'ROLLED_BACK')
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
where m.regency_code = :regency_code and m.is_news and m.match_id > :after_id
order by m.match_id
limit :first;

-- name: note_delivered
-- The district took these; if the status moved meanwhile, it is told again.
update match m set delivered_status = d.status
from unnest(:match_ids::bigint[], :statuses::text[]) as d(match_id, status)
where m.match_id = d.match_id;

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
