-- name: hold_moves
-- Merges go on beside each other, but not while moves are applied.
select pg_advisory_xact_lock_shared(hashtextextended('household moves', 0));

-- name: has_moves
-- Whether any household has moved at all; a statement of its own, to see what was committed while the lock was waited for.
select exists (select from household_move where status = 'MOVED');

-- name: alias_stage_household
-- Households that were united with the ones that moved here.
update stage_household s set household_id = a.household_id from household_alias a where a.made_id = s.household_id;

-- name: alias_stage_person
-- Their members, with the households that stand for theirs.
update stage_person s
set household_id = coalesce(h.household_id, s.household_id), person_id = coalesce(p.person_id, s.person_id)
from stage_person t
left join household_alias h on h.made_id = t.household_id
left join person_alias p on p.made_id = t.person_id
where t.ctid = s.ctid and (h.made_id is not null or p.made_id is not null);

-- name: alias_stage_case_file
-- Case files of these households.
update stage_case_file s set household_id = a.household_id from household_alias a where a.made_id = s.household_id;

-- name: alias_stage_village_service
-- Services for these households and persons, and move letters that name them as the other side.
update stage_village_service s
set household_id = coalesce(h.household_id, s.household_id), person_id = coalesce(p.person_id, s.person_id),
    other_household_id = coalesce(o.household_id, s.other_household_id)
from stage_village_service t
left join household_alias h on h.made_id = t.household_id
left join person_alias p on p.made_id = t.person_id
left join household_alias o on o.made_id = t.other_household_id
where t.ctid = s.ctid and (h.made_id is not null or p.made_id is not null or o.made_id is not null);

-- name: find_moved_rejects
-- A district that goes on with a household after it moved away hears of it; its records from before then are merely late.
insert into stage_reject
select 'HOUSEHOLD', s.source_record_id, 'id', 'HOUSEHOLD_MOVED', 'RECORD', s.source_record_id, s.position, s.revision
from stage_household s
where not s.is_removed and exists (
    select from household_move m
    where m.household_id = s.household_id and m.person_id is null and m.status = 'MOVED' and m.from_source_code = :source_code
        and m.from_record_id = s.source_record_id and s.observed_at::date > m.moved_on
        and not exists (
            select from household h
            where h.household_id = s.household_id and h.source_code = :source_code and h.source_record_id = s.source_record_id
        )
);

-- name: drop_moved_households
-- What a former district still says of a household changes nothing.
delete from stage_household s
using household_move m
where m.household_id = s.household_id and m.person_id is null and m.status = 'MOVED' and m.from_source_code = :source_code
    and m.from_record_id = s.source_record_id
    and not exists (
        select from household h
        where h.household_id = s.household_id and h.source_code = :source_code and h.source_record_id = s.source_record_id
    );
