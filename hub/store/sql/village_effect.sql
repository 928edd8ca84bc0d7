-- name: note_newborns
-- Completed birth letters and certificates, once each: the child is known by its birth date, or is a candidate whom no list has yet,
-- until the district's record brings it; the finding NEWBORN names it to the officers. Returns how many candidates there are.
with noted as (
    insert into village_service_effect (village_service_id, regency_code, effect, household_id, person_id, applied_at)
    select v.village_service_id, v.regency_code, case when child.person_id is null then 'NEWBORN_CANDIDATE' else 'NEWBORN_KNOWN' end,
        v.household_id, child.person_id, :now
    from village_service v
    join household h on h.household_id = v.household_id
    left join lateral (
        select p.person_id from person p
        where p.household_id = v.household_id and p.left_at is null
            and case when v.event_on is not null then p.birth_date = v.event_on
                else p.birth_date > coalesce(v.completed_at, v.observed_at)::date - interval '1 year' end
        order by p.birth_date desc, p.person_id limit 1
    ) child on true
    where v.type in ('BIRTH_LETTER', 'BIRTH_CERTIFICATE') and v.status = 'COMPLETED' and v.removed_at is null
        and not exists (select from village_service_effect e where e.village_service_id = v.village_service_id)
    on conflict do nothing
    returning effect
)
select count(*) from noted where effect = 'NEWBORN_CANDIDATE';

-- name: list_new_deaths
-- Completed death letters that name a person whom the registry knows, without their effect yet.
select v.village_service_id, p.person_id, p.vital_status is not distinct from 'DECEASED' as is_known
from village_service v
join person p on p.person_id = v.person_id
where v.type = 'DEATH_LETTER' and v.status = 'COMPLETED' and v.removed_at is null
    and not exists (select from village_service_effect e where e.village_service_id = v.village_service_id)
order by v.village_service_id
for update of p;

-- name: note_deceased
-- The registry says so until a newer record of the district says otherwise.
update person set vital_status = 'DECEASED' where person_id = any (:person_ids::bigint[]) and vital_status is distinct from 'DECEASED';

-- name: list_matches_of_deceased
-- What is on its way to persons who died. What is issued stays until a person confirms what the finder says of it.
select match_id, person_id, slot_no is not null as holds_slot
from match
where person_id = any (:person_ids::bigint[]) and status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED')
order by match_id;

-- name: add_death_effects
-- One effect for each letter, with the slots that it freed.
insert into village_service_effect (village_service_id, regency_code, effect, household_id, person_id, slots_freed, applied_at)
select v.village_service_id, v.regency_code, case when d.is_known then 'DEATH_KNOWN' else 'DEATH_NOTED' end, p.household_id, p.person_id,
    d.slots_freed, :now
from unnest(:service_ids::bigint[], :are_known::boolean[], :slots_freed::integer[]) as d(village_service_id, is_known, slots_freed)
join village_service v on v.village_service_id = d.village_service_id
join person p on p.person_id = v.person_id
on conflict do nothing;

-- name: find_effects_of
-- What followed from some services.
select village_service_id, effect, household_id, person_id, move_id, slots_freed, applied_at
from village_service_effect
where village_service_id = any (:service_ids::bigint[]);
