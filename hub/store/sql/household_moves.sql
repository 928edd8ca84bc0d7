-- name: find_household_moves
-- Moves by id.
select move_id, household_id, arrived_household_id, from_regency_code, to_regency_code, status, cause, evidence, moved_on, found_at,
    decided_by, decided_at, reason, moved_at, person_id, arrived_person_id
from household_move where move_id = any (:move_ids::bigint[]);

-- name: list_household_moves
-- Moves out of or into a range of regencies, in the order in which they were found; a null status means all.
select move_id, household_id, arrived_household_id, from_regency_code, to_regency_code, status, cause, evidence, moved_on, found_at,
    decided_by, decided_at, reason, moved_at, person_id, arrived_person_id
from household_move
where move_id > :after_id and (:status::text is null or status = :status)
    and (from_regency_code >= :region_from and from_regency_code < :region_to
        or to_regency_code >= :region_from and to_regency_code < :region_to)
order by move_id
limit :first;

-- name: list_moves_of
-- The moves of some households, the first one first.
select move_id, household_id, arrived_household_id, from_regency_code, to_regency_code, status, cause, evidence, moved_on, found_at,
    decided_by, decided_at, reason, moved_at, person_id, arrived_person_id
from household_move
where household_id = any (:household_ids::bigint[]) and person_id is null and status = 'MOVED'
order by household_id, move_id;

-- name: decide_move
-- A person's word on a move in review.
update household_move
set status = :status, decided_by = :decided_by, decided_at = :decided_at, reason = :reason
where move_id = :move_id and status = 'REVIEW'
returning move_id;
