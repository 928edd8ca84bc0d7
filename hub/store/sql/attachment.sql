-- name: add_attachments
-- Attachments of case files, which the caller holds, in the order given. What a case file has already is met by it; what would be one
-- too many is left out.
with asked as (
    select a.*, coalesce(a.sha256, a.uri) as sameness
    from rows from (
        unnest(:case_file_ids::bigint[]), unnest(:uris::text[]), unnest(:names::text[]), unnest(:media_types::text[]),
        unnest(:sizes::bigint[]), unnest(:sha256s::text[]), unnest(:added_bys::text[]), unnest(:added_ats::timestamptz[])
    ) with ordinality a (case_file_id, uri, name, media_type, size_bytes, sha256, added_by, added_at, position)
),
known as (
    select distinct on (a.position) a.position, h.attachment_no
    from asked a
    join case_attachment h on h.case_file_id = a.case_file_id and (h.sha256 = a.sha256 or a.sha256 is null and h.uri = a.uri)
    order by a.position, h.attachment_no
),
fresh as (
    select distinct on (a.case_file_id, a.sameness) a.*
    from asked a where a.position not in (select position from known)
    order by a.case_file_id, a.sameness, a.position
),
placed as (
    select f.*, c.regency_code, row_number() over (partition by f.case_file_id order by f.position) as place,
        (select coalesce(max(h.attachment_no), 0) from case_attachment h where h.case_file_id = f.case_file_id) as held
    from fresh f
    join case_file c on c.case_file_id = f.case_file_id
),
added as (
    insert into case_attachment (case_file_id, attachment_no, uri, name, media_type, size_bytes, sha256, added_by, added_at,
        regency_code)
    select case_file_id, held + place, uri, name, media_type, size_bytes, sha256, added_by, added_at, regency_code
    from placed where held + place <= :most
    returning case_file_id, attachment_no, coalesce(sha256, uri) as sameness
)
select position, attachment_no, false as is_new from known
union all
select a.position, d.attachment_no, a.position = f.position
from asked a
join added d on d.case_file_id = a.case_file_id and d.sameness = a.sameness
join fresh f on f.case_file_id = a.case_file_id and f.sameness = a.sameness;

-- name: list_attachments
-- The attachments of some case files, in the order in which they were added.
select case_file_id, attachment_no, uri, name, media_type, size_bytes, sha256, added_by, added_at
from case_attachment where case_file_id = any (:case_file_ids::bigint[])
order by case_file_id, attachment_no;
