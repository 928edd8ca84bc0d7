-- name: units_of_persons
-- The facts of persons, one row for each. A template for any engine.
select unit.* from (/*{persons}*/) unit

-- name: clauses_of_units
-- What each clause makes of every unit, true, false or null, in the order of a key. A template for any engine.
select /*{clauses}*/ from (/*{facts}*/) fact order by /*{key}*/

-- name: count_eligible
-- How many units meet every clause. A template for any engine.
select count(*) as units from (/*{facts}*/) fact where /*{all_clauses}*/

-- name: count_masks
-- Units by regency and by which clauses fail, and which are not known. A template for any engine.
select regency_code, failed, missing, count(*) as units
from (
    select j.regency_code, /*{failed}*/ as failed, /*{missing}*/ as missing
    from (select fact.regency_code, /*{clauses}*/ from (/*{facts}*/) fact) j
) masked
group by regency_code, failed, missing

-- name: export_facts
-- The facts that a rule asks for, in the order of regencies, from PostgreSQL. A template.
select fact.household_id, fact.person_id, fact.regency_code, /*{columns}*/
from (/*{facts}*/) fact
order by fact.regency_code, fact.household_id, fact.person_id

-- name: facts_to_parquet
-- In DuckDB: rows as PostgreSQL gave them into a Parquet file. A template.
copy (select * from read_csv('/*{rows}*/', header = false, columns = {/*{columns}*/})) to '/*{file}*/' (format parquet, compression zstd)
