-- Case files in the order of the moment in which they came in: of all sources together, and of one source that stands in for a
-- district which does not answer.
create index case_file_received on case_file (received_at, source_code, source_record_id) where removed_at is null;
create index case_file_of_source on case_file (source_code, received_at, source_record_id) where removed_at is null;
