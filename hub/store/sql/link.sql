-- name: mark_contested_niks
-- A NIK that several present persons hold is contested, and valid again when only one is left.
with holders as (
    select p.nik, count(*) as count
    from person p
    join household h on h.household_id = p.household_id and h.removed_at is null
    where p.nik is not null and p.left_at is null
    group by p.nik
    having count(*) > 1
)
update person p
set nik_status = judged.nik_status
from (
    select p.household_id, p.person_id, case when h.nik is null then 'VALID' else 'CONTESTED' end as nik_status
    from person p
    left join holders h on h.nik = p.nik
    where p.nik is not null and (h.nik is not null or p.nik_status = 'CONTESTED')
) judged
where p.household_id = judged.household_id and p.person_id = judged.person_id and p.nik_status <> judged.nik_status;

-- name: mark_contested_kks
-- The same for the current family cards of households.
with holders as (
    select kk_number from household where kk_number is not null and removed_at is null group by kk_number having count(*) > 1
)
update household h
set kk_status = judged.kk_status
from (
    select h.household_id, case when c.kk_number is null then 'VALID' else 'CONTESTED' end as kk_status
    from household h
    left join holders c on c.kk_number = h.kk_number
    where h.kk_number is not null and (c.kk_number is not null or h.kk_status = 'CONTESTED')
) judged
where h.household_id = judged.household_id and h.kk_status <> judged.kk_status;

-- name: link_rosters
-- Holds each roster line against the registry: by valid NIK (persons), by family card, former family card or a member's NIK
-- (households). A number that several units hold proves nothing and links nobody.
with held_nik as (
    select p.nik, p.household_id, p.person_id
    from person p
    join household h on h.household_id = p.household_id and h.removed_at is null
    where p.nik_status = 'VALID' and p.left_at is null
),
former_kk as (
    select k.kk_number, min(k.household_id) as household_id
    from household_kk k
    join household h on h.household_id = k.household_id and h.removed_at is null
    where k.kk_number is distinct from h.kk_number
    group by k.kk_number
    having count(*) = 1
),
found as (
    select e.source_code, e.source_record_id, n.household_id, n.person_id, 'NIK' as link_method
    from roster_entry e
    join programme g on g.programme_code = e.programme_code and g.unit = 'PERSON'
    join held_nik n on n.nik = e.nik
    union all
    select e.source_code, e.source_record_id, coalesce(c.household_id, f.household_id, n.household_id), null,
        case when c.household_id is not null then 'KK' when f.household_id is not null then 'KK_HISTORY' else 'MEMBER_NIK' end
    from roster_entry e
    join programme g on g.programme_code = e.programme_code and g.unit = 'HOUSEHOLD'
    left join household c on c.kk_number = e.kk_number and c.kk_status = 'VALID' and c.removed_at is null
    left join former_kk f on f.kk_number = e.kk_number
    left join held_nik n on n.nik = e.nik
    where coalesce(c.household_id, f.household_id, n.household_id) is not null
),
unlinked as (
    delete from enrolment e
    using programme g
    where g.programme_code = e.programme_code and g.roster_source_code is not null
        and not exists (select from found f where f.source_code = e.source_code and f.source_record_id = e.source_record_id
                        and f.household_id = e.household_id)
    returning 1
),
linked as (
    insert into enrolment (household_id, person_id, programme_code, source_code, source_record_id, source_revision, observed_at,
        fetched_at, regency_code, status, link_method, segment, components, amount)
    select f.household_id, f.person_id, e.programme_code, e.source_code, e.source_record_id, e.source_revision, e.observed_at,
        e.fetched_at, h.regency_code, e.status, f.link_method, e.segment, e.components, e.amount
    from found f
    join roster_entry e on e.source_code = f.source_code and e.source_record_id = f.source_record_id
    join household h on h.household_id = f.household_id
    on conflict (household_id, programme_code, source_code, source_record_id) do update set
        person_id = excluded.person_id, source_revision = excluded.source_revision, observed_at = excluded.observed_at, fetched_at = excluded.fetched_at,
        status = excluded.status, link_method = excluded.link_method, segment = excluded.segment,
        components = excluded.components, amount = excluded.amount
    where (enrolment.person_id, enrolment.source_revision, enrolment.link_method)
        is distinct from (excluded.person_id, excluded.source_revision, excluded.link_method)
    returning 1
)
select (select count(*) from linked) as linked, (select count(*) from unlinked) as unlinked;

-- name: count_links
-- Enrolments by the way in which they were linked.
select link_method, count(*) as count from enrolment group by link_method order by link_method;

-- name: analyze_registry
-- Fresh statistics after a large sync: the plans of linking and judging depend on them.
analyze household, household_kk, person, roster_entry, enrolment, case_file;
