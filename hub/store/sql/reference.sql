-- name: count_regions
-- How many regions are here.
select count(*) from region;

-- name: create_stage_region
-- Regions as shipped.
create temporary table if not exists stage_region (
    region_code text collate "C", parent_code text collate "C", level text, kind text, name text, latitude double precision,
    longitude double precision, area_km2 double precision, population integer
) on commit delete rows;

-- name: merge_regions
-- Regions are added or renamed, never dropped: a code that retires gets valid_to and replaced_by.
insert into region (region_code, parent_code, level, kind, name, latitude, longitude, area_km2, population)
select region_code, parent_code, level, kind, name, latitude, longitude, area_km2, population
from stage_region
order by length(region_code), region_code
on conflict (region_code) do update set
    name = excluded.name, kind = excluded.kind, latitude = excluded.latitude, longitude = excluded.longitude,
    area_km2 = excluded.area_km2, population = excluded.population
where (region.name, region.kind, region.population) is distinct from (excluded.name, excluded.kind, excluded.population);

-- name: add_sources
-- The hub itself and the national systems; districts join by themselves.
insert into source (source_code, kind, name)
values ('HUB', 'HUB', 'slrt-hub'), ('KIS', 'NATIONAL', 'KIS / PBI-JKN'), ('PKH', 'NATIONAL', 'Program Keluarga Harapan')
on conflict do nothing;

-- name: add_programme
-- A programme as shipped.
insert into programme (programme_code, name_id, name_en, unit, roster_source_code)
values (:programme_code, :name_id, :name_en, :unit, :roster_source_code)
on conflict (programme_code) do update set name_id = excluded.name_id, name_en = excluded.name_en;

-- name: add_first_rule
-- The shipped rule is version 1; a rule that was published here since stays in force.
insert into programme_rule (programme_code, version, status, effective_from, rule)
values (:programme_code, 1, 'PUBLISHED', :effective_from, :rule)
on conflict do nothing;
