-- name: hold_due
-- Clocks that passed a threshold, with their case files, held until the transaction ends; those that others hold are left to them.
select k.case_file_id, k.kind, k.next_threshold_at
from case_clock k
join case_file c on c.case_file_id = k.case_file_id
where k.next_threshold_at < :now and k.next_threshold_at >= :after
order by k.next_threshold_at
limit :batch
for update of k, c skip locked;

-- name: raise_held
-- The levels that these clocks passed, told now; one that was told before is not told again.
insert into escalation (case_file_id, kind, level, regency_code, threshold_at, escalated_at)
select k.case_file_id, k.kind, l.level, k.regency_code, l.threshold_at, :now
from unnest(:case_file_ids::bigint[], :kinds::text[]) h (case_file_id, kind)
join case_clock k on k.case_file_id = h.case_file_id and k.kind = h.kind
cross join lateral (values ('REGENCY', k.regency_at), ('PROVINCE', k.province_at), ('MINISTRY', k.ministry_at)) l (level, threshold_at)
where k.ended_at is null and l.threshold_at < :now
order by k.case_file_id, k.kind, l.threshold_at
on conflict do nothing
returning case_file_id, kind, level, threshold_at, escalated_at;

-- name: set_next_thresholds
-- What these clocks wait for next: the first level that was not told.
update case_clock k
set next_threshold_at = (
    select min(l.threshold_at)
    from (values ('REGENCY', k.regency_at), ('PROVINCE', k.province_at), ('MINISTRY', k.ministry_at)) l (level, threshold_at)
    where k.ended_at is null and not exists (
        select from escalation e where e.case_file_id = k.case_file_id and e.kind = k.kind and e.level = l.level)
)
from unnest(:case_file_ids::bigint[], :kinds::text[]) h (case_file_id, kind)
where k.case_file_id = h.case_file_id and k.kind = h.kind;

-- name: note_pass
-- The job came to its end; figures of the clocks that run out, for those who watch.
insert into escalation_pass (passed_at, escalated, figures)
select :now, :escalated, jsonb_object_agg(v.kind, jsonb_build_object('at_risk', f.at_risk, 'breached', f.breached))
from (values ('FIRST_RESPONSE'), ('RESOLUTION')) v (kind)
cross join lateral (
    select count(*) filter (where k.due_at is null or k.due_at >= :now) as at_risk, count(*) filter (where k.due_at < :now) as breached
    from case_clock k where k.kind = v.kind and k.ended_at is null and k.at_risk_at <= :now
) f
on conflict (is_only) do update set
    passed_at = excluded.passed_at, escalated = escalation_pass.escalated + excluded.escalated, figures = excluded.figures;

-- name: find_pass
-- When the job came to its end last, how many it ever escalated, and how the clocks stood.
select passed_at, escalated, figures from escalation_pass;
