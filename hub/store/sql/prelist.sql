-- name: add_prelist_entry
-- The household of a case file, which the caller holds, begins its way onto the list.
insert into prelist_entry (case_file_id, regency_code, region_code, head_name, address, kk_number, nik, created_at, changed_at)
select case_file_id, regency_code, region_code, :head_name, :address, :kk_number, :nik, :now, :now
from case_file where case_file_id = :case_file_id
returning prelist_entry_id;

-- name: move_prelist_entry
-- The entry of a case file, which the caller holds, moves on; LISTED with its household.
update prelist_entry set status = :status, household_id = :household_id, changed_at = :now
where case_file_id = :case_file_id
returning version;

-- name: list_prelist_entries
-- The entry of each of some case files.
select case_file_id, status, version, regency_code, region_code, head_name, address, kk_number, nik, household_id, created_at, changed_at
from prelist_entry where case_file_id = any (:case_file_ids::bigint[]);

-- name: find_listed
-- The household of the registry that holds a family card number, or a member with a NIK; within a regency.
select household_id from (
    select household_id from household
    where kk_number = :kk_number::text and regency_code = :regency_code and removed_at is null
    union
    select p.household_id from person p join household h using (household_id)
    where p.nik = :nik::text and p.left_at is null and h.regency_code = :regency_code and h.removed_at is null
) found
limit 1;

-- name: list_appeared
-- Entries whose household the registry has by now, after an entry, with that household; only where it is one alone.
select e.prelist_entry_id, e.case_file_id, e.status, min(f.household_id) as household_id
from prelist_entry e
cross join lateral (
    select household_id from household h
    where h.kk_number = e.kk_number and h.regency_code = e.regency_code and h.removed_at is null
    union
    select p.household_id from person p join household h using (household_id)
    where p.nik = e.nik and p.left_at is null and h.regency_code = e.regency_code and h.removed_at is null
) f
where e.status <> 'LISTED' and e.prelist_entry_id > :after_id
group by e.prelist_entry_id
having count(*) = 1
order by e.prelist_entry_id
limit :first;

-- name: list_all
-- Entries become LISTED, and their case files are about the households if they were about none.
with listed as (
    update prelist_entry e set status = 'LISTED', household_id = f.household_id, changed_at = :now
    from unnest(:case_file_ids::bigint[], :household_ids::bigint[]) f(case_file_id, household_id)
    where e.case_file_id = f.case_file_id and e.status <> 'LISTED'
    returning e.case_file_id, e.household_id, e.version
),
about as (
    update case_file c set household_id = l.household_id, subject_version = subject_version + 1,
        source_revision = source_revision + (source_code = 'HUB')::integer
    from listed l
    where c.case_file_id = l.case_file_id and c.household_id is null
    returning c.case_file_id, c.subject_version
)
select l.case_file_id, l.household_id, l.version, a.subject_version
from listed l left join about a using (case_file_id)
order by l.case_file_id;
