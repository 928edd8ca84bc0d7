-- name: find_regions
-- Regions by code.
select region_code as code, parent_code, level, kind, name, population, area_km2 from region where region_code = any (:codes::text[]);

-- name: list_regions
-- Regions in the order of their codes; null filters mean all. A name is searched by its beginning, without case.
select region_code as code, parent_code, level, kind, name, population, area_km2
from region
where (:parent_code::text is null or parent_code = :parent_code)
    and (:level::text is null or level = :level)
    and (:name::text is null or starts_with(lower(name), lower(:name)))
    and (:after::text is null or region_code > :after)
order by region_code
limit :first;

-- name: list_children
-- For each of some regions the regions right below it, in the order of their codes.
select p.code as parent, r.region_code as code, r.parent_code, r.level, r.kind, r.name, r.population, r.area_km2
from unnest(:codes::text[]) as p(code)
cross join lateral (
    select * from region c
    where c.parent_code = p.code and (:after::text is null or c.region_code > :after)
    order by c.region_code
    limit :first
) r
order by p.code, r.region_code;
