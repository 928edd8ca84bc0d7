-- The first households below a region, in the order of their villages.
select household_id as "householdId", region_code as "regionCode", kk_number as "kkNumber", kk_status as "kkStatus", address,
    decile, welfare_source as source, welfare_period as period
from household
where region_code >= $1 and region_code < $1 || '/' and removed_at is null
order by region_code, household_id limit $2
