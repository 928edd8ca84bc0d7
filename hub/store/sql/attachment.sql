-- name: add_attachment
-- An attachment of a case file, which the caller holds; no row: it has these bytes already.
insert into case_attachment (case_file_id, attachment_no, uri, name, media_type, size_bytes, sha256, added_by, added_at, regency_code)
select c.case_file_id, coalesce((select max(attachment_no) from case_attachment a where a.case_file_id = c.case_file_id), 0) + 1,
    :uri, :name, :media_type, :size_bytes, :sha256, :added_by, :now, c.regency_code
from case_file c where c.case_file_id = :case_file_id
on conflict (case_file_id, sha256) do nothing
returning attachment_no;

-- name: list_attachments
-- The attachments of some case files, in the order in which they were added.
select case_file_id, attachment_no, uri, name, media_type, size_bytes, sha256, added_by, added_at
from case_attachment where case_file_id = any (:case_file_ids::bigint[])
order by case_file_id, attachment_no;
