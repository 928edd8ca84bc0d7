-- name: find_cursor
-- Where the feed of a source goes on.
select cursor from source where source_code = :source_code;

-- name: list_drained_at
-- When the feeds of some sources were last read to their end; null: never.
select source_code, drained_at from source where source_code = any (:source_codes::text[]);

-- name: list_profiles_read_at
-- When profiles and poverty series of some sources were last read to the end.
select source_code, profiles_read_at from source where source_code = any (:source_codes::text[]);
