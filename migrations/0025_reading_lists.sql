-- What lists show of households, members and enrolments is read from an index alone: a page of the table less for each household.
-- See docs/decisions/0032-columns-that-are-asked-for.md.

drop index household_region;
create index household_region on household (region_code, household_id)
    include (regency_code, removed_at, kk_number, decile, welfare_source, welfare_period);

-- In the order in which members are listed, so that nothing is sorted.
create index person_member on person (household_id, is_head desc, birth_date, person_id)
    include (name, sex, regency_code) where left_at is null;

alter table enrolment drop constraint enrolment_pkey;
alter table enrolment add primary key (household_id, programme_code, source_code, source_record_id)
    include (person_id, status, regency_code);
