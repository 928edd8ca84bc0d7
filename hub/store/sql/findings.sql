-- name: list_links
-- Enrolments that were linked by number, by weight or by somebody, with the keys of both sides.
select e.programme_code, e.source_record_id as roster_record_id, e.link_method, h.source_code,
    coalesce(p.source_record_id, h.source_record_id) as unit_record_id
from enrolment e
join household h on h.household_id = e.household_id
left join person p on p.household_id = e.household_id and p.person_id = e.person_id
where e.link_method <> 'REPORTED' and e.programme_code = :programme_code;

-- name: list_reviews
-- Pairs that wait for somebody to decide, with the keys of both sides.
select l.programme_code, l.source_record_id as roster_record_id, l.method as link_method, h.source_code,
    coalesce(p.source_record_id, h.source_record_id) as unit_record_id
from link l
join household h on h.household_id = l.household_id
left join person p on p.household_id = l.household_id and p.person_id = l.person_id
where l.status = 'REVIEW' and l.programme_code = :programme_code;

-- name: list_unserved
-- Units found eligible and unserved, or served by the hub since.
select h.source_code, h.source_record_id as household_record_id, p.source_record_id as person_record_id
from (
    select v.household_id, v.person_id from verdict v where v.programme_code = :programme_code and v.status = 'ELIGIBLE'
    union
    select m.household_id, m.person_id from match m where m.programme_code = :programme_code and m.status = 'ISSUED'
) u
join household h on h.household_id = u.household_id
left join person p on p.household_id = u.household_id and p.person_id = u.person_id;

-- name: list_matched
-- Units that hold a match or held one.
select h.source_code, h.source_record_id as household_record_id, p.source_record_id as person_record_id
from (
    select distinct m.household_id, m.person_id from match m where m.programme_code = :programme_code and m.status <> 'PROPOSED'
) u
join household h on h.household_id = u.household_id
left join person p on p.household_id = u.household_id and p.person_id = u.person_id;

-- name: remember
-- A fact about this installation.
insert into installation (name, value) values (:name, :value) on conflict (name) do nothing;

-- name: recall
-- A fact about this installation, or nothing.
select value from installation where name = :name;
