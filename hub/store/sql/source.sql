-- name: find_cursor
-- Where the feed of a source goes on.
select cursor from source where source_code = :source_code;
