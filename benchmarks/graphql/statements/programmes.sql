-- Some programmes by their codes.
select programme_code as code, name_id as name from programme where programme_code = any ($1::text[])
