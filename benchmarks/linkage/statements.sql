-- name: make
-- The roster by record, and the keys under which each record is found.
create table made_roster (person_id integer primary key, columns text[] not null);
create table made_roster_key (key text not null, person_id integer not null);

-- name: index
-- One b-tree over all keys.
create index on made_roster_key (key) include (person_id);

-- name: candidates
-- The records that share a key with the one asked about; of a key that many share, the first so many.
select person_id, columns from made_roster where person_id in (
    select k.person_id from unnest($1::text[]) asked(key)
    cross join lateral (select person_id from made_roster_key where made_roster_key.key = asked.key limit $2) k
)

-- name: heaviest
-- How many records the commonest key of each rule has.
select rule, max(count) as most, percentile_disc(0.99) within group (order by count) as p99
from (select left(key, 1) as rule, count(*) from made_roster_key group by key) counted
group by rule order by rule

-- name: is_made
-- Whether the roster is there.
select to_regclass('made_roster_key')

-- name: febrl_pairs
-- What Splink predicted, the surest first.
select rec_id_l, rec_id_r, match_weight from predicted order by match_weight desc, rec_id_l, rec_id_r

-- name: mutual_best
-- Pairs of which each is the other's best.
select record_id_l as left_id, record_id_r as right_id, match_weight as bits from predicted
qualify row_number() over (partition by record_id_l order by match_weight desc) = 1
    and row_number() over (partition by record_id_r order by match_weight desc) = 1
