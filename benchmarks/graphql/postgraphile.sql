-- What PostGraphile serves: the tables of the operations as views, with the smart tags that say how they hang together.
-- PostgreSQL inlines the views and the functions, so the indexes of the tables serve them.

drop schema if exists peer cascade;
create schema peer;

create view peer.region as select region_code as code, name from public.region;
comment on view peer.region is '@primaryKey code';

create view peer.programme as select programme_code as code, name_id as name from public.programme;
comment on view peer.programme is '@primaryKey code';

create view peer.household as
    select household_id, region_code, kk_number, kk_status, address, decile, welfare_source as source, welfare_period as period
    from public.household where removed_at is null;
comment on view peer.household is E'@primaryKey household_id\n@foreignKey (region_code) references region (code)|@fieldName region';

create view peer.member as
    select household_id, person_id, name, birth_date, sex, is_head from public.person where left_at is null;
comment on view peer.member is
    E'@primaryKey household_id,person_id\n@foreignKey (household_id) references household (household_id)|@foreignFieldName members\n@behavior +orderBy';

create view peer.enrolment as
    select household_id, programme_code, source_code, source_record_id, status from public.enrolment;
comment on view peer.enrolment is
    E'@primaryKey household_id,programme_code,source_code,source_record_id\n@foreignKey (household_id) references household (household_id)|@foreignFieldName enrolments\n@foreignKey (programme_code) references programme (code)|@fieldName programme';

create view peer.match as select household_id, match_id, status from public.match;
comment on view peer.match is
    E'@primaryKey household_id,match_id\n@foreignKey (household_id) references household (household_id)|@foreignFieldName matches\n@behavior +orderBy';

create view peer.coverage as
    select region_code, programme_code, households, persons, eligible as need, enrolled, unserved, matched, issued, refused
    from public.coverage;
comment on view peer.coverage is
    E'@primaryKey region_code,programme_code\n@foreignKey (region_code) references region (code)|@fieldName region';

create function peer.households_of(region_code text) returns setof peer.household stable language sql as $$
    select * from peer.household h
    where h.region_code >= $1 and h.region_code < $1 || '/'
    order by h.region_code, h.household_id
$$;

create function peer.coverage_of(region_codes text[], programme_code text) returns setof peer.coverage stable language sql as $$
    select * from peer.coverage c
    where c.region_code = any ($1) and c.programme_code = $2
    order by c.region_code
$$;
