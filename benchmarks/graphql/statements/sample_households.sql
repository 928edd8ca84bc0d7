-- Households from all over the registry, the same ones every time.
select household_id from household order by md5(household_id::text) limit $1
