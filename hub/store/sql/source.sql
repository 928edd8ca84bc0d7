-- name: find_cursor
-- Where the feed of a source goes on.
select cursor from source where source_code = :source_code;

-- name: join_districts
-- Districts that take part; joining again changes the endpoint.
with named as materialized (
    select d.regency_code, d.endpoint, r.name
    from unnest(:regency_codes::text[], :endpoints::text[]) as d(regency_code, endpoint)
    join region r on r.region_code = d.regency_code and r.level = 'REGENCY'
),
sources as (
    insert into source (source_code, kind, name)
    select regency_code, 'DISTRICT', name from named
    on conflict (source_code) do update set name = excluded.name
)
insert into district_system (regency_code, source_code, endpoint, contract_version, status, joined_at)
select regency_code, regency_code, endpoint, 1, 'JOINED', :joined_at from named
on conflict (regency_code) do update set endpoint = excluded.endpoint, status = 'JOINED'
returning regency_code;

-- name: list_joined
-- District systems that take part.
select d.regency_code, d.endpoint, s.name
from district_system d
join source s using (source_code)
where d.status = 'JOINED'
order by d.regency_code;

-- name: list_drained_at
-- When the feeds of some sources were last read to their end; null: never.
select source_code, drained_at from source where source_code = any (:source_codes::text[]);
