-- Whether the data set is whole: its last line says so.
select exists (select from installation where name = 'benchmark')
