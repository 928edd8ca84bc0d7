-- name: make
-- The roster by record, and the keys under which each record is found.
create table roster (person_id integer primary key, columns text[] not null);
create table roster_key (key text not null, person_id integer not null);

-- name: index
-- One b-tree over all keys.
create index on roster_key (key) include (person_id);


-- name: candidates
-- The records that share a key with the one asked about; of a key that many share, the first so many.
select person_id, columns from roster where person_id in (
    select k.person_id from unnest($1::text[]) asked(key)
    cross join lateral (select person_id from roster_key where roster_key.key = asked.key limit $2) k
)

-- name: heaviest
-- How many records the commonest key of each rule has.
select rule, max(count) as most, percentile_disc(0.99) within group (order by count) as p99
from (select left(key, 1) as rule, count(*) from roster_key group by key) counted
group by rule order by rule
