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

-- name: lock_linking
-- Jobs, pushes and decisions change links one after the other; each is short.
select pg_advisory_xact_lock(7301959128346);

-- name: create_stage_link
-- What a round of linking found, before it is merged.
create temporary table if not exists stage_link (
    source_code text collate "C", source_record_id text collate "C", programme_code text collate "C", household_id bigint,
    person_id bigint, member_id bigint, method text, status text, weight double precision, weights_version text, evidence text
) on commit delete rows;

-- name: clear_stage_link
-- A round begins with nothing, also within one transaction.
truncate stage_link;

-- name: these_entries
-- Only some roster lines, as a condition on a table in the slot. A part of the statements below.
and (/*{of}*/.source_code, /*{of}*/.source_record_id) in (select * from unnest(:source_codes::text[], :record_ids::text[]))

-- name: find_by_number
-- Holds roster lines against the registry: by valid NIK (persons), by family card, former family card or a member's NIK
-- (households). A number that several units hold proves nothing and links nobody, and so does a placeholder. A pair that somebody decided stays as it
-- is; a line that somebody linked to another unit makes the pair a matter for review. A template: {only} names the lines.
with entry as (
    select e.source_code, e.source_record_id, e.programme_code, case when not is_placeholder(e.nik) then e.nik end as nik,
        case when not is_placeholder(e.kk_number) then e.kk_number end as kk_number, g.unit
    from roster_entry e
    join programme g on g.programme_code = e.programme_code
    where (e.nik is not null or e.kk_number is not null) /*{only}*/
),
held_nik as (
    select p.nik, min(p.household_id) as household_id, min(p.person_id) as person_id
    from person p
    join household h on h.household_id = p.household_id and h.removed_at is null
    where p.left_at is null and p.nik in (select e.nik from entry e)
    group by p.nik
    having count(*) = 1 and min(p.nik_status) = 'VALID'
),
held_kk as (
    select h.kk_number, min(h.household_id) as household_id
    from household h
    where h.removed_at is null and h.kk_number in (select e.kk_number from entry e where e.unit = 'HOUSEHOLD')
    group by h.kk_number
    having count(*) = 1 and min(h.kk_status) = 'VALID'
),
former_kk as (
    select k.kk_number, min(k.household_id) as household_id
    from household_kk k
    join household h on h.household_id = k.household_id and h.removed_at is null
    where k.kk_number is distinct from h.kk_number and k.kk_number in (select e.kk_number from entry e where e.unit = 'HOUSEHOLD')
    group by k.kk_number
    having count(*) = 1
),
found as (
    select e.source_code, e.source_record_id, e.programme_code, n.household_id, n.person_id, n.person_id as member_id, 'NIK' as method
    from entry e
    join held_nik n on n.nik = e.nik
    where e.unit = 'PERSON'
    union all
    select e.source_code, e.source_record_id, e.programme_code, coalesce(c.household_id, f.household_id, n.household_id), null,
        case when c.household_id is null and f.household_id is null then n.person_id end,
        case when c.household_id is not null then 'KK' when f.household_id is not null then 'KK_HISTORY' else 'MEMBER_NIK' end
    from entry e
    left join held_kk c on c.kk_number = e.kk_number
    left join former_kk f on f.kk_number = e.kk_number
    left join held_nik n on n.nik = e.nik
    where e.unit = 'HOUSEHOLD' and coalesce(c.household_id, f.household_id, n.household_id) is not null
)
insert into stage_link
select f.source_code, f.source_record_id, f.programme_code, f.household_id, f.person_id, f.member_id, f.method,
    case when exists (select from link l where l.source_code = f.source_code and l.source_record_id = f.source_record_id
                      and l.status = 'LINKED' and l.decided_by is not null) then 'REVIEW' else 'LINKED' end
from found f
where not exists (
    select from link d
    where d.source_code = f.source_code and d.source_record_id = f.source_record_id and d.household_id = f.household_id
        and d.person_id is not distinct from f.person_id and d.decided_by is not null);

-- name: withdraw_by_number
-- Links by number that no longer hold, and links by weight of lines that a number gives to another unit. A template.
delete from link l
where l.decided_by is null /*{only}*/
    and not exists (
        select from stage_link s
        where s.source_code = l.source_code and s.source_record_id = l.source_record_id and s.household_id = l.household_id
            and s.person_id is not distinct from l.person_id)
    and (l.method <> 'PROBABILISTIC'
        or exists (select from stage_link s
                   where s.source_code = l.source_code and s.source_record_id = l.source_record_id and s.status = 'LINKED'));

-- name: withdraw_by_weight
-- Links by weight that this round did not find again, or only for review. A template.
delete from link l
where l.decided_by is null and l.method = 'PROBABILISTIC' /*{only}*/
    and not exists (
        select from stage_link s
        where s.source_code = l.source_code and s.source_record_id = l.source_record_id and s.household_id = l.household_id
            and s.person_id is not distinct from l.person_id and (s.status = 'LINKED' or l.status = 'REVIEW'));

-- name: merge_links
-- What the round found, once for each pair; what somebody decided meanwhile stays. Returns how many changed.
with merged as (
    insert into link (source_code, source_record_id, programme_code, household_id, person_id, member_id, regency_code, method,
        status, weight, weights_version, evidence, found_at)
    select s.source_code, s.source_record_id, s.programme_code, s.household_id, s.person_id, s.member_id, h.regency_code, s.method,
        s.status, s.weight, s.weights_version, s.evidence::jsonb, :found_at
    from stage_link s
    join household h on h.household_id = s.household_id and h.removed_at is null
    where (s.person_id is null
            or exists (select from person p where p.household_id = s.household_id and p.person_id = s.person_id and p.left_at is null))
        and not exists (select from link x where x.source_code = s.source_code and x.source_record_id = s.source_record_id
                        and x.status = 'LINKED' and s.status = 'LINKED'
                        and (x.household_id, x.person_id) is distinct from (s.household_id, s.person_id))
        and not (s.method = 'PROBABILISTIC' and exists (
            select from link x
            where x.household_id = s.household_id and x.person_id is not distinct from s.person_id and x.status = 'LINKED'
                and x.programme_code = s.programme_code
                and (x.source_code, x.source_record_id) <> (s.source_code, s.source_record_id)))
    order by s.source_code, s.source_record_id, s.household_id, s.person_id
    on conflict (source_code, source_record_id, household_id, person_id) do update set
        member_id = excluded.member_id, method = excluded.method, status = excluded.status, weight = excluded.weight,
        weights_version = excluded.weights_version, evidence = excluded.evidence
    where link.decided_by is null
        and (link.method, link.status, link.weight, link.weights_version)
            is distinct from (excluded.method, excluded.status, excluded.weight, excluded.weights_version)
    returning 1
)
select count(*) from merged;

-- name: drop_enrolments
-- Enrolments whose roster line is linked to their household no more. A template: {only} names the lines.
delete from enrolment e
using programme g
where g.programme_code = e.programme_code and g.roster_source_code is not null /*{only}*/
    and not exists (
        select from link l
        join household h on h.household_id = l.household_id and h.removed_at is null
        left join person p on p.household_id = l.household_id and p.person_id = l.person_id
        where l.source_code = e.source_code and l.source_record_id = e.source_record_id and l.household_id = e.household_id
            and l.status = 'LINKED' and p.left_at is null);

-- name: merge_enrolments
-- What linked roster lines say of their units. A template: {only} names the lines.
insert into enrolment (household_id, person_id, programme_code, source_code, source_record_id, source_revision, observed_at,
    fetched_at, regency_code, status, link_method, segment, components, amount)
select l.household_id, l.person_id, e.programme_code, e.source_code, e.source_record_id, e.source_revision, e.observed_at,
    e.fetched_at, h.regency_code, e.status, case when l.decided_by is null then l.method else 'REVIEWED' end, e.segment,
    e.components, e.amount
from link l
join roster_entry e on e.source_code = l.source_code and e.source_record_id = l.source_record_id
join household h on h.household_id = l.household_id and h.removed_at is null
left join person p on p.household_id = l.household_id and p.person_id = l.person_id
where l.status = 'LINKED' and p.left_at is null /*{only}*/
on conflict (household_id, programme_code, source_code, source_record_id) do update set
    person_id = excluded.person_id, source_revision = excluded.source_revision, observed_at = excluded.observed_at, fetched_at = excluded.fetched_at,
    status = excluded.status, link_method = excluded.link_method, segment = excluded.segment,
    components = excluded.components, amount = excluded.amount
where (enrolment.person_id, enrolment.source_revision, enrolment.link_method)
    is distinct from (excluded.person_id, excluded.source_revision, excluded.link_method);

-- name: count_links
-- Enrolments by the way in which they were linked.
select link_method, count(*) as count from enrolment group by link_method order by link_method;

-- name: count_reviews
-- Pairs that wait for somebody to decide.
select count(*) from link where status = 'REVIEW';

-- name: analyze_registry
-- Fresh statistics after a large sync: the plans of linking and judging depend on them.
analyze household, household_kk, person, roster_entry, enrolment, case_file;

-- name: analyze_links
-- Fresh statistics of what linking itself wrote.
analyze link, person_key, roster_key, person_keyed, roster_keyed;

-- name: list_linked
-- Which of some roster lines are linked by number or by somebody.
select l.source_code, l.source_record_id from link l
join unnest(:source_codes::text[], :record_ids::text[]) n(source_code, source_record_id) using (source_code, source_record_id)
where l.status = 'LINKED' and (l.method <> 'PROBABILISTIC' or l.decided_by is not null);

-- name: join_in_sets
-- Until the transaction ends, joins go over whole sets: how few numbers have one holder is not to be foreseen, and a loop over all
-- lines for each of them takes minutes where a hash takes a moment.
select set_config('enable_nestloop', 'off', true);
