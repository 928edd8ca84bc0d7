-- Case files that were opened here before their district took changes are told to it when it does; this is how they are found.

create index case_file_of_hub on case_file (regency_code, case_file_id) where source_code = 'HUB' and removed_at is null;
