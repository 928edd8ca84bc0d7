-- name: list_subjects
-- What the clocks of some case files depend on beside their history; the policy is the one that was in force at receipt.
select c.case_file_id, c.regency_code, c.received_at, c.removed_at, c.resolution_class, coalesce(z.zone, 'WIB') as zone,
    coalesce(k.policy_id, own.policy_id, national.policy_id) as policy_id, coalesce(k.limit_units, 0) as known_days
from case_file c
left join province_zone z on z.province_code = left(c.regency_code, 2)
left join case_clock k on k.case_file_id = c.case_file_id and k.kind = 'RESOLUTION'
left join lateral (
    select p.policy_id from sla_policy p
    where k.policy_id is null and p.regency_code = c.regency_code and p.valid_from <= c.received_at
    order by p.valid_from desc limit 1
) own on true
left join lateral (
    select p.policy_id from sla_policy p
    where k.policy_id is null and own.policy_id is null and p.regency_code is null and p.valid_from <= c.received_at
    order by p.valid_from desc limit 1
) national on true
where c.case_file_id = any (:case_file_ids::bigint[]);

-- name: list_lines
-- History that moves clocks, of some case files, in the order in which it was written down. A status that was seen in a feed speaks for
-- an agency only where nothing better is known: a district that tells its changes tells of acknowledgements, too.
select l.case_file_id, l.happened_at, l.recorded_at, l.status, l.is_answer
from (
    select e.case_file_id, e.happened_at, e.recorded_at, case when e.field_group = 'STATUS' then e.to_value end as status,
        e.field_group = 'ASSIGNMENT' as is_answer, e.event_no as position
    from case_event e
    where e.case_file_id = any (:case_file_ids::bigint[]) and e.outcome = 'APPLIED'
        and (e.field_group = 'STATUS' or e.field_group = 'ASSIGNMENT' and e.to_value = 'ACKNOWLEDGED')
    union all
    select s.case_file_id, s.seen_at, s.recorded_at, s.status, s.status = any (:at_work::text[]) and not exists (
            select from case_event e where e.case_file_id = s.case_file_id and e.field_group in ('STATUS', 'ASSIGNMENT')), s.seen_no
    from case_status_seen s where s.case_file_id = any (:case_file_ids)
) l
order by l.case_file_id, l.recorded_at, l.position;

-- name: list_places
-- For each regency its zone, and the policy that was in force at a moment; ID is the nation.
select coalesce(z.zone, 'WIB') as zone, coalesce(own.policy_id, national.policy_id) as policy_id
from rows from (unnest(:regency_codes::text[]), unnest(:moments::timestamptz[])) with ordinality a (regency_code, moment, position)
left join province_zone z on z.province_code = left(a.regency_code, 2)
left join lateral (
    select p.policy_id from sla_policy p where p.regency_code = a.regency_code and p.valid_from <= a.moment
    order by p.valid_from desc limit 1
) own on true
left join lateral (
    select p.policy_id from sla_policy p where own.policy_id is null and p.regency_code is null and p.valid_from <= a.moment
    order by p.valid_from desc limit 1
) national on true
order by a.position;

-- name: list_days_off
-- Days off of some regions.
select region_code, day from day_off where region_code = any (:region_codes::text[]);

-- name: list_terms
-- What some policies promise.
select policy_id, first_response_minutes, first_response_hours, office_opens, office_closes, information_days, regular_days,
    oversight_days, at_risk_percent, regency_percent, province_percent, ministry_percent
from sla_policy where policy_id = any (:policy_ids::integer[]);

-- name: merge_clocks
-- Clocks as they stand now; the next threshold is the first whose level was not told yet.
insert into case_clock (case_file_id, kind, regency_code, policy_id, limit_units, started_at, at_risk_at, due_at, regency_at, province_at,
    ministry_at, paused_since, ended_at, outcome, next_threshold_at)
select n.case_file_id, n.kind, n.regency_code, n.policy_id, n.limit_units, n.started_at, n.at_risk_at, n.due_at, n.regency_at,
    n.province_at, n.ministry_at, n.paused_since, n.ended_at, n.outcome,
    case when n.outcome is null then least(
        case when 'REGENCY' = any (told.levels) then null else n.regency_at end,
        case when 'PROVINCE' = any (told.levels) then null else n.province_at end,
        case when 'MINISTRY' = any (told.levels) then null else n.ministry_at end) end
from unnest(:case_file_ids::bigint[], :kinds::text[], :regency_codes::text[], :policy_ids::integer[], :limits::integer[],
    :started_ats::timestamptz[], :at_risk_ats::timestamptz[], :due_ats::timestamptz[], :regency_ats::timestamptz[],
    :province_ats::timestamptz[], :ministry_ats::timestamptz[], :paused_sinces::timestamptz[], :ended_ats::timestamptz[],
    :outcomes::text[])
    n (case_file_id, kind, regency_code, policy_id, limit_units, started_at, at_risk_at, due_at, regency_at, province_at, ministry_at,
    paused_since, ended_at, outcome)
left join lateral (
    select coalesce(array_agg(e.level), '{}') as levels from escalation e where e.case_file_id = n.case_file_id and e.kind = n.kind
) told on true
on conflict (case_file_id, kind) do update set
    regency_code = excluded.regency_code, limit_units = excluded.limit_units, started_at = excluded.started_at, at_risk_at = excluded.at_risk_at, due_at = excluded.due_at,
    regency_at = excluded.regency_at, province_at = excluded.province_at, ministry_at = excluded.ministry_at,
    paused_since = excluded.paused_since, ended_at = excluded.ended_at, outcome = excluded.outcome,
    next_threshold_at = excluded.next_threshold_at;

-- name: note_seen_statuses
-- The statuses in which the feed shows the case files of this batch, where they are new; returns all that the batch changed.
with changed as (
    select distinct c.case_file_id, c.status, c.regency_code,
        case when c.status in ('RESOLVED', 'CLOSED', 'DUPLICATE', 'REJECTED') then coalesce(c.closed_at, c.observed_at)
            else c.observed_at end as seen_at
    from stage_case_file s
    join case_file c on c.case_file_id = s.case_file_id
    where c.fetched_at = :fetched_at
), seen as (
    insert into case_status_seen (case_file_id, seen_no, status, seen_at, recorded_at, regency_code)
    select n.case_file_id, coalesce(l.seen_no, 0) + 1, n.status, n.seen_at, :fetched_at, n.regency_code
    from changed n
    left join lateral (
        select v.seen_no, v.status from case_status_seen v where v.case_file_id = n.case_file_id order by v.seen_no desc limit 1
    ) l on true
    where n.status is distinct from l.status
)
select case_file_id from changed;

-- name: list_clocks
-- The clocks of some case files.
select case_file_id, kind, policy_id, limit_units, started_at, at_risk_at, due_at, regency_at, province_at, ministry_at,
    paused_since, ended_at, outcome
from case_clock where case_file_id = any (:case_file_ids::bigint[])
order by case_file_id, kind;

-- name: list_escalations
-- To whom some case files have risen.
select case_file_id, kind, level, threshold_at, escalated_at
from escalation where case_file_id = any (:case_file_ids::bigint[])
order by case_file_id, kind, threshold_at;
