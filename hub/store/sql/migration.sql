-- name: create_journal
-- Which migrations were applied, and what was in them.
create table if not exists schema_migration (
    name text primary key, sha256 text not null, applied_at timestamptz not null default now()
);

-- name: list_applied
-- In the order of their numbers.
select name, sha256 from schema_migration order by name;

-- name: note_applied
-- In the transaction of the migration itself.
insert into schema_migration (name, sha256) values (:name, :sha256);
