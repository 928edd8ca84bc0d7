-- The matches of some households and of their members, the newest first.
select household_id as "householdId", match_id::text as reference, status
from match where household_id = any ($1::bigint[])
order by household_id, match_id desc
