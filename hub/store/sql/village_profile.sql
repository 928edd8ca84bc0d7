-- name: reject_profiles
-- Profiles of unknown or foreign regions, of what is no village, or with an unknown criterion.
select distinct on (s.source_record_id) s.source_record_id, wrong.field, wrong.code, wrong.value
from jsonb_to_recordset(:records::jsonb) as s(source_record_id text, region_code text, smart_kampung jsonb)
left join region r on r.region_code = s.region_code
cross join lateral (values
    ('regionCode', 'REGION_UNKNOWN', s.region_code, r.region_code is null or r.level <> 'VILLAGE'),
    ('regionCode', 'REGION_FOREIGN', s.region_code, not starts_with(s.region_code, :regency_code)),
    ('smartKampung', 'VALUE_UNKNOWN', s.smart_kampung::text,
        exists (select from jsonb_object_keys(s.smart_kampung) k where k <> all (:criteria::text[])))
) wrong(field, code, value, is_wrong)
where wrong.is_wrong
order by s.source_record_id, wrong.field;

-- name: merge_profiles
-- The newer record of a village replaces the older one; returns those that changed.
insert into village_profile (region_code, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
    has_doctor, has_wifi, bandwidth_mbps, smart_kampung)
select distinct on (s.region_code) s.region_code, :source_code, s.source_record_id, s.revision, s.observed_at, :fetched_at,
    :regency_code, s.has_doctor, s.has_wifi, s.bandwidth_mbps, s.smart_kampung
from jsonb_to_recordset(:records::jsonb) as s(source_record_id text, revision bigint, observed_at timestamptz, region_code text,
    has_doctor boolean, has_wifi boolean, bandwidth_mbps double precision, smart_kampung jsonb)
where s.source_record_id <> all (:refused::text[])
order by s.region_code, s.revision desc
on conflict (region_code) do update set
    source_code = excluded.source_code, source_record_id = excluded.source_record_id, source_revision = excluded.source_revision,
    observed_at = excluded.observed_at, fetched_at = excluded.fetched_at, has_doctor = excluded.has_doctor,
    has_wifi = excluded.has_wifi, bandwidth_mbps = excluded.bandwidth_mbps, smart_kampung = excluded.smart_kampung
where village_profile.source_revision < excluded.source_revision
returning region_code, source_revision;

-- name: drop_budget_lines
-- Lines of profiles that changed.
delete from village_budget_line where region_code = any (:region_codes::text[]);

-- name: add_budget_lines
-- Their new lines; of one named twice the last.
insert into village_budget_line (region_code, year, activity, regency_code, planned, released, spent)
select distinct on (s.region_code, l.year, l.activity) s.region_code, l.year, l.activity, :regency_code, l.planned, l.released, l.spent
from jsonb_to_recordset(:records::jsonb) as s(region_code text, revision bigint, budget_lines jsonb)
join unnest(:region_codes::text[], :revisions::bigint[]) as c(region_code, revision) using (region_code, revision)
cross join lateral rows from (
    jsonb_to_recordset(s.budget_lines) as (year smallint, activity text, planned bigint, released bigint, spent bigint)
) with ordinality as l(year, activity, planned, released, spent, position)
order by s.region_code, l.year, l.activity, l.position desc;

-- name: reject_series
-- Series of unknown or foreign regions, and those that would mix figures of two sources or methods.
select distinct on (s.series_id) s.source_record_id, wrong.field, wrong.code, wrong.value
from jsonb_to_recordset(:records::jsonb) as s(series_id bigint, source_record_id text, region_code text, origin text, method text)
left join region r on r.region_code = s.region_code
left join poverty_series k on k.series_id = s.series_id
left join poverty_series o on o.region_code = s.region_code and o.origin = s.origin and o.method = s.method and o.series_id <> s.series_id
cross join lateral (values
    ('regionCode', 'REGION_UNKNOWN', s.region_code, r.region_code is null),
    ('regionCode', 'REGION_FOREIGN', s.region_code, not starts_with(s.region_code, :regency_code)),
    ('method', 'SERIES_MIXED', s.method, o.series_id is not null
        or (k.region_code, k.origin, k.method) is distinct from (s.region_code, s.origin, s.method) and k.series_id is not null
        or exists (
            select from jsonb_to_recordset(:records::jsonb) as t(series_id bigint, region_code text, origin text, method text)
            where t.region_code = s.region_code and t.origin = s.origin and t.method = s.method and t.series_id < s.series_id
        ))
) wrong(field, code, value, is_wrong)
where wrong.is_wrong
order by s.series_id, wrong.field desc;

-- name: merge_series
-- The newer record replaces the older one; returns those that changed.
insert into poverty_series (series_id, region_code, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
    origin, method)
select distinct on (s.series_id) s.series_id, s.region_code, :source_code, s.source_record_id, s.revision, s.observed_at, :fetched_at,
    :regency_code, s.origin, s.method
from jsonb_to_recordset(:records::jsonb) as s(series_id bigint, source_record_id text, revision bigint, observed_at timestamptz,
    region_code text, origin text, method text)
where s.source_record_id <> all (:refused::text[])
order by s.series_id, s.revision desc
on conflict (series_id) do update set
    source_revision = excluded.source_revision, observed_at = excluded.observed_at, fetched_at = excluded.fetched_at
where poverty_series.source_revision < excluded.source_revision
returning series_id, source_revision;

-- name: drop_points
-- Figures of series that changed.
delete from poverty_point where series_id = any (:series_ids::bigint[]);

-- name: add_points
-- Their new figures; of a year that is named twice the last.
insert into poverty_point (series_id, year, regency_code, persons, percent)
select distinct on (s.series_id, p.year) s.series_id, p.year, :regency_code, p.persons, p.percent
from jsonb_to_recordset(:records::jsonb) as s(series_id bigint, revision bigint, points jsonb)
join unnest(:series_ids::bigint[], :revisions::bigint[]) as c(series_id, revision) using (series_id, revision)
cross join lateral rows from (
    jsonb_to_recordset(s.points) as (year smallint, persons bigint, percent double precision)
) with ordinality as p(year, persons, percent, position)
order by s.series_id, p.year, p.position desc;

-- name: clear_profile_rejects
-- What came anew is judged anew.
delete from reject
where source_code = :source_code and record_kind = :record_kind and source_record_id = any (:record_ids::text[]);

-- name: add_profile_rejects
-- Into quarantine.
insert into reject (source_code, record_kind, source_record_id, field, code, severity, value, batch_id, rejected_at)
select :source_code, :record_kind, x.record_id, x.field, x.code, 'RECORD', left(x.value, 200), :batch_id, :rejected_at
from unnest(:record_ids::text[], :fields::text[], :codes::text[], :values::text[]) as x(record_id, field, code, value)
on conflict do nothing;

-- name: find_profiles
-- The profiles of some villages.
select region_code, has_doctor, has_wifi, bandwidth_mbps, smart_kampung, source_code, source_record_id, observed_at, fetched_at
from village_profile where region_code = any (:region_codes::text[]);

-- name: list_budget_lines
-- A page of the budget lines of each of some villages, the newest year first.
select l.region_code, l.year, l.activity, l.planned, l.released, l.spent
from unnest(:region_codes::text[]) as v(region_code)
cross join lateral (
    select * from village_budget_line b
    where b.region_code = v.region_code and (-b.year, b.activity) > (-:after_year::integer, :after_activity::text)
    order by b.year desc, b.activity limit :first
) l
order by l.region_code, l.year desc, l.activity;

-- name: list_series
-- A page of the poverty series of each of some regions, each with its figures.
select s.series_id, s.region_code, s.origin, s.method,
    coalesce((select jsonb_agg(jsonb_build_object('year', p.year, 'persons', p.persons, 'percent', p.percent) order by p.year)
              from poverty_point p where p.series_id = s.series_id), '[]') as points,
    s.source_code, s.source_record_id, s.observed_at, s.fetched_at
from unnest(:region_codes::text[]) as v(region_code)
cross join lateral (
    select * from poverty_series k
    where k.region_code = v.region_code and (k.origin, k.method) > (:after_origin::text, :after_method::text)
    order by k.origin, k.method limit :first
) s
order by s.region_code, s.origin, s.method;

-- name: list_profiles
-- The first profiles of some stretches together, each after its place, in the order of region and record id.
select c.region_code, c.has_doctor, c.has_wifi, c.bandwidth_mbps, c.smart_kampung, c.source_code, c.source_record_id, c.observed_at,
    c.fetched_at
from unnest(:region_froms::text[], :region_tos::text[], :after_regions::text[], :after_ids::text[])
    s (region_from, region_to, after_region, after_id)
cross join lateral (
    select * from village_profile v
    where v.region_code >= s.region_from collate "C" and v.region_code < s.region_to collate "C"
        and (v.region_code, v.source_record_id) > (s.after_region collate "C", s.after_id collate "C")
    order by v.region_code, v.source_record_id
    limit :first
) c
order by c.region_code, c.source_record_id
limit :first;

-- name: list_poverty_series
-- The first poverty series of some stretches together, each after its place, in the order of region and record id.
select c.series_id, c.region_code, c.origin, c.method,
    coalesce((select jsonb_agg(jsonb_build_object('year', p.year, 'persons', p.persons, 'percent', p.percent) order by p.year)
              from poverty_point p where p.series_id = c.series_id), '[]') as points,
    c.source_code, c.source_record_id, c.observed_at, c.fetched_at
from unnest(:region_froms::text[], :region_tos::text[], :after_regions::text[], :after_ids::text[])
    s (region_from, region_to, after_region, after_id)
cross join lateral (
    select * from poverty_series v
    where v.region_code >= s.region_from collate "C" and v.region_code < s.region_to collate "C"
        and (v.region_code, v.source_record_id) > (s.after_region collate "C", s.after_id collate "C")
    order by v.region_code, v.source_record_id
    limit :first
) c
order by c.region_code, c.source_record_id
limit :first;

-- name: drop_unlisted_profiles
-- Profiles, with their budget lines, that their district does not list any more.
with gone as (
    delete from village_profile where source_code = :source_code and source_record_id <> all (:record_ids::text[]) returning 1
)
select count(*) from gone;

-- name: drop_unlisted_series
-- Series, with their figures, that it does not list any more.
with gone as (
    delete from poverty_series where source_code = :source_code and source_record_id <> all (:record_ids::text[]) returning 1
)
select count(*) from gone;

-- name: note_profiles_read
-- All of it was read to the end.
update source set profiles_read_at = :fetched_at where source_code = :source_code;
