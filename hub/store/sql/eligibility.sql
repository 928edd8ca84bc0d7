-- name: person_facts
-- What rules may ask of a person; null is "not known". A part of the statements below.
select p.household_id, p.person_id, p.regency_code, h.region_code,
    p.source_code, p.observed_at, h.source_code as household_source_code, h.observed_at as household_observed_at,
    h.welfare_source, h.welfare_period,
    extract(year from age(:as_of::date, p.birth_date))::integer as age,
    p.sex, p.vital_status, p.is_pregnant, p.school_level, p.is_enrolled_in_school, p.disability, p.has_chronic_illness,
    p.occupation_class,
    case when p.nik_status = 'VALID' then true end as is_nik_active,
    case when cover.is_other then true when cover.is_unclear then null
        when p.nik_status = 'VALID' and cover_source.drained_at is not null then false end
        as has_other_health_cover,
    h.decile/*{draw_columns}*/
from person p
join household h on h.household_id = p.household_id
left join (
    select e.household_id, e.person_id, bool_or(e.segment <> 'PBI') as is_other, bool_or(e.segment is null) as is_unclear
    from enrolment e
    where e.programme_code = 'KIS_PBI' and e.status = 'ACTIVE' /*{only_e}*/
    group by e.household_id, e.person_id
) cover on cover.household_id = p.household_id and cover.person_id = p.person_id
left join source cover_source on cover_source.source_code = 'KIS'
/*{identified}*/
/*{draw_joins}*/
where p.left_at is null and h.removed_at is null /*{only_p}*/

-- name: household_facts
-- What rules may ask of a household itself.
select h.household_id, null::bigint as person_id, h.regency_code, h.region_code, h.source_code, h.observed_at, h.welfare_source,
    h.welfare_period, h.decile,
    case when h.kk_status = 'VALID' or identified.by_one then true end as is_identified,
    case when pkh_source.drained_at is not null then true end as is_pkh_roster_read/*{draw_columns}*/
from household h
left join source pkh_source on pkh_source.source_code = 'PKH'
/*{identified}*/
/*{draw_joins}*/
where h.removed_at is null /*{only_h}*/

-- name: identified
-- Households by whether one member's NIK is valid, and whether all are. A part of the facts.
left join (
    select i.household_id, bool_or(i.nik_status = 'VALID') as by_one, bool_and(i.nik_status = 'VALID') as by_all
    from person i
    where i.left_at is null /*{only_i}*/
    group by i.household_id
) identified on identified.household_id = h.household_id

-- name: draw_column
-- Whether the household draws a programme. It does not when its district reports no such thing, or when the roster was read
-- and has neither its family card nor a member's NIK (in a programme of persons: none of all its members' NIKs). A part.
, case when draw_/*{n}*/.household_id is not null then draw_/*{n}*/.is_drawn
        when draw_/*{n}*/_of.roster_source_code is null and draw_/*{n}*/_of.programme_code is not null then false
        when draw_/*{n}*/_roster.drained_at is not null
            and case when draw_/*{n}*/_of.unit = 'PERSON' then identified.by_all else h.kk_status = 'VALID' or identified.by_one end
            then false
        end as "/*{name}*/"

-- name: draw_join
-- Households that draw a programme, in the segment that its rule counts; null where a roster line leaves it open. A part.
left join (
    select e.household_id, case when bool_or(e.is_hit) then true when bool_or(e.is_hit is null) then null else false end as is_drawn
    from (
        select e.household_id, (segment.needed is null or e.segment = segment.needed) and /*{hit}*/ as is_hit
        from enrolment e
        cross join (
            select (
                select r.rule ->> 'segment' from programme_rule r
                where r.programme_code = :draw_/*{n}*/_programme and r.status in ('PUBLISHED', 'RETIRED')
                    and r.effective_from <= :as_of::date and (r.effective_to is null or r.effective_to > :as_of::date)
                order by r.version desc limit 1
            ) as needed
        ) segment
        where e.programme_code = :draw_/*{n}*/_programme and e.status = 'ACTIVE' /*{only_e}*/
    ) e
    group by e.household_id
) draw_/*{n}*/ on draw_/*{n}*/.household_id = h.household_id
left join programme draw_/*{n}*/_of on draw_/*{n}*/_of.programme_code = :draw_/*{n}*/_programme
left join source draw_/*{n}*/_roster on draw_/*{n}*/_roster.source_code = draw_/*{n}*/_of.roster_source_code

-- name: draw_component
-- Whether a roster line counts a component; null when it tells no components. A part.
case when e.components = '{}'::jsonb then null else coalesce((e.components ->> :draw_/*{n}*/_component::text)::integer, 0) > 0 end

-- name: draw_another_component
-- Whether a roster line counts a component other than those that are allowed; null when it tells no components. A part.
case when e.components = '{}'::jsonb then null else exists (
    select from jsonb_each_text(e.components) counted
    where counted.value::integer > 0 and counted.key <> all (:draw_/*{n}*/_but::text[])
) end

-- name: household_rule_facts
-- The household's own facts beside what its members make true. A template for any engine: the rule's members fill it.
select unit.*, members.*
from (/*{households}*/) unit
left join (
    select member.household_id as members_of/*{aggregates}*/
    from (/*{persons}*/) member
    group by member.household_id
) members on members.members_of = unit.household_id

-- name: evaluate
-- Judges every unit against a rule version, clause by clause. A verdict that was found before stays untouched, so a second
-- evaluation writes only what changed. A template: the rule fills it.
with fact as (/*{facts}*/),
judged as materialized (
    select fact.household_id, fact.person_id, fact.regency_code, /*{clauses}*/
    from fact
    offset 0
),
enrolled as (
    select e.household_id, e.person_id
    from enrolment e
    where e.programme_code = :programme_code and e.status = 'ACTIVE' and (:segment::text is null or e.segment = :segment) /*{only_e}*/
    group by e.household_id, e.person_id
),
masked as (
    select j.household_id, j.person_id, j.regency_code, /*{failed}*/ as failed, /*{missing}*/ as missing,
        e.household_id is not null as is_enrolled
    from judged j
    left join enrolled e on e.household_id = j.household_id /*{same_person}*/
)
insert into verdict (household_id, person_id, programme_code, rule_version, regency_code, status, failed, missing, evaluated_at)
select household_id, person_id, :programme_code, :rule_version, regency_code,
    case when is_enrolled then 'ALREADY_ENROLLED'
        when failed & :required::bigint <> 0 then 'NOT_ELIGIBLE'
        when failed <> 0 then 'EXCLUDED'
        when missing <> 0 then 'UNKNOWN'
        else 'ELIGIBLE' end,
    failed, missing, :evaluated_at
from masked
on conflict (household_id, programme_code, person_id) do update set
    rule_version = excluded.rule_version, status = excluded.status, failed = excluded.failed, missing = excluded.missing,
    evaluated_at = excluded.evaluated_at
where (verdict.rule_version, verdict.status, verdict.failed, verdict.missing)
    is distinct from (excluded.rule_version, excluded.status, excluded.failed, excluded.missing);

-- name: drop_stale_verdicts
-- Verdicts on units that are gone: removed households, persons who left or moved to another household.
delete from verdict v
where v.programme_code = :programme_code
    and not exists (
        select from household h
        where h.household_id = v.household_id and h.removed_at is null
            and (v.person_id is null
                or exists (select from person p
                           where p.household_id = v.household_id and p.person_id = v.person_id and p.left_at is null))
    );

-- name: explain
-- The facts of some units with what each clause makes of them, and the newest records of programmes behind them. A template.
with fact as (/*{facts}*/)
select fact.household_id, fact.person_id, /*{clauses}*/, to_jsonb(fact) as facts, enrolled.stamps as enrolled,
    (
        select jsonb_object_agg(g.programme_code, jsonb_build_array(s.source_code, s.drained_at))
        from programme g join source s on s.source_code = g.roster_source_code
        where s.drained_at is not null
    ) as rosters
from fact
left join lateral (
    select jsonb_object_agg(newest.programme_code, jsonb_build_array(newest.source_code, newest.observed_at)) as stamps
    from (
        select distinct on (e.programme_code) e.programme_code, e.source_code, e.observed_at
        from enrolment e
        where e.household_id = fact.household_id and e.status = 'ACTIVE'
            and (fact.person_id is null or e.person_id is null or e.person_id = fact.person_id)
        order by e.programme_code, e.observed_at desc
    ) newest
) enrolled on true
where fact.household_id = any (:household_ids::bigint[]);

-- name: judge_briefly
-- What each clause makes of some units. A template: the rule fills it.
with fact as (/*{facts}*/)
select fact.household_id, fact.person_id, /*{clauses}*/
from fact
where fact.household_id = any (:household_ids::bigint[]);

-- name: of_regions
-- Only households of a range of regions, by its index, and what hangs on them by its key. A part.
and /*{row}*/.household_id in (select o.household_id from household o where o.region_code >= :region_from and o.region_code < :region_to)

-- name: find_rule_in_force
-- The published rule of a programme on a day.
select programme_code, version, rule from programme_rule
where programme_code = :programme_code and status in ('PUBLISHED', 'RETIRED') and effective_from <= :day
    and (effective_to is null or effective_to > :day)
order by version desc limit 1;

-- name: list_rules_in_force
-- The published rule of every programme on a day.
select distinct on (programme_code) programme_code, version, rule from programme_rule
where status in ('PUBLISHED', 'RETIRED') and effective_from <= :day and (effective_to is null or effective_to > :day)
order by programme_code, version desc;

-- name: count_verdicts
-- Units by programme and verdict; need: those who meet the rule, enrolled or not.
select v.programme_code, v.status, count(*) as units, count(*) filter (where v.failed = 0 and v.missing = 0) as meet_the_rule
from verdict v group by v.programme_code, v.status;
