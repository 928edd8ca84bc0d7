-- One household by its number.
select household_id as "householdId", region_code as "regionCode", kk_number as "kkNumber", kk_status as "kkStatus", address,
    decile, welfare_source as source, welfare_period as period
from household where household_id = $1
