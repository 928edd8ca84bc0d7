-- name: create_stage_same
-- Members of both households of a move who are one person.
create temporary table if not exists stage_same (
    move_id bigint, household_id bigint, person_id bigint, arrived_household_id bigint, arrived_person_id bigint
) on commit delete rows;

-- name: clear_stage_same
-- A round begins with nothing, also within one transaction.
delete from stage_same;

-- name: find_same_by_nik
-- The same NIK in both households.
insert into stage_same
select m.move_id, m.household_id, o.person_id, m.arrived_household_id, n.person_id
from household_move m
cross join lateral (
    select person_id, nik, row_number() over (partition by nik order by person_id) as turn from person
    where household_id = m.household_id and nik is not null
) o
join lateral (
    select person_id, nik, row_number() over (partition by nik order by person_id) as turn from person
    where household_id = m.arrived_household_id and nik is not null
) n on n.nik = o.nik and n.turn = o.turn
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null;

-- name: find_same_alone
-- Who moves alone.
insert into stage_same
select move_id, household_id, person_id, arrived_household_id, arrived_person_id
from household_move
where move_id = any (:move_ids::bigint[]) and person_id is not null;

-- name: find_same_by_name
-- The same name, birth date and sex, of those whom no NIK tells apart.
insert into stage_same
select m.move_id, m.household_id, o.person_id, m.arrived_household_id, n.person_id
from household_move m
cross join lateral (
    select person_id, nik, upper(name) as name, birth_date, sex,
        row_number() over (partition by upper(name), birth_date, sex order by person_id) as turn
    from person p
    where household_id = m.household_id and not exists (select from stage_same s where s.person_id = p.person_id)
) o
join lateral (
    select person_id, nik, upper(name) as name, birth_date, sex,
        row_number() over (partition by upper(name), birth_date, sex order by person_id) as turn
    from person p
    where household_id = m.arrived_household_id and not exists (select from stage_same s where s.arrived_person_id = p.person_id)
) n on n.name = o.name and n.birth_date = o.birth_date and n.sex = o.sex and n.turn = o.turn
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and (o.nik is null or n.nik is null);

-- name: find_issued_twice
-- Moves of which one unit holds an entitlement of one programme in both regencies: a person has to revoke one of them first.
update household_move u
set cause = 'BOTH_ISSUED', status = 'REVIEW', decided_by = null, decided_at = null
from household_move m
join match o on o.household_id = m.household_id and o.status = 'ISSUED'
join match n on n.household_id = m.arrived_household_id and n.status = 'ISSUED' and n.programme_code = o.programme_code
left join stage_same s on s.person_id = o.person_id and s.arrived_person_id = n.person_id
where u.move_id = m.move_id and m.move_id = any (:move_ids::bigint[])
    and (m.person_id is null and o.person_id is null and n.person_id is null
        or s.person_id is not null and (m.person_id is null or m.person_id = s.person_id))
returning u.move_id;

-- name: keep_same_of
-- Moves that wait for a person are not applied in this round.
delete from stage_same where move_id <> all (:move_ids::bigint[]);

-- name: list_released
-- What is only reserved or offered, from a pool of a region that the household left: its slot goes back to that pool.
select x.match_id, m.move_id
from household_move m
join household a on a.household_id = m.arrived_household_id
join match x on x.household_id = m.household_id and x.status in ('RESERVED', 'OFFERED')
join entitlement_pool p on p.pool_id = x.pool_id and p.region_code is not null
where m.move_id = any (:move_ids::bigint[]) and not starts_with(a.region_code || '.', p.region_code || '.')
    and (m.person_id is null and x.person_id is null
        or exists (select from stage_same s where s.move_id = m.move_id and s.person_id = x.person_id))
order by x.match_id;

-- name: list_superseded
-- Of two active matches of one unit and programme the one that has come less far, of equals that of the new record.
select case when array_position(way.steps, n.status) > array_position(way.steps, o.status) then o.match_id else n.match_id end as match_id,
    m.move_id
from household_move m
cross join (select array['PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED'] as steps) way
join match o on o.household_id = m.household_id and o.status = any (way.steps)
join match n on n.household_id = m.arrived_household_id and n.status = any (way.steps) and n.programme_code = o.programme_code
left join stage_same s on s.move_id = m.move_id and s.person_id = o.person_id and s.arrived_person_id = n.person_id
where m.move_id = any (:move_ids::bigint[])
    and (m.person_id is null and o.person_id is null and n.person_id is null or s.person_id is not null)
order by 1;

-- name: add_household_aliases
-- From now on the new district's record means the household that stays, and so does what meant the one that came.
with came as (
    insert into household_alias (made_id, household_id, regency_code, move_id)
    select m.arrived_household_id, m.household_id, m.to_regency_code, m.move_id
    from household_move m
    where m.move_id = any (:move_ids::bigint[]) and m.person_id is null
)
update household_alias x
set household_id = m.household_id
from household_move m
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and x.household_id = m.arrived_household_id;

-- name: add_person_aliases
-- The same for its members, and for who moves alone.
with came as (
    insert into person_alias (made_id, person_id, regency_code, move_id)
    select s.arrived_person_id, s.person_id, m.to_regency_code, m.move_id
    from stage_same s
    join household_move m on m.move_id = s.move_id
)
update person_alias x set person_id = s.person_id from stage_same s where x.person_id = s.arrived_person_id;

-- name: take_persons_over
-- A member stays who he or she is, as the new district knows them.
update person p
set source_code = n.source_code, source_record_id = n.source_record_id, source_revision = n.source_revision,
    observed_at = n.observed_at, fetched_at = n.fetched_at, regency_code = n.regency_code, nik = n.nik, nik_status = n.nik_status,
    nik_warnings = n.nik_warnings, name = n.name, sex = n.sex, birth_date = n.birth_date, birth_place = n.birth_place,
    is_head = n.is_head, vital_status = n.vital_status, is_pregnant = n.is_pregnant, pregnancy_due_on = n.pregnancy_due_on,
    school_level = n.school_level, is_enrolled_in_school = n.is_enrolled_in_school, disability = n.disability,
    has_chronic_illness = n.has_chronic_illness, occupation_class = n.occupation_class, left_at = n.left_at
from stage_same s
join person n on n.person_id = s.arrived_person_id
where p.person_id = s.person_id;

-- name: leave_persons
-- Whom the new district does not name did not come along.
update person p
set left_at = :now
from household_move m
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and p.household_id = m.household_id and p.left_at is null
    and not exists (select from stage_same s where s.person_id = p.person_id);

-- name: drop_reported
-- What the old district reported of the household counts no more.
delete from enrolment e
using household_move m
where m.move_id = any (:move_ids::bigint[]) and e.household_id = m.household_id and e.link_method = 'REPORTED'
    and (m.person_id is null or e.person_id = m.person_id)
    and e.source_code = m.from_source_code;

-- name: drop_equal_enrolments
-- Enrolments that both have by the same roster line.
delete from enrolment e
using household_move m
where m.move_id = any (:move_ids::bigint[]) and e.household_id = m.arrived_household_id
    and (m.person_id is null or e.person_id = m.arrived_person_id)
    and exists (
        select from enrolment o
        where o.household_id = m.household_id and o.programme_code = e.programme_code and o.source_code = e.source_code
            and o.source_record_id = e.source_record_id
    );

-- name: join_enrolments
-- The other ones belong to the household that stays.
update enrolment e
set household_id = m.household_id, person_id = s.person_id
from household_move m, (
    select x.household_id, x.programme_code, x.source_code, x.source_record_id, y.person_id
    from enrolment x
    left join stage_same y on y.arrived_person_id = x.person_id
    where x.person_id is null or y.person_id is not null
) s
where m.move_id = any (:move_ids::bigint[]) and e.household_id = m.arrived_household_id and s.household_id = e.household_id
    and (m.person_id is null or e.person_id = m.arrived_person_id)
    and s.programme_code = e.programme_code and s.source_code = e.source_code and s.source_record_id = e.source_record_id;

-- name: drop_equal_links
-- Links that both have to the same roster line: a person's word before the hub's, of two the one that stays.
delete from link l
using household_move m, link o
where m.move_id = any (:move_ids::bigint[]) and l.source_code = o.source_code and l.source_record_id = o.source_record_id
    and (m.person_id is null and l.person_id is null and o.person_id is null
        or exists (
            select from stage_same s where s.move_id = m.move_id and (s.person_id, s.arrived_person_id) in ((l.person_id, o.person_id), (o.person_id, l.person_id))
        ))
    and (l.household_id = m.arrived_household_id and o.household_id = m.household_id
            and (o.decided_by is not null or l.decided_by is null)
        or l.household_id = m.household_id and o.household_id = m.arrived_household_id
            and l.decided_by is null and o.decided_by is not null);

-- name: join_links
-- The other ones belong to the household that stays.
update link l
set household_id = m.household_id,
    person_id = case when l.person_id is not null then (select s.person_id from stage_same s where s.arrived_person_id = l.person_id) end,
    member_id = coalesce((select s.person_id from stage_same s where s.arrived_person_id = l.member_id), l.member_id)
from household_move m
where m.move_id = any (:move_ids::bigint[]) and l.household_id = m.arrived_household_id
    and (m.person_id is null and l.person_id is null
        or exists (select from stage_same s where s.move_id = m.move_id and s.arrived_person_id = l.person_id));

-- name: join_link_members
-- Links of households that were found by a member who moved in alone.
update link l set member_id = s.person_id from stage_same s where l.member_id = s.arrived_person_id;

-- name: drop_pairs
-- A linking job under way finds them anew.
delete from link_pair p
using household_move m
where m.move_id = any (:move_ids::bigint[]) and p.household_id in (m.arrived_household_id, m.household_id);

-- name: drop_keys
-- Keys by which likely pairs are found are made anew from the new record.
with gone as (
    delete from person_keyed k using stage_same s where k.person_id in (s.person_id, s.arrived_person_id) returning k.person_id
)
delete from person_key k using gone where k.person_id = gone.person_id;

-- name: join_matches
-- Matches of the new record belong to the household that stays; events, slots and reviews follow.
update match x
set household_id = m.household_id,
    person_id = case when x.person_id is not null then (select s.person_id from stage_same s where s.arrived_person_id = x.person_id) end
from household_move m
where m.move_id = any (:move_ids::bigint[]) and x.household_id = m.arrived_household_id
    and (m.person_id is null and x.person_id is null
        or exists (select from stage_same s where s.move_id = m.move_id and s.arrived_person_id = x.person_id));

-- name: drop_waiting
-- Who stands in one run twice waits once.
delete from allocation_candidate c
using household_move m
where m.move_id = any (:move_ids::bigint[]) and c.household_id = m.arrived_household_id and c.pool_id is null
    and (m.person_id is null or c.person_id = m.arrived_person_id)
    and exists (
        select from allocation_candidate o
        left join stage_same s on s.person_id = o.person_id
        where o.run_id = c.run_id and o.household_id = m.household_id and o.mask = c.mask
            and s.arrived_person_id is not distinct from c.person_id
    );

-- name: join_candidates
-- Candidates of runs likewise, and where they stand now.
update allocation_candidate c
set household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end, regency_code = a.regency_code,
    person_id = coalesce((select s.person_id from stage_same s where s.arrived_person_id = c.person_id), c.person_id)
from household_move m
join household a on a.household_id = m.arrived_household_id
where m.move_id = any (:move_ids::bigint[])
    and (m.person_id is null or c.person_id in (m.person_id, m.arrived_person_id))
    and (c.household_id = m.arrived_household_id
        or c.household_id = m.household_id
            and (c.person_id is null or exists (select from stage_same s where s.person_id = c.person_id)));

-- name: join_case_files
-- Case files about the new record are about the household, those about who moves alone go along; all stay with the regency that
-- works them.
update case_file c
set household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end,
    person_id = coalesce((select s.person_id from stage_same s where s.arrived_person_id = c.person_id), c.person_id)
from household_move m
where m.move_id = any (:move_ids::bigint[])
    and case when m.person_id is null then c.household_id = m.arrived_household_id
        else c.household_id = m.household_id and c.person_id = m.person_id
            or c.household_id = m.arrived_household_id and c.person_id = m.arrived_person_id end;

-- name: join_village_services
-- Services likewise, and letters that name the new record as the other side.
update village_service v
set household_id = case when v.household_id = m.arrived_household_id then m.household_id else v.household_id end,
    other_household_id = case when v.other_household_id = m.arrived_household_id then m.household_id else v.other_household_id end,
    person_id = coalesce((select s.person_id from stage_same s where s.arrived_person_id = v.person_id), v.person_id)
from household_move m
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null
    and m.arrived_household_id in (v.household_id, v.other_household_id);

-- name: join_services_alone
-- Services for who moves alone: each stays with the household for which it was given.
update village_service v set person_id = m.person_id
from household_move m
where m.move_id = any (:move_ids::bigint[]) and v.person_id = m.arrived_person_id;

-- name: join_effects
-- And what followed from them.
update village_service_effect e
set household_id = m.household_id,
    person_id = coalesce((select s.person_id from stage_same s where s.arrived_person_id = e.person_id), e.person_id)
from household_move m
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and e.household_id = m.arrived_household_id;

-- name: join_effects_alone
-- And what followed from them.
update village_service_effect e set person_id = m.person_id
from household_move m
where m.move_id = any (:move_ids::bigint[]) and e.person_id = m.arrived_person_id;

-- name: join_findings
-- Findings about the new record are about the household; what a roster says of it is seen where it lives now.
update finding f
set household_id = case when m.person_id is null then m.household_id else m.arrived_household_id end,
    person_id = coalesce((select s.person_id from stage_same s where s.arrived_person_id = f.person_id), f.person_id),
    regency_code = case when f.programme_code is not null then a.regency_code else f.regency_code end
from household_move m
join household a on a.household_id = m.arrived_household_id
where m.move_id = any (:move_ids::bigint[]) and f.household_id in (m.arrived_household_id, m.household_id)
    and (m.person_id is null or f.person_id in (m.person_id, m.arrived_person_id));

-- name: drop_verdicts
-- Verdicts on the new record, and on who moves alone, are found anew.
delete from verdict v
using household_move m
where m.move_id = any (:move_ids::bigint[])
    and case when m.person_id is null then v.household_id = m.arrived_household_id
        else v.person_id in (m.person_id, m.arrived_person_id) end;

-- name: drop_joined_persons
-- The rows of members who were known before.
delete from person p using stage_same s where p.person_id = s.arrived_person_id;

-- name: join_persons
-- Members who were not known before belong to the household that stays; what hangs on them follows.
update person p
set household_id = m.household_id
from household_move m
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and p.household_id = m.arrived_household_id;

-- name: bring_alone
-- Who moves alone belongs to the new household; enrolments, links and matches follow.
update person p
set household_id = m.arrived_household_id
from household_move m
where m.move_id = any (:move_ids::bigint[]) and p.household_id = m.household_id and p.person_id = m.person_id;

-- name: join_family_cards
-- The family cards that both had, except for the one that counts now.
with cards as (
    select m.household_id, k.kk_number, a.regency_code, k.replaced_at, a.kk_number as now_kk
    from household_move m
    join household a on a.household_id = m.arrived_household_id
    join household_kk k on k.household_id = m.arrived_household_id
    where m.move_id = any (:move_ids::bigint[]) and m.person_id is null
    union all
    select m.household_id, h.kk_number, a.regency_code, a.observed_at, a.kk_number
    from household_move m
    join household h on h.household_id = m.household_id and h.kk_number is not null
    join household a on a.household_id = m.arrived_household_id
    where m.move_id = any (:move_ids::bigint[]) and m.person_id is null
)
insert into household_kk (household_id, kk_number, regency_code, replaced_at)
select household_id, kk_number, regency_code, replaced_at from cards where kk_number is distinct from now_kk
on conflict do nothing;

-- name: drop_family_cards
-- Of the row that goes.
delete from household_kk k
using household_move m
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and k.household_id = m.arrived_household_id;

-- name: take_household_over
-- The household stays what it is, as the new district knows it.
update household h
set source_code = a.source_code, source_record_id = a.source_record_id, source_revision = a.source_revision,
    observed_at = a.observed_at, fetched_at = a.fetched_at, regency_code = a.regency_code, region_code = a.region_code,
    kk_number = a.kk_number, kk_status = a.kk_status, address = a.address, decile = a.decile, welfare_source = a.welfare_source,
    welfare_period = a.welfare_period, removed_at = a.removed_at
from household_move m
join household a on a.household_id = m.arrived_household_id
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and h.household_id = m.household_id;

-- name: drop_joined_households
-- Nothing hangs on the other row any more.
delete from household h
using household_move m
where m.move_id = any (:move_ids::bigint[]) and m.person_id is null and h.household_id = m.arrived_household_id;
