-- name: start_simulation
-- A simulation of the revision as it stands, beside the version in force on its day.
insert into rule_simulation (programme_code, version, revision, baseline_version, as_of, period, regencies, created_by, created_at)
select :programme_code, :version, :revision, :baseline_version, :as_of, (
        select max(p.period) from entitlement_pool p where p.programme_code = :programme_code
    ), (select count(distinct h.regency_code) from household h where h.removed_at is null), :created_by, :created_at
returning simulation_id;

-- name: add_stretches
-- One stretch for every regency with households.
insert into rule_simulation_stretch (simulation_id, regency_code, households)
select :simulation_id::bigint, h.regency_code, count(*) from household h where h.removed_at is null group by h.regency_code;

-- name: find_unfinished
-- A simulation of this revision that was begun on the day and not brought to its end.
select max(simulation_id) from rule_simulation
where programme_code = :programme_code and version = :version and revision = :revision and as_of = :as_of and status = 'RUNNING';

-- name: find_simulations
-- Simulations by id.
select s.simulation_id, s.programme_code, s.version, s.revision, s.baseline_version, s.as_of, s.period, s.status, s.regencies,
    s.regencies_done, s.units, s.input_digest, s.created_by, s.created_at, s.finished_at
from rule_simulation s where s.simulation_id = any (:simulation_ids::bigint[]);

-- name: list_simulations_of
-- Simulations of some versions, the newest first.
select s.simulation_id, s.programme_code, s.version, s.revision, s.baseline_version, s.as_of, s.period, s.status, s.regencies,
    s.regencies_done, s.units, s.input_digest, s.created_by, s.created_at, s.finished_at
from rule_simulation s
where (s.programme_code, s.version) in (select * from unnest(:codes::text[], :versions::integer[]))
order by s.programme_code, s.version, s.simulation_id desc;

-- name: find_last_simulation
-- The newest finished simulation of a version; null version: of any version that is not retired, the newest one.
select s.simulation_id from rule_simulation s
where s.programme_code = :programme_code and (:version::integer is null or s.version = :version) and s.status = 'DONE'
order by s.simulation_id desc limit 1;

-- name: see_one_moment
-- All statements of this transaction see the registry as it is now.
set transaction isolation level repeatable read;

-- name: hold_simulation
-- One worker at a time; the lock goes with the transaction.
select pg_try_advisory_xact_lock(hashtextextended('rule_simulation', :simulation_id::bigint));

-- name: next_stretch
-- The next regencies in the order of their codes: one, or as many as have no more than so many households before the last.
select min(s.regency_code) as first_code, max(s.regency_code) as last_code, count(*) as regencies
from (
    select regency_code, sum(households) over (order by regency_code) - households as households_before
    from rule_simulation_stretch where simulation_id = :simulation_id and digest is null
) s
where s.households_before < :households::bigint;

-- name: create_simulated_verdict
-- What the two versions make of the units of some regencies.
create temporary table if not exists simulated_verdict (
    is_after boolean not null, household_id bigint not null, person_id bigint, failed bigint not null, missing bigint not null
) on commit delete rows;

-- name: create_simulated_amount
-- Rupiah a year, by the components of the two versions.
create temporary table if not exists simulated_amount (
    is_after boolean not null, household_id bigint not null, person_id bigint, amount bigint not null
) on commit delete rows;

-- name: create_simulated_unit
-- All that the report counts by, one row for a unit.
create temporary table if not exists simulated_unit (
    regency_code text collate "C" not null, household_id bigint not null, person_id bigint, sex text not null, disability text not null, decile text not null,
    before text not null, after text not null, is_enrolled_before boolean not null, is_enrolled_after boolean not null,
    is_matched boolean not null, amount_before bigint, amount_after bigint, drawn text[] not null, eligible text[] not null
) on commit delete rows;

-- name: judge_stretch
-- Judges the units of some regencies, and records nothing but for this transaction. A template: the rule fills it.
with fact as (/*{facts}*/),
judged as materialized (
    select fact.household_id, fact.person_id, /*{clauses}*/
    from fact
    offset 0
)
insert into simulated_verdict (is_after, household_id, person_id, failed, missing)
select :is_after, j.household_id, j.person_id, /*{failed}*/, /*{missing}*/ from judged j;

-- name: price_stretch
-- Rupiah a year of the units of some regencies: each person by the dearest component, of a household the dearest members. A template.
insert into simulated_amount (is_after, household_id, person_id, amount)
select :is_after, counted.household_id, case when :is_of_persons::boolean then counted.person_id end, sum(counted.amount)
from (
    select priced.household_id, priced.person_id, priced.amount,
        row_number() over (partition by priced.household_id order by priced.amount desc) as turn
    from (select fact.household_id, fact.person_id, /*{amount}*/ as amount from (/*{facts}*/) fact) priced
    where priced.amount is not null
) counted
where :is_of_persons or :max_counted::integer is null or counted.turn <= :max_counted
group by 2, 3;

-- name: describe_units
-- Brings together what was found of each unit. Sex of a household is its head's, disability the gravest of its members'.
with home as (
    select h.household_id, h.regency_code, h.decile, h.fetched_at
    from household h
    join rule_simulation_stretch s on s.simulation_id = :simulation_id and s.regency_code = h.regency_code
    where h.region_code >= :region_from and h.region_code < :region_to and h.removed_at is null
),
described as (
    select p.household_id, p.person_id, p.sex, p.disability
    from home h join person p on p.household_id = h.household_id
    where :is_of_persons::boolean and p.left_at is null
    union all
    select p.household_id, null, max(p.sex) filter (where p.is_head),
        (array['NONE', 'MILD', 'SEVERE'])[max(array_position(array['NONE', 'MILD', 'SEVERE'], p.disability))]
    from home h join person p on p.household_id = h.household_id
    where not :is_of_persons and p.left_at is null
    group by p.household_id
),
on_it as (
    select e.household_id, case when :is_of_persons then e.person_id end as person_id,
        bool_or(:segment_before::text is null or e.segment = :segment_before) as is_enrolled_before,
        bool_or(:segment_after::text is null or e.segment = :segment_after) as is_enrolled_after
    from home h join enrolment e on e.household_id = h.household_id
    where e.programme_code = :programme_code and e.status = 'ACTIVE'
    group by 1, 2
),
matched as (
    select distinct m.household_id, m.person_id
    from match m
    join home h on h.household_id = m.household_id
    where m.programme_code = :programme_code and m.regency_code >= :region_from and m.regency_code < :region_to
        and (m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')
            or m.status in ('DECLINED', 'REJECTED') and m.changed_at >= h.fetched_at)
),
drawn as (
    select e.household_id, array_agg(distinct e.programme_code order by e.programme_code) as programmes
    from home h join enrolment e on e.household_id = h.household_id
    where e.status = 'ACTIVE' and e.programme_code <> :programme_code
    group by e.household_id
),
eligible as (
    select v.household_id, array_agg(distinct v.programme_code order by v.programme_code) as programmes
    from programme g
    join verdict v on v.programme_code = g.programme_code and v.status = 'ELIGIBLE'
        and v.regency_code >= :region_from and v.regency_code < :region_to
    where g.programme_code <> :programme_code
    group by v.household_id
)
insert into simulated_unit
select h.regency_code, a.household_id, a.person_id, coalesce(d.sex, 'UNKNOWN'), coalesce(d.disability, 'UNKNOWN'),
    coalesce(h.decile::text, 'UNKNOWN'),
    case when b.household_id is null then 'NO_RULE' when b.failed <> 0 then 'FAILS' when b.missing <> 0 then 'UNDETERMINED' else 'MEETS' end,
    case when a.failed <> 0 then 'FAILS' when a.missing <> 0 then 'UNDETERMINED' else 'MEETS' end,
    coalesce(o.is_enrolled_before, false), coalesce(o.is_enrolled_after, false), m.household_id is not null,
    case when :is_priced_before::boolean then coalesce(pb.amount, :amount_before::bigint, 0) end,
    case when :is_priced_after::boolean then coalesce(pa.amount, :amount_after::bigint, 0) end,
    coalesce(w.programmes, '{}'), coalesce(g.programmes, '{}')
from simulated_verdict a
join home h on h.household_id = a.household_id
left join simulated_verdict b on not b.is_after and b.household_id = a.household_id and b.person_id is not distinct from a.person_id
left join described d on d.household_id = a.household_id and d.person_id is not distinct from a.person_id
left join on_it o on o.household_id = a.household_id and o.person_id is not distinct from a.person_id
left join matched m on m.household_id = a.household_id and m.person_id is not distinct from a.person_id
left join simulated_amount pb on not pb.is_after and pb.household_id = a.household_id and pb.person_id is not distinct from a.person_id
left join simulated_amount pa on pa.is_after and pa.household_id = a.household_id and pa.person_id is not distinct from a.person_id
left join drawn w on w.household_id = a.household_id
left join eligible g on g.household_id = a.household_id
where a.is_after;

-- name: count_effects
-- Who wins and who loses in some regencies, over all and by sex, disability and decile.
insert into rule_simulation_effect (simulation_id, regency_code, dimension, value, units, meets_before, meets_after, winners, losers,
    unsettled, losers_enrolled, undetermined_before, undetermined_after, unserved_before, unserved_after, cost_before, cost_after)
select :simulation_id, u.regency_code, d.dimension, d.value, count(*),
    count(*) filter (where u.before = 'MEETS'), count(*) filter (where u.after = 'MEETS'),
    count(*) filter (where u.before <> 'MEETS' and u.after = 'MEETS'), count(*) filter (where u.before = 'MEETS' and u.after = 'FAILS'),
    count(*) filter (where u.before = 'MEETS' and u.after = 'UNDETERMINED'),
    count(*) filter (where u.before = 'MEETS' and u.after = 'FAILS' and u.is_enrolled_before),
    count(*) filter (where u.before = 'UNDETERMINED'), count(*) filter (where u.after = 'UNDETERMINED'),
    count(*) filter (where u.before = 'MEETS' and not u.is_enrolled_before),
    count(*) filter (where u.after = 'MEETS' and not u.is_enrolled_after),
    case when :is_priced_before::boolean then coalesce(sum(u.amount_before) filter (where u.before = 'MEETS'), 0)::bigint end,
    case when :is_priced_after::boolean then coalesce(sum(u.amount_after) filter (where u.after = 'MEETS'), 0)::bigint end
from simulated_unit u
cross join lateral (values ('ALL', 'ALL'), ('SEX', u.sex), ('DISABILITY', u.disability), ('DECILE', u.decile)) d(dimension, value)
group by u.regency_code, d.dimension, d.value;

-- name: count_overlaps
-- Those who meet a version, in households that draw another programme, or are eligible for it and not served.
with beside as (
    select u.regency_code, u.before, u.after, o.programme_code, true as is_drawn
    from simulated_unit u cross join unnest(u.drawn) o(programme_code)
    union all
    select u.regency_code, u.before, u.after, o.programme_code, false from simulated_unit u cross join unnest(u.eligible) o(programme_code)
)
insert into rule_simulation_overlap (simulation_id, regency_code, other_programme_code, enrolled_before, enrolled_after, eligible_before,
    eligible_after)
select :simulation_id, b.regency_code, b.programme_code,
    count(*) filter (where b.is_drawn and b.before = 'MEETS'), count(*) filter (where b.is_drawn and b.after = 'MEETS'),
    count(*) filter (where not b.is_drawn and b.before = 'MEETS'), count(*) filter (where not b.is_drawn and b.after = 'MEETS')
from beside b
where 'MEETS' in (b.before, b.after)
group by b.regency_code, b.programme_code;

-- name: note_stretch
-- Regencies are done: their units, their demand, and a digest of all that was counted.
update rule_simulation_stretch s
set units = f.units, wanted_before = f.wanted_before, wanted_after = f.wanted_after, digest = f.digest
from (
    select x.regency_code, count(u.household_id) as units,
        count(*) filter (where u.before = 'MEETS' and not u.is_enrolled_before and not u.is_matched) as wanted_before,
        count(*) filter (where u.after = 'MEETS' and not u.is_enrolled_after and not u.is_matched) as wanted_after,
        encode(sha256(convert_to(coalesce(string_agg(md5(u::text), '' order by u.household_id, u.person_id), ''), 'UTF8')), 'hex') as digest
    from rule_simulation_stretch x
    left join simulated_unit u on u.regency_code = x.regency_code
    where x.simulation_id = :simulation_id and x.regency_code >= :region_from and x.regency_code < :region_to
    group by x.regency_code
) f
where s.simulation_id = :simulation_id and s.regency_code = f.regency_code;

-- name: note_progress
-- How far the simulation came.
update rule_simulation s
set regencies_done = d.done, units = d.units
from (
    select count(digest) as done, coalesce(sum(units), 0) as units from rule_simulation_stretch where simulation_id = :simulation_id
) d
where s.simulation_id = :simulation_id;

-- name: count_slots
-- What the pools give: a regency's first, what it lacks from its province, what that lacks from the nation.
with pool as (
    select coalesce(p.region_code, '') as region_code, sum(b.available)::integer as available
    from rule_simulation s
    join entitlement_pool p on p.programme_code = s.programme_code and p.period = s.period
    join pool_balance b on b.pool_id = p.pool_id
    where s.simulation_id = :simulation_id
    group by 1
),
regency as (
    select coalesce(s.regency_code, p.region_code) as region_code, coalesce(p.available, 0) as available,
        coalesce(s.wanted_before, 0) as wanted_before, coalesce(s.wanted_after, 0) as wanted_after
    from (select * from rule_simulation_stretch where simulation_id = :simulation_id) s
    full join (select * from pool where length(region_code) = 5) p on p.region_code = s.regency_code
),
province as (
    select coalesce(s.region_code, p.region_code) as region_code, coalesce(p.available, 0) as available,
        coalesce(s.wanted_before, 0) as wanted_before, coalesce(s.wanted_after, 0) as wanted_after
    from (
        select left(r.region_code, 2) as region_code, sum(greatest(r.wanted_before - r.available, 0)) as wanted_before,
            sum(greatest(r.wanted_after - r.available, 0)) as wanted_after
        from regency r group by 1
    ) s
    full join (select * from pool where length(region_code) = 2) p on p.region_code = s.region_code
),
nation as (
    select '' as region_code, coalesce((select available from pool where region_code = ''), 0) as available,
        coalesce(sum(greatest(p.wanted_before - p.available, 0)), 0) as wanted_before,
        coalesce(sum(greatest(p.wanted_after - p.available, 0)), 0) as wanted_after
    from province p
)
insert into rule_simulation_slot (simulation_id, region_code, available, wanted_before, wanted_after, left_before, left_after, short_before,
    short_after)
select :simulation_id, l.region_code, l.available, l.wanted_before, l.wanted_after,
    greatest(l.available - l.wanted_before, 0), greatest(l.available - l.wanted_after, 0),
    greatest(l.wanted_before - l.available, 0), greatest(l.wanted_after - l.available, 0)
from (select * from regency union all select * from province union all select * from nation) l
where exists (select from rule_simulation s where s.simulation_id = :simulation_id and s.period is not null);

-- name: list_digests
-- What the input of a simulation is fingerprinted from, beside the documents and the day: regencies, then pools.
select s.regency_code as name, s.digest as digest from rule_simulation_stretch s where s.simulation_id = :simulation_id
union all
select 'pool ' || l.region_code, l.available::text from rule_simulation_slot l where l.simulation_id = :simulation_id
order by 1;

-- name: finish_simulation
-- The report is whole.
update rule_simulation set status = 'DONE', input_digest = :input_digest, finished_at = :finished_at
where simulation_id = :simulation_id;

-- name: sum_effects
-- The effects of a simulation in a region (the nation is the empty code), as far as the caller may see them.
select :region_code::text as region_code, e.dimension, e.value, sum(e.units)::bigint as units, sum(e.meets_before)::bigint as meets_before,
    sum(e.meets_after)::bigint as meets_after, sum(e.winners)::bigint as winners, sum(e.losers)::bigint as losers,
    sum(e.unsettled)::bigint as unsettled, sum(e.losers_enrolled)::bigint as losers_enrolled,
    sum(e.undetermined_before)::bigint as undetermined_before, sum(e.undetermined_after)::bigint as undetermined_after,
    sum(e.unserved_before)::bigint as unserved_before, sum(e.unserved_after)::bigint as unserved_after,
    sum(e.cost_before)::bigint as cost_before, sum(e.cost_after)::bigint as cost_after
from rule_simulation_effect e
where e.simulation_id = :simulation_id and starts_with(e.regency_code, :region_code)
group by e.dimension, e.value
order by array_position(array['ALL', 'SEX', 'DISABILITY', 'DECILE'], e.dimension), length(e.value), e.value;

-- name: sum_effects_below
-- The same, over all, for the regions right below one.
select left(e.regency_code, :length::integer) as region_code, e.dimension, e.value, sum(e.units)::bigint as units,
    sum(e.meets_before)::bigint as meets_before, sum(e.meets_after)::bigint as meets_after, sum(e.winners)::bigint as winners,
    sum(e.losers)::bigint as losers, sum(e.unsettled)::bigint as unsettled, sum(e.losers_enrolled)::bigint as losers_enrolled,
    sum(e.undetermined_before)::bigint as undetermined_before, sum(e.undetermined_after)::bigint as undetermined_after,
    sum(e.unserved_before)::bigint as unserved_before, sum(e.unserved_after)::bigint as unserved_after,
    sum(e.cost_before)::bigint as cost_before, sum(e.cost_after)::bigint as cost_after
from rule_simulation_effect e
where e.simulation_id = :simulation_id and starts_with(e.regency_code, :region_code) and e.dimension = 'ALL'
group by 1, e.dimension, e.value
order by 1;

-- name: sum_overlaps
-- Overlaps of a simulation in a region, as far as the caller may see them.
select o.other_programme_code as programme_code, sum(o.enrolled_before)::bigint as enrolled_before,
    sum(o.enrolled_after)::bigint as enrolled_after, sum(o.eligible_before)::bigint as eligible_before,
    sum(o.eligible_after)::bigint as eligible_after
from rule_simulation_overlap o
where o.simulation_id = :simulation_id and starts_with(o.regency_code, :region_code)
group by o.other_programme_code
order by o.other_programme_code;

-- name: list_slots
-- Pools under a simulation, of a region and of those right below it (the nation is the empty code).
select l.region_code, l.available, l.wanted_before, l.wanted_after, l.left_before, l.left_after, l.short_before, l.short_after
from rule_simulation_slot l
where l.simulation_id = :simulation_id and starts_with(l.region_code, :region_code) and length(l.region_code) <= :length::integer
order by l.region_code;

-- name: list_all_effects
-- Every row of a report, for a file.
select e.regency_code, e.dimension, e.value, e.units, e.meets_before, e.meets_after, e.winners, e.losers, e.unsettled, e.losers_enrolled,
    e.undetermined_before, e.undetermined_after, e.unserved_before, e.unserved_after, e.cost_before, e.cost_after
from rule_simulation_effect e
where e.simulation_id = :simulation_id
order by e.regency_code, e.dimension, e.value;
