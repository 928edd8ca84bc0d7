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

-- name: find_shipped_rule
-- The newest document that came with a release, and the version that counts last: where it comes from, and since when.
select s.rule as shipped_rule, l.origin as last_origin, l.effective_from as last_from
from (select 1) one
left join lateral (
    select h.rule from rule_history h
    where h.programme_code = :programme_code and h.actor = 'release' and h.rule is not null order by h.entry_id desc limit 1
) s on true
left join lateral (
    select r.origin, r.effective_from from programme_rule r
    where r.programme_code = :programme_code and r.status = 'PUBLISHED' and r.effective_to is null
) l on true;

-- name: bound_shipped_rule
-- The version of the release before makes room.
update programme_rule set effective_to = :effective_from, moved_by = 'release', moved_at = now(), reason = 'a release brought another rule'
where programme_code = :programme_code and status = 'PUBLISHED' and effective_to is null;

-- name: add_shipped_rule
-- A rule that came with a release: published, or, where the installation published one of its own, a draft for it to consider.
insert into programme_rule (programme_code, version, status, origin, effective_from, rule, drafted_by, moved_by, moved_at, reason)
select :programme_code, coalesce(max(r.version), 0) + 1, :status, 'SHIPPED', :effective_from, :rule, 'release', 'release', now(),
    'shipped with the hub'
from programme_rule r where r.programme_code = :programme_code;

-- name: find_today
-- The day by which rules count.
select (now() at time zone 'UTC')::date;
