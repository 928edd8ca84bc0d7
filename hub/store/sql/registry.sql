-- name: find_households
-- Households by id, the removed ones too.
select household_id, regency_code, region_code, kk_status, address, decile, welfare_source, welfare_period, removed_at,
    source_code, source_record_id, observed_at, fetched_at, kk_number
from household where household_id = any (:household_ids::bigint[]);

-- name: list_households
-- Households of a range of regions, in the order of region and id.
select household_id, regency_code, region_code, kk_status, address, decile, welfare_source, welfare_period, removed_at,
    source_code, source_record_id, observed_at, fetched_at, kk_number
from household
where region_code >= :region_from and region_code < :region_to and removed_at is null
    and (region_code, household_id) > (:after_region::text, :after_id::bigint)
order by region_code, household_id
limit :first;

-- name: list_judged_households
-- Households of a range of regions of which a unit has this verdict.
select household_id, regency_code, region_code, kk_status, address, decile, welfare_source, welfare_period, removed_at,
    source_code, source_record_id, observed_at, fetched_at, kk_number
from household h
where region_code >= :region_from and region_code < :region_to and removed_at is null
    and (region_code, household_id) > (:after_region::text, :after_id::bigint)
    and exists (select from verdict v
                where v.household_id = h.household_id and v.programme_code = :programme_code and v.status = :verdict_status)
order by region_code, household_id
limit :first;

-- name: find_persons
-- Persons by id, those who left their household too.
select person_id, household_id, regency_code, name, sex, birth_date, birth_place, is_head, vital_status, is_pregnant,
    pregnancy_due_on, school_level, is_enrolled_in_school, disability, has_chronic_illness, occupation_class, left_at, nik_status,
    nik_warnings, source_code, source_record_id, observed_at, fetched_at, nik
from person where person_id = any (:person_ids::bigint[]);

-- name: list_persons_by_nik
-- The present persons who hold a NIK; several when it is contested.
select person_id, household_id, regency_code, name, sex, birth_date, birth_place, is_head, vital_status, is_pregnant,
    pregnancy_due_on, school_level, is_enrolled_in_school, disability, has_chronic_illness, occupation_class, left_at, nik_status,
    nik_warnings, source_code, source_record_id, observed_at, fetched_at, nik
from person where nik = :nik and left_at is null
order by person_id;

-- name: list_members
-- The present members of some households: the head first, then by age.
select person_id, household_id, regency_code, name, sex, birth_date, birth_place, is_head, vital_status, is_pregnant,
    pregnancy_due_on, school_level, is_enrolled_in_school, disability, has_chronic_illness, occupation_class, left_at, nik_status,
    nik_warnings, source_code, source_record_id, observed_at, fetched_at, nik
from person where household_id = any (:household_ids::bigint[]) and left_at is null
order by household_id, is_head desc, birth_date, person_id;
