-- name: load
-- A normalised register as a table of DuckDB.
create or replace table /*{table}*/ as select * from incoming

-- name: values
-- What stands in a column of both registers.
select /*{column}*/ from left_record union all select /*{column}*/ from right_record

-- name: distinct_values
-- The same, each value once.
select distinct /*{column}*/ from (from left_record union all from right_record) where /*{column}*/ is not null

-- name: agreeing_pairs
-- A row for each pair that meets a blocking rule, up to so many.
select 1 from left_record l join right_record r on /*{condition}*/ limit /*{least}*/

-- name: pair_columns
-- The pairs of a sample (a query of left_id and right_id) with columns of both sides.
select sampled.left_id, sampled.right_id, /*{columns}*/
from (/*{sample}*/) sampled
join left_record l on l.record_id = sampled.left_id
join right_record r on r.record_id = sampled.right_id

-- name: count_levels
-- How many pairs are at each level, comparison by comparison.
select /*{names}*/, count(*) from (select /*{levels}*/ from (/*{pairs}*/)) group by grouping sets (/*{sets}*/)

-- name: random_pairs
-- Every record of the shuffled left, up to so many, beside records that lie far apart in the shuffled right.
with l as (select record_id, row_number() over (order by hash(record_id, /*{seed}*/)) as nth from left_record),
    r as (select record_id, row_number() over (order by hash(record_id, /*{seed}*/ + 1)) as nth from right_record)
select l.record_id as left_id, r.record_id as right_id
from (from l where nth <= /*{taken}*/) l cross join range(/*{shifts}*/) s(shift)
join r on r.nth = 1 + (l.nth + s.shift * 7919) % /*{records}*/

-- name: born_on_one_day
-- Pairs with NIKs, of equal birth date and subdistrict.
select l.record_id as left_id, r.record_id as right_id
from left_record l join right_record r using (birth_date, subdistrict)
where l.nik is not null and r.nik is not null
order by hash(l.record_id, r.record_id, /*{seed}*/) limit /*{count}*/

-- name: at_level
-- Those pairs of a sample that are at one level of a comparison.
select left_id, right_id from (/*{pairs}*/) where /*{level}*/ = '/*{wanted}*/'

-- name: keep_compared
-- What Splink found worth keeping.
create or replace table compared as
select record_id_l as left_id, record_id_r as right_id, match_weight as bits from /*{predicted}*/

-- name: count_compared
-- How many pairs that is.
select count(*) from compared

-- name: settle
-- Each pair's bits under another prior, and the same when at most one of it and its rivals on either side is true.
create or replace table settled as
select left_id, right_id, bits + /*{shift}*/ as bits,
    bits + /*{shift}*/ - log2(1 + greatest(0, sum(odds) over (partition by left_id) + sum(odds) over (partition by right_id)
        - 2 * odds)) as settled_bits
from (select *, 2.0 ** (bits + /*{shift}*/) as odds from compared)

-- name: expected_links
-- How many links the settled odds expect.
select coalesce(sum(1 / (1 + 2.0 ** -settled_bits)), 0) from settled

-- name: keep_plain
-- Pairs that have no rival: nothing has to be assigned.
create or replace table plain as
select left_id, right_id from settled where bits > /*{least}*/
qualify count(*) over (partition by left_id) = 1 and count(*) over (partition by right_id) = 1

-- name: contested
-- The other pairs, with their bits above the least.
select left_id, right_id, bits - (/*{least}*/) as above
from settled anti join plain using (left_id, right_id)
where above > 0
order by above desc, left_id, right_id

-- name: keep_linked
-- The assigned pairs that are at least for review.
create or replace table linked as
select settled.*
from settled join (from plain union all select left_id, right_id from chosen) using (left_id, right_id)
where settled_bits >= /*{review_at}*/

-- name: linked
-- The assigned pairs with outcome and levels, the surest first.
select left_id, right_id, bits, settled_bits,
    case when settled_bits >= /*{link_at}*/ then 'LINKED' else 'REVIEW' end as outcome, /*{levels}*/
from (/*{pairs}*/) join linked using (left_id, right_id)
order by settled_bits desc, left_id
