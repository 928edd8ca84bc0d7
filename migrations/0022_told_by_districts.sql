-- A district tells of attachments without what proves their bytes: the same address is then the same attachment.

alter table case_attachment alter column sha256 drop not null;
comment on column case_attachment.sha256 is 'null: a district told of it, which does not say';
create unique index case_attachment_told on case_attachment (case_file_id, uri) where sha256 is null;

-- Case files that were opened here before their district took changes are told to it when it does; this is how they are found.

create index case_file_of_hub on case_file (regency_code, case_file_id) where source_code = 'HUB' and removed_at is null;
