-- name: merge_days_off
-- Days off; one that is there gets the new name, kind and source. Returns how many were added.
with merged as (
    insert into day_off (region_code, day, kind, name, source)
    select * from unnest(:region_codes::text[], :days::date[], :kinds::text[], :names::text[], :sources::text[])
    on conflict (region_code, day) do update set kind = excluded.kind, name = excluded.name, source = excluded.source
    returning xmax = 0 as is_new
)
select count(*) filter (where is_new) from merged;

-- name: hold_running
-- Some case files with a running clock, after an id, held until the transaction ends.
select c.case_file_id from case_file c
where c.case_file_id > :after_id and exists (
    select from case_clock k where k.case_file_id = c.case_file_id and k.ended_at is null)
order by c.case_file_id
limit :batch
for update of c;
