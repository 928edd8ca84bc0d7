-- name: start_evaluation
-- All verdicts are found anew; the deciles are of these periods.
insert into evaluation (as_of, welfare_periods, started_by, started_at)
select :as_of, coalesce(array_agg(distinct h.welfare_period) filter (where h.welfare_period is not null), '{}'), :started_by, :started_at
from household h where h.removed_at is null
returning evaluation_id;

-- name: finish_evaluation
-- The report is whole.
update evaluation set finished_at = :finished_at where evaluation_id = :evaluation_id;

-- name: create_verdict_before
-- The verdicts of a programme before it is judged anew.
create temporary table if not exists verdict_before (
    household_id bigint not null, person_key bigint not null, rule_version integer not null, regency_code text not null,
    status text not null, failed bigint not null, missing bigint not null
) on commit delete rows;

-- name: create_changed_verdict
-- Units whose verdict changed, with both masks.
create temporary table if not exists changed_verdict (
    unit bigint generated always as identity, regency_code text not null, from_status text not null, to_status text not null,
    from_version integer, from_failed bigint, from_missing bigint, to_version integer, to_failed bigint, to_missing bigint
) on commit delete rows;

-- name: keep_before
-- Remembers the verdicts of a programme for the rest of the transaction.
insert into verdict_before
select v.household_id, coalesce(v.person_id, 0), v.rule_version, v.regency_code, v.status, v.failed, v.missing
from verdict v where v.programme_code = :programme_code;

-- name: drop_verdicts
-- No rule of the programme is in force, so nobody has a verdict.
delete from verdict where programme_code = :programme_code;

-- name: list_judged_programmes
-- Programmes that have verdicts.
select programme_code from programme p where exists (select from verdict v where v.programme_code = p.programme_code) order by 1;

-- name: find_changed
-- Sets the verdicts of a programme beside those of before.
insert into changed_verdict (regency_code, from_status, to_status, from_version, from_failed, from_missing, to_version, to_failed, to_missing)
select coalesce(a.regency_code, b.regency_code), coalesce(b.status, 'ABSENT'), coalesce(a.status, 'ABSENT'),
    b.rule_version, b.failed, b.missing, a.rule_version, a.failed, a.missing
from verdict_before b
full join (
    select v.household_id, coalesce(v.person_id, 0) as person_key, v.regency_code, v.rule_version, v.status, v.failed, v.missing
    from verdict v where v.programme_code = :programme_code
) a on a.household_id = b.household_id and a.person_key = b.person_key
where a.status is distinct from b.status;

-- name: note_programme
-- One programme of an evaluation is done.
insert into evaluation_programme (evaluation_id, programme_code, rule_version, units_before, units_after, changed, evaluated_at)
select :evaluation_id, :programme_code, :rule_version, (select count(*) from verdict_before),
    (select count(*) from verdict_before) + count(*) filter (where c.from_status = 'ABSENT') - count(*) filter (where c.to_status = 'ABSENT'),
    count(*), :evaluated_at
from changed_verdict c;

-- name: count_changes
-- How many units went from what to what, by regency.
insert into verdict_change (evaluation_id, programme_code, regency_code, from_status, to_status, units)
select :evaluation_id, :programme_code, c.regency_code, c.from_status, c.to_status, count(*)
from changed_verdict c
group by c.regency_code, c.from_status, c.to_status;

-- name: list_versions_of_changes
-- Versions whose clauses the masks speak of.
select distinct v.version from changed_verdict c cross join lateral (values (c.from_version), (c.to_version)) v(version)
where v.version is not null order by 1;

-- name: count_causes
-- Because of what: clauses whose outcome changed, coming on or off the programme, coming into or leaving the registry, or, where
-- none of these, another version of the rule. The arrays say which bit of which version is which clause.
with clause as (
    select * from unnest(:versions::integer[], :bits::integer[], :clause_ids::text[]) as k(version, bit, clause_id)
),
before as (
    select c.unit, k.clause_id,
        case when c.from_failed >> k.bit & 1 = 1 then 'FAIL' when c.from_missing >> k.bit & 1 = 1 then 'MISSING' else 'PASS' end as outcome
    from changed_verdict c join clause k on k.version = c.from_version
    where c.to_version is not null
),
after as (
    select c.unit, k.clause_id,
        case when c.to_failed >> k.bit & 1 = 1 then 'FAIL' when c.to_missing >> k.bit & 1 = 1 then 'MISSING' else 'PASS' end as outcome
    from changed_verdict c join clause k on k.version = c.to_version
    where c.from_version is not null
),
cause as (
    select coalesce(b.unit, a.unit) as unit, coalesce(b.clause_id, a.clause_id) as cause, coalesce(b.outcome, 'ABSENT') as from_outcome,
        coalesce(a.outcome, 'ABSENT') as to_outcome
    from before b full join after a on a.unit = b.unit and a.clause_id = b.clause_id
    where a.outcome is distinct from b.outcome
    union all
    select c.unit, 'ENROLMENT', case when c.from_status = 'ALREADY_ENROLLED' then 'ENROLLED' else 'NOT_ENROLLED' end,
        case when c.to_status = 'ALREADY_ENROLLED' then 'ENROLLED' else 'NOT_ENROLLED' end
    from changed_verdict c
    where 'ALREADY_ENROLLED' in (c.from_status, c.to_status) and 'ABSENT' not in (c.from_status, c.to_status)
    union all
    select c.unit, case when :is_rule_gone::boolean then 'RULE' else 'REGISTRY' end,
        case when c.from_status = 'ABSENT' then 'ABSENT' else 'PRESENT' end, case when c.to_status = 'ABSENT' then 'ABSENT' else 'PRESENT' end
    from changed_verdict c
    where 'ABSENT' in (c.from_status, c.to_status)
),
every as (
    select * from cause
    union all
    select c.unit, 'RULE', 'VERSION ' || c.from_version, 'VERSION ' || c.to_version
    from changed_verdict c
    where c.from_version is not null and c.to_version is not null and not exists (select from cause k where k.unit = c.unit)
)
insert into verdict_change_cause (evaluation_id, programme_code, regency_code, from_status, to_status, cause, from_outcome, to_outcome, units)
select :evaluation_id, :programme_code, c.regency_code, c.from_status, c.to_status, e.cause, e.from_outcome, e.to_outcome, count(*)
from every e join changed_verdict c on c.unit = e.unit
group by c.regency_code, c.from_status, c.to_status, e.cause, e.from_outcome, e.to_outcome;

-- name: find_evaluations
-- Evaluations by id.
select evaluation_id, as_of, welfare_periods, started_by, started_at, finished_at from evaluation
where evaluation_id = any (:evaluation_ids::bigint[]);

-- name: list_evaluations
-- Evaluations, the newest first.
select evaluation_id, as_of, welfare_periods, started_by, started_at, finished_at from evaluation
where evaluation_id < :before_id
order by evaluation_id desc limit :first;

-- name: list_programmes_of
-- What evaluations did for each programme.
select evaluation_id, programme_code, rule_version, units_before, units_after, changed, evaluated_at from evaluation_programme
where evaluation_id = any (:evaluation_ids::bigint[])
order by evaluation_id, programme_code;

-- name: list_changes
-- A page of the changes of an evaluation, as far as the caller may see them; null programme means all.
select c.evaluation_id, c.programme_code, c.regency_code, c.from_status, c.to_status, c.units
from verdict_change c
where c.evaluation_id = :evaluation_id and (:programme_code::text is null or c.programme_code = :programme_code)
    and c.regency_code >= :region_from and c.regency_code < :region_to
    and (c.programme_code, c.regency_code, c.from_status, c.to_status)
        > (:after_programme::text, :after_regency::text, :after_from::text, :after_to::text)
order by c.programme_code, c.regency_code, c.from_status, c.to_status
limit :first;

-- name: list_causes
-- Because of what, for each of some changes of evaluations.
select c.evaluation_id, c.programme_code, c.regency_code, c.from_status, c.to_status, c.cause, c.from_outcome, c.to_outcome, c.units
from verdict_change_cause c
where (c.evaluation_id, c.programme_code, c.regency_code, c.from_status, c.to_status) in (
    select * from unnest(:evaluation_ids::bigint[], :codes::text[], :regencies::text[], :from_statuses::text[], :to_statuses::text[]))
order by c.evaluation_id, c.programme_code, c.regency_code, c.from_status, c.to_status, c.units desc, c.cause, c.from_outcome, c.to_outcome;

-- name: sum_changes
-- The changes of an evaluation over all regencies, the most frequent first.
select c.programme_code, c.from_status, c.to_status, sum(c.units)::bigint as units
from verdict_change c where c.evaluation_id = :evaluation_id
group by c.programme_code, c.from_status, c.to_status
order by c.programme_code, units desc, c.from_status, c.to_status;

-- name: find_last_evaluation
-- The newest one.
select max(evaluation_id) from evaluation;

-- name: find_last_day
-- As of which day the newest one judged.
select as_of from evaluation order by evaluation_id desc limit 1;

-- name: forget_before
-- Room for the next programme of the same transaction.
truncate verdict_before, changed_verdict;
