-- Some regions by their codes.
select region_code as code, name from region where region_code = any ($1::text[])
