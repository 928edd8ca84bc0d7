-- What a programme reaches in some regions.
select region_code as "regionCode", households, persons, eligible as need, enrolled, unserved, matched, issued, refused
from coverage where region_code = any ($1::text[]) and programme_code = $2
order by region_code
