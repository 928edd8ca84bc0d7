-- The regencies that have households.
select distinct region_code from coverage order by region_code
