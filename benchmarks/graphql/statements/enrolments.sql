-- The enrolments of some households and of their members.
select household_id as "householdId", programme_code as "programmeCode", status
from enrolment where household_id = any ($1::bigint[])
order by household_id, programme_code, source_code, source_record_id
