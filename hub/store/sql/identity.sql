-- name: list_unkeyed_persons
-- Present persons whose blocking keys are missing or were made of an older record, in the order of their ids.
select p.person_id, p.household_id, p.regency_code, p.source_revision, p.nik, p.name, p.sex, p.birth_date, p.birth_place,
    h.kk_number, h.region_code, h.address
from person p
join household h on h.household_id = p.household_id
left join person_keyed k on k.person_id = p.person_id
where p.person_id > :after_id and p.left_at is null and h.removed_at is null
    and (k.person_id is null or k.source_revision <> p.source_revision or k.weights_version <> :weights_version)
order by p.person_id
limit :first;

-- name: list_unkeyed_persons_of
-- The same for all present members of some households.
select p.person_id, p.household_id, p.regency_code, p.source_revision, p.nik, p.name, p.sex, p.birth_date, p.birth_place,
    h.kk_number, h.region_code, h.address
from person p
join household h on h.household_id = p.household_id
left join person_keyed k on k.person_id = p.person_id
where p.household_id = any (:household_ids::bigint[]) and p.left_at is null and h.removed_at is null
    and (k.person_id is null or k.source_revision <> p.source_revision or k.weights_version <> :weights_version)
order by p.person_id;

-- name: list_unkeyed_entries
-- Roster lines whose blocking keys are missing or were made of an older line, in the order of their keys.
select e.source_code, e.source_record_id, e.source_revision, e.nik, e.kk_number, e.name, e.sex, e.birth_date, e.region_code
from roster_entry e
left join roster_keyed k on k.source_code = e.source_code and k.source_record_id = e.source_record_id
where (e.source_code, e.source_record_id) > (:after_source, :after_record)
    and (k.source_code is null or k.source_revision <> e.source_revision or k.weights_version <> :weights_version)
order by e.source_code, e.source_record_id
limit :first;

-- name: drop_person_keys
-- The keys that some persons had.
delete from person_key k
using (select person_id, unnest(keys) as key from person_keyed where person_id = any (:person_ids::bigint[])) d
where k.key = d.key and k.person_id = d.person_id;

-- name: keep_person_keys
-- The keys that they have now, and of which records they were made.
with given as materialized (
    select n.person_id, n.regency_code, n.source_revision, key_number(k.key) as key
    from unnest(:person_ids::bigint[], :regency_codes::text[], :revisions::bigint[], :keys::text[])
        n(person_id, regency_code, source_revision, keys)
    left join lateral unnest(string_to_array(n.keys, chr(31))) k(key) on true
), added as (
    insert into person_key (key, person_id, regency_code)
    select key, person_id, regency_code from given where key is not null order by 1, 2
    on conflict do nothing
)
insert into person_keyed (person_id, regency_code, source_revision, weights_version, keys)
select person_id, regency_code, source_revision, :weights_version, coalesce(array_agg(key) filter (where key is not null), '{}')
from given group by 1, 2, 3
on conflict (person_id) do update set
    regency_code = excluded.regency_code, source_revision = excluded.source_revision, weights_version = excluded.weights_version,
    keys = excluded.keys;

-- name: drop_keys_of_gone
-- Persons who left, and members of removed households, are found no more.
with gone as (
    delete from person_keyed k
    where not exists (
        select from person p
        join household h on h.household_id = p.household_id and h.removed_at is null
        where p.person_id = k.person_id and p.left_at is null)
    returning person_id, keys
)
delete from person_key k
using (select person_id, unnest(keys) as key from gone) d
where k.key = d.key and k.person_id = d.person_id;

-- name: drop_roster_keys
-- The keys that some roster lines had.
delete from roster_key k
using (
    select r.source_code, r.source_record_id, unnest(r.keys) as key
    from roster_keyed r
    join unnest(:source_codes::text[], :record_ids::text[]) n(source_code, source_record_id) using (source_code, source_record_id)
) d
where k.key = d.key and k.source_code = d.source_code and k.source_record_id = d.source_record_id;

-- name: keep_roster_keys
-- The keys that they have now, and of which lines they were made.
with given as materialized (
    select n.source_code, n.source_record_id, n.source_revision, key_number(k.key) as key
    from unnest(:source_codes::text[], :record_ids::text[], :revisions::bigint[], :keys::text[])
        n(source_code, source_record_id, source_revision, keys)
    left join lateral unnest(string_to_array(n.keys, chr(31))) k(key) on true
), added as (
    insert into roster_key (key, source_code, source_record_id)
    select key, source_code, source_record_id from given where key is not null order by 1, 2, 3
    on conflict do nothing
)
insert into roster_keyed (source_code, source_record_id, source_revision, weights_version, keys)
select source_code, source_record_id, source_revision, :weights_version,
    coalesce(array_agg(key) filter (where key is not null), '{}')
from given group by 1, 2, 3
on conflict (source_code, source_record_id) do update set
    source_revision = excluded.source_revision, weights_version = excluded.weights_version, keys = excluded.keys;

-- name: find_persons_by_keys
-- Present persons of a range of regencies who share a key with a record: of each key at most as many as `per_key`. Beside
-- each stands about how many are searched.
select p.person_id, p.household_id, p.regency_code, p.source_revision,
    case when p.nik_status = 'VALID' then p.nik end as nik, p.name, p.sex, p.birth_date, p.birth_place,
    case when h.kk_status = 'VALID' then h.kk_number end as kk_number, h.region_code, h.address,
    (select greatest(reltuples, 0)::bigint from pg_class where oid = 'person_keyed'::regclass) as searched
from (
    select distinct of_key.person_id
    from unnest(:keys::text[]) asked(key)
    cross join lateral (
        select k.person_id from person_key k
        where k.key = key_number(asked.key) and k.regency_code >= :region_from and k.regency_code < :region_to
        order by k.person_id limit :per_key
    ) of_key
) found
join person p on p.person_id = found.person_id and p.left_at is null
join household h on h.household_id = p.household_id and h.removed_at is null;

-- name: find_entries_by_keys
-- Roster lines of a range of regencies that share a key with a record.
select distinct e.source_code, e.source_record_id, e.source_revision, e.nik, e.kk_number, e.name, e.sex, e.birth_date, e.region_code,
    e.programme_code, e.status, g.unit
from unnest(:keys::text[]) asked(key)
cross join lateral (
    select k.source_code, k.source_record_id from roster_key k
    where k.key = key_number(asked.key) order by k.source_code, k.source_record_id limit :per_key
) found
join roster_entry e on e.source_code = found.source_code and e.source_record_id = found.source_record_id
    and (e.region_code >= :region_from and e.region_code < :region_to or :region_from = '')
join programme g on g.programme_code = e.programme_code;

-- name: list_open_entries
-- Roster lines that no number and nobody's decision has linked, after a line.
select e.source_code, e.source_record_id, e.source_revision, e.nik, e.kk_number, e.name, e.sex, e.birth_date, e.region_code,
    e.programme_code, e.status, g.unit
from roster_entry e
join programme g on g.programme_code = e.programme_code
where (e.source_code, e.source_record_id) > (:after_source, :after_record)
    and not exists (
        select from link l
        where l.source_code = e.source_code and l.source_record_id = e.source_record_id and l.status = 'LINKED'
            and (l.method <> 'PROBABILISTIC' or l.decided_by is not null))
order by e.source_code, e.source_record_id
limit :first;

-- name: list_open_entries_of
-- The same of the lines that share a key with members of some households.
select e.source_code, e.source_record_id, e.source_revision, e.nik, e.kk_number, e.name, e.sex, e.birth_date, e.region_code,
    e.programme_code, e.status, g.unit
from (
    select distinct r.source_code, r.source_record_id
    from person p
    join person_keyed k on k.person_id = p.person_id
    cross join lateral unnest(k.keys) asked(key)
    cross join lateral (
        select x.source_code, x.source_record_id from roster_key x
        where x.key = asked.key order by x.source_code, x.source_record_id limit :per_key
    ) r
    where p.household_id = any (:household_ids::bigint[]) and p.left_at is null
) f
join roster_entry e on e.source_code = f.source_code and e.source_record_id = f.source_record_id
join programme g on g.programme_code = e.programme_code
where not exists (
    select from link l
    where l.source_code = e.source_code and l.source_record_id = e.source_record_id and l.status = 'LINKED'
        and (l.method <> 'PROBABILISTIC' or l.decided_by is not null))
order by e.source_code, e.source_record_id;

-- name: list_candidates
-- Present persons who share a key with one of some roster lines and may be meant by it: no number and no decision links their
-- unit to another line of the programme, and nobody decided about the pair.
select distinct n.source_code, n.source_record_id, p.person_id, p.household_id, p.regency_code, p.source_revision,
    case when p.nik_status = 'VALID' then p.nik end as nik, p.name, p.sex, p.birth_date, p.birth_place,
    case when h.kk_status = 'VALID' then h.kk_number end as kk_number, h.region_code, h.address
from unnest(:source_codes::text[], :record_ids::text[], :programme_codes::text[], :units::text[])
    n(source_code, source_record_id, programme_code, unit)
join roster_keyed r on r.source_code = n.source_code and r.source_record_id = n.source_record_id
cross join lateral unnest(r.keys) asked(key)
cross join lateral (
    select k.person_id from person_key k where k.key = asked.key order by k.person_id limit :per_key
) found
join person p on p.person_id = found.person_id and p.left_at is null
join household h on h.household_id = p.household_id and h.removed_at is null
where not exists (
    select from link x
    where x.household_id = p.household_id and x.programme_code = n.programme_code
        and x.person_id is not distinct from case when n.unit = 'PERSON' then p.person_id end
        and (x.status = 'LINKED' and (x.method <> 'PROBABILISTIC' or x.decided_by is not null)
                and (x.source_code, x.source_record_id) <> (n.source_code, n.source_record_id)
            or x.decided_by is not null and x.source_code = n.source_code and x.source_record_id = n.source_record_id));

-- name: begin_job
-- One linking job at a time; what a killed one left with the same weights is taken up.
insert into link_job (weights_version, searched, begun_at)
select :weights_version, count(*), :begun_at from person_keyed
on conflict (is_only) do update set
    weights_version = excluded.weights_version, searched = excluded.searched, begun_at = excluded.begun_at, after_source = '',
    after_record = '', scored = 0
where link_job.weights_version <> excluded.weights_version
returning true;

-- name: clear_pairs
-- Pairs of a job that was never finished.
delete from link_pair;

-- name: lock_job
-- Where the job stands; whoever holds it works on the next page. Nothing: it is finished.
select weights_version, searched, after_source, after_record, scored from link_job for update;

-- name: advance_job
-- The page is scored.
update link_job set after_source = :after_source, after_record = :after_record, scored = scored + :scored;

-- name: count_searched
-- About how many persons can be found, as of the last analysis.
select greatest(reltuples, 0)::bigint from pg_class where oid = 'person_keyed'::regclass;

-- name: list_pairs
-- Everything that the job scored, to be assigned.
select source_code, source_record_id, programme_code, household_id, person_id, member_id, weight, status, evidence from link_pair
order by source_code, source_record_id, household_id, person_id;

-- name: end_job
-- The next job begins anew.
delete from link_job;

-- name: count_open_entries
-- Roster lines that no number and nobody's decision has linked, counted up to `most`.
select count(*) from (
    select 1 from roster_entry e
    where not exists (
        select from link l
        where l.source_code = e.source_code and l.source_record_id = e.source_record_id and l.status = 'LINKED'
            and (l.method <> 'PROBABILISTIC' or l.decided_by is not null))
    limit :most
) counted;

-- name: stream_open_entries
-- Such lines of a programme.
select e.source_code, e.source_record_id, e.nik, e.kk_number, e.name, e.sex, e.birth_date, e.region_code
from roster_entry e
where e.programme_code = :programme_code
    and not exists (
        select from link l
        where l.source_code = e.source_code and l.source_record_id = e.source_record_id and l.status = 'LINKED'
            and (l.method <> 'PROBABILISTIC' or l.decided_by is not null))
order by e.source_code, e.source_record_id;

-- name: stream_free_persons
-- Present persons whose unit no number and no decision links to a line of a programme.
select p.person_id, case when p.nik_status = 'VALID' then p.nik end as nik, p.name, p.sex, p.birth_date,
    case when h.kk_status = 'VALID' then h.kk_number end as kk_number, h.region_code, h.address
from person p
join household h on h.household_id = p.household_id and h.removed_at is null
join programme g on g.programme_code = :programme_code
where p.left_at is null
    and not exists (
        select from link x
        where x.household_id = p.household_id and x.programme_code = g.programme_code and x.status = 'LINKED'
            and x.person_id is not distinct from case when g.unit = 'PERSON' then p.person_id end
            and (x.method <> 'PROBABILISTIC' or x.decided_by is not null))
order by p.person_id;

-- name: list_roster_programmes
-- Programmes with a roster.
select programme_code from programme where roster_source_code is not null order by programme_code;

-- name: list_entries
-- Roster lines by their keys.
select e.source_code, e.source_record_id, e.source_revision, e.nik, e.kk_number, e.name, e.sex, e.birth_date, e.region_code,
    e.programme_code, e.status, g.unit
from roster_entry e
join unnest(:source_codes::text[], :record_ids::text[]) n(source_code, source_record_id) using (source_code, source_record_id)
join programme g on g.programme_code = e.programme_code;

-- name: list_persons
-- Present persons by id, as they are compared.
select p.person_id, p.household_id, p.regency_code, p.source_revision, case when p.nik_status = 'VALID' then p.nik end as nik,
    p.name, p.sex, p.birth_date, p.birth_place, case when h.kk_status = 'VALID' then h.kk_number end as kk_number, h.region_code,
    h.address
from person p
join household h on h.household_id = p.household_id and h.removed_at is null
where p.person_id = any (:person_ids::bigint[]) and p.left_at is null;

-- name: list_decided
-- Pairs of some roster lines about which somebody decided.
select l.source_code, l.source_record_id, l.household_id, l.person_id from link l
join unnest(:source_codes::text[], :record_ids::text[]) n(source_code, source_record_id) using (source_code, source_record_id)
where l.decided_by is not null;
