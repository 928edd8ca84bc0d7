-- Open case files of 514 regencies, received over 40 days in which nobody resolved any: nineteen of twenty were answered, all that
-- passed a threshold before 1 July 2026 has risen. Settings of the transaction: benchmark.case_files.
set local session_replication_role = replica;
set local synchronous_commit = off;

create temporary table made on commit drop as
select n as case_file_id, r.region_code as regency_code, t.received_at, random() as luck
from generate_series(1, current_setting('benchmark.case_files')::bigint) n
cross join lateral (select timestamptz '2026-07-01 03:00:00+00' - random() * interval '40 days' as received_at offset n * 0) t
join (select region_code, row_number() over (order by region_code) - 1 as position from region where level = 'REGENCY') r
    on r.position = n % (select count(*) from region where level = 'REGENCY');

insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code, region_code,
    number, type, category, channel, status, received_at)
select case_file_id, 'HUB', case_file_id::text, 1, received_at, received_at, regency_code, regency_code, case_file_id::text, 'COMPLAINT',
    (array['HEALTH', 'EDUCATION', 'SOCIAL_ECONOMIC', 'FOOD', 'HOUSING'])[1 + case_file_id % 5], 'WALK_IN', 'IN_PROGRESS', received_at
from made;

insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, regency_code, assigned_at, acknowledged_at)
select case_file_id, 1, regency_code || '/' || (array['DINAS_SOSIAL', 'DINAS_KESEHATAN', 'DPMD', 'DUKCAPIL'])[1 + case_file_id / 7 % 4],
    'LEAD', 'ACKNOWLEDGED', regency_code, received_at, received_at + interval '1 hour'
from made;

insert into case_event (case_file_id, event_no, event_key, field_group, item, to_value, actor, actor_role, regency_code, happened_at,
    recorded_at)
select case_file_id, e.n, e.key, e.field_group, e.item, e.to_value, 'made', 'SYSTEM', regency_code, received_at, received_at
from made
cross join (values (1, 'opened', 'OPENING', '', 'RECEIVED'), (2, 'acknowledged', 'ASSIGNMENT', 'x', 'ACKNOWLEDGED'))
    e (n, key, field_group, item, to_value);

insert into case_clock (case_file_id, kind, regency_code, policy_id, limit_units, started_at, at_risk_at, due_at, regency_at,
    province_at, ministry_at, ended_at, outcome)
select case_file_id, 'FIRST_RESPONSE', regency_code, 1, 240, received_at, received_at + interval '3 hours', received_at + interval '4 hours',
    received_at + interval '3 hours', received_at + interval '4 hours', received_at + interval '6 hours',
    case when luck < .95 and received_at < timestamptz '2026-07-01 02:00:00+00' then received_at + interval '1 hour' end,
    case when luck < .95 and received_at < timestamptz '2026-07-01 02:00:00+00' then 'MET' end
from made
union all
select case_file_id, 'RESOLUTION', regency_code, 1, 14, received_at, received_at + interval '14.5 days', received_at + interval '20 days',
    received_at + interval '14.5 days', received_at + interval '20 days', received_at + interval '29 days', null, null
from made;

insert into escalation (case_file_id, kind, level, regency_code, threshold_at, escalated_at)
select k.case_file_id, k.kind, l.level, k.regency_code, l.threshold_at, l.threshold_at
from case_clock k
cross join lateral (values ('REGENCY', k.regency_at), ('PROVINCE', k.province_at), ('MINISTRY', k.ministry_at)) l (level, threshold_at)
where k.ended_at is null and l.threshold_at < timestamptz '2026-07-01 03:00:00+00';

update case_clock
set next_threshold_at = case
    when regency_at >= timestamptz '2026-07-01 03:00:00+00' then regency_at
    when province_at >= timestamptz '2026-07-01 03:00:00+00' then province_at
    when ministry_at >= timestamptz '2026-07-01 03:00:00+00' then ministry_at end
where ended_at is null and ministry_at >= timestamptz '2026-07-01 03:00:00+00';
