-- name: list_links
-- Enrolments that were linked by number, with the keys of both sides, after a row.
select e.household_id, e.programme_code, e.source_code as roster_source_code, e.source_record_id as roster_record_id, e.link_method,
    h.source_code, h.source_record_id as household_record_id, p.source_record_id as person_record_id
from enrolment e
join household h on h.household_id = e.household_id
left join person p on p.household_id = e.household_id and p.person_id = e.person_id
where e.link_method <> 'REPORTED'
    and (e.household_id, e.programme_code, e.source_code, e.source_record_id)
        > (:after_household_id::bigint, :after_programme_code::text, :after_source_code::text, :after_record_id::text)
order by e.household_id, e.programme_code, e.source_code, e.source_record_id
limit :first;

-- name: list_unserved
-- Units found eligible and unserved, or served by the hub since, after a unit.
select u.household_id, coalesce(u.person_id, 0) as person_id, h.source_code, h.source_record_id as household_record_id,
    p.source_record_id as person_record_id
from (
    select v.household_id, v.person_id from verdict v where v.programme_code = :programme_code and v.status = 'ELIGIBLE'
    union
    select m.household_id, m.person_id from match m where m.programme_code = :programme_code and m.status = 'ISSUED'
) u
join household h on h.household_id = u.household_id
left join person p on p.household_id = u.household_id and p.person_id = u.person_id
where (u.household_id, coalesce(u.person_id, 0)) > (:after_household_id::bigint, :after_person_id::bigint)
order by u.household_id, coalesce(u.person_id, 0)
limit :first;

-- name: list_matched
-- Units that hold a match or were turned down by the national system, after a unit.
select u.household_id, coalesce(u.person_id, 0) as person_id, h.source_code, h.source_record_id as household_record_id,
    p.source_record_id as person_record_id
from (
    select m.household_id, m.person_id from match m
    where m.programme_code = :programme_code and m.status <> 'PROPOSED' group by m.household_id, m.person_id
) u
join household h on h.household_id = u.household_id
left join person p on p.household_id = u.household_id and p.person_id = u.person_id
where (u.household_id, coalesce(u.person_id, 0)) > (:after_household_id::bigint, :after_person_id::bigint)
order by u.household_id, coalesce(u.person_id, 0)
limit :first;

-- name: remember
-- A fact about this installation.
insert into installation (name, value) values (:name, :value) on conflict (name) do nothing;

-- name: recall
-- A fact about this installation, or nothing.
select value from installation where name = :name;
