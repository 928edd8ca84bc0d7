-- The present members of some households, the head first.
select household_id as "householdId", person_id as "personId", name, birth_date as "birthDate", sex, is_head as "isHead"
from person where household_id = any ($1::bigint[]) and left_at is null
order by household_id, is_head desc, birth_date, person_id
