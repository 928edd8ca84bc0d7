-- name: add_case_events
-- History lines in the order given, numbered within their case files (which the caller holds); a key that is there already is met.
insert into case_event (case_file_id, event_no, event_key, field_group, item, outcome, base_version, version, from_value, to_value,
    changes, reason, actor, actor_role, agency_code, regency_code, is_sensitive, happened_at, recorded_at)
select e.case_file_id, coalesce(l.event_no, 0) + row_number() over (partition by e.case_file_id order by e.position), e.event_key,
    e.field_group, e.item, e.outcome, e.base_version, e.version, e.from_value, e.to_value, e.changes, e.reason, e.actor,
    e.actor_role, e.agency_code, c.regency_code, c.is_sensitive, e.happened_at, :now
from rows from (
    unnest(:case_file_ids::bigint[]), unnest(:event_keys::text[]), unnest(:field_groups::text[]), unnest(:items::text[]),
    unnest(:outcomes::text[]), unnest(:base_versions::integer[]), unnest(:versions::integer[]), unnest(:from_values::text[]),
    unnest(:to_values::text[]), unnest(:changes::jsonb[]), unnest(:reasons::text[]), unnest(:actors::text[]),
    unnest(:actor_roles::text[]), unnest(:agency_codes::text[]), unnest(:happened_ats::timestamptz[])
) with ordinality e (case_file_id, event_key, field_group, item, outcome, base_version, version, from_value, to_value, changes, reason,
    actor, actor_role, agency_code, happened_at, position)
join case_file c on c.case_file_id = e.case_file_id
left join lateral (
    select v.event_no from case_event v where v.case_file_id = e.case_file_id order by v.event_no desc limit 1
) l on true
where not exists (select from case_event v where v.case_file_id = e.case_file_id and v.event_key = e.event_key)
returning case_file_id, event_no, event_key;

-- name: list_case_events
-- The history of some case files, each in its order.
select case_file_id, event_no, event_key, field_group, item, outcome, base_version, version, from_value, to_value, changes, reason, actor,
    actor_role, agency_code, regency_code, happened_at, recorded_at
from case_event where case_file_id = any (:case_file_ids::bigint[])
order by case_file_id, event_no;
