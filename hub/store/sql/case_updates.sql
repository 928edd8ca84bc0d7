-- name: list_told_case_files
-- Of some case files those whose district takes changes and knows them, or is about to: as they are now, in the district's ids.
select c.case_file_id, d.source_code as destination, c.regency_code,
    case when c.source_code = d.source_code then c.source_record_id end as source_record_id, c.number, c.channel, c.region_code,
    c.received_at, c.type, c.category, c.resolution_class, c.summary, c.is_sensitive, h.source_record_id as household_record_id,
    p.source_record_id as person_record_id, c.resolution, c.owner_description_version, c.owner_subject_version,
    c.owner_status_version,
    c.source_code = d.source_code or exists (
        select from outbox_message m where m.kind = 'CASE_UPDATE' and m.subject_id = c.case_file_id and m.destination = d.source_code
    ) as is_known
from case_file c
join district_system d on d.regency_code = c.regency_code and 'CASE_UPDATES' = any (d.capabilities)
left join household h on h.household_id = c.household_id and h.source_code = d.source_code
left join lateral (
    select p.source_record_id from person p where p.person_id = c.person_id and p.source_code = d.source_code limit 1
) p on true
where c.case_file_id = any (:case_file_ids::bigint[]) and c.removed_at is null;

-- name: list_latest_assignments
-- The latest assignment of each agency of some case files.
select distinct on (case_file_id, agency_code) case_file_id, agency_code, role, status, version, assigned_at, result
from case_assignment
where case_file_id = any (:case_file_ids::bigint[])
order by case_file_id, agency_code, assignment_no desc;

-- name: hold_case_files
-- For each (hub's number, stable id, record id) the case file of this district that is meant, held until the transaction ends.
with asked as (
    select position, hub_id, stable_id, record_id
    from rows from (unnest(:hub_ids::bigint[]), unnest(:stable_ids::bigint[]), unnest(:record_ids::text[]))
        with ordinality a (hub_id, stable_id, record_id, position)
),
meant as (
    select distinct on (a.position) a.position, c.case_file_id
    from asked a
    join case_file c on c.case_file_id in (a.hub_id, a.stable_id) and c.regency_code = :source_code
        and (c.source_code = 'HUB' and c.case_file_id = a.hub_id
             or c.source_code = :source_code and (c.source_record_id = a.record_id or a.record_id is null))
    order by a.position, c.case_file_id = a.hub_id desc nulls last
),
held as (
    select c.case_file_id from case_file c
    where c.case_file_id in (select case_file_id from meant) order by c.case_file_id for update
)
select m.position, m.case_file_id from meant m join held h on h.case_file_id = m.case_file_id;

-- name: list_known_keys
-- Those of the (case file, key) that history has already.
select k.case_file_id, k.event_key
from unnest(:case_file_ids::bigint[], :event_keys::text[]) k (case_file_id, event_key)
join case_event e on e.case_file_id = k.case_file_id and e.event_key = k.event_key;

-- name: keep_early_updates
-- Changes whose case file has not come yet.
insert into early_case_update (source_code, source_record_id, update_key, revision, body)
select :source_code, e.record_id, e.update_key, e.revision, e.body
from unnest(:record_ids::text[], :update_keys::text[], :revisions::bigint[], :bodies::jsonb[]) e (record_id, update_key, revision, body)
on conflict (source_code, source_record_id, update_key) do update set revision = excluded.revision, body = excluded.body;

-- name: take_early_updates
-- Changes that waited for these case files.
delete from early_case_update
where source_code = :source_code and source_record_id = any (:record_ids::text[])
returning body;

-- name: hold_untold_case_files
-- Case files that were opened here and of which their district, which takes changes, has heard nothing, held until the transaction
-- ends; one that somebody else holds is left for the next time.
select c.case_file_id
from district_system d
join case_file c on c.regency_code = d.regency_code and c.source_code = 'HUB' and c.removed_at is null
cross join lateral (
    select from case_event e where e.case_file_id = c.case_file_id and e.field_group = 'OPENING' limit 1
) opening
where 'CASE_UPDATES' = any (d.capabilities)
    and not exists (select from outbox_message m
        where m.kind = 'CASE_UPDATE' and m.subject_id = c.case_file_id and m.destination = d.source_code)
order by c.regency_code, c.case_file_id
limit :first
for update of c skip locked;
