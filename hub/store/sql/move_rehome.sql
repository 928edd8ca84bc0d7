-- name: rehome_matches
-- Matches are seen and delivered where the household lives now: the district there has not heard of what is under way.
update match x
set regency_code = h.regency_code, delivered_status = case when x.status in ('OFFERED', 'ACCEPTED', 'ISSUED') then null else x.status end
from household_move m
join household h on h.household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end
where m.move_id = any (:move_ids::bigint[]) and x.household_id = h.household_id and x.regency_code <> h.regency_code
    and (x.person_id is null or exists (select from stage_same s where s.person_id = x.person_id));

-- name: rehome_match_events
-- Their history with them.
update match_event e
set regency_code = x.regency_code
from household_move m
join match x on x.household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end
where m.move_id = any (:move_ids::bigint[]) and e.household_id = x.household_id and e.match_id = x.match_id
    and e.regency_code <> x.regency_code;

-- name: rehome_slots
-- Slots keep their pool and belong to the regency of their household.
update entitlement_slot s
set regency_code = x.regency_code
from household_move m
join match x on x.household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end
    and x.slot_no is not null
where m.move_id = any (:move_ids::bigint[]) and s.pool_id = x.pool_id and s.slot_no = x.slot_no and s.regency_code <> x.regency_code;

-- name: rehome_match_reviews
-- Matches in review are decided where the household lives now.
update match_review r
set regency_code = x.regency_code
from household_move m
join match x on x.household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end
where m.move_id = any (:move_ids::bigint[]) and r.household_id = x.household_id and r.match_id = x.match_id
    and r.regency_code <> x.regency_code;

-- name: rehome_enrolments
-- What national rosters give to the household and those who came along.
update enrolment e
set regency_code = h.regency_code
from household_move m
join household h on h.household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end
where m.move_id = any (:move_ids::bigint[]) and e.household_id = h.household_id and e.regency_code <> h.regency_code
    and (e.person_id is null or exists (select from stage_same s where s.person_id = e.person_id));

-- name: rehome_links
-- And how they were found.
update link l
set regency_code = h.regency_code
from household_move m
join household h on h.household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end
where m.move_id = any (:move_ids::bigint[]) and l.household_id = h.household_id and l.regency_code <> h.regency_code
    and (l.person_id is null or exists (select from stage_same s where s.person_id = l.person_id));

-- name: rehome_verdicts
-- Verdicts stand until they are found anew.
update verdict v
set regency_code = h.regency_code
from household_move m
join household h on h.household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end
where m.move_id = any (:move_ids::bigint[]) and v.household_id = h.household_id and v.regency_code <> h.regency_code;

-- name: rehome_family_cards
-- Former family cards.
update household_kk k
set regency_code = h.regency_code
from household_move m
join household h on h.household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end
where m.move_id = any (:move_ids::bigint[]) and k.household_id = h.household_id and k.regency_code <> h.regency_code;

-- name: rehome_earlier_moves
-- Moves of the row that went are moves of the household that stays.
update household_move e
set household_id = m.household_id
from household_move m
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and e.household_id = m.arrived_household_id
    and e.status = 'MOVED';

-- name: note_moved
-- The moves are done.
update household_move
set status = 'MOVED', cause = case when status = 'CONFIRMED' then 'PERSON' else cause end,
    moved_on = coalesce(moved_on, (:now::timestamptz at time zone 'UTC')::date), moved_at = :now
where move_id = any (:move_ids::bigint[]);

-- name: note_move_effects
-- The letters have had their effect.
insert into village_service_effect (village_service_id, regency_code, effect, household_id, person_id, move_id, applied_at)
select v.village_service_id, v.regency_code, case when m.person_id is null then 'HOUSEHOLD_MOVED' else 'PERSON_MOVED' end,
    case when m.person_id is null then m.household_id else m.arrived_household_id end, m.person_id, m.move_id, :now
from household_move m
join village_service v on v.village_service_id in (m.out_service_id, m.in_service_id)
where m.move_id = any (:move_ids::bigint[])
on conflict do nothing;
