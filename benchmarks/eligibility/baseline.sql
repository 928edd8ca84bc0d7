-- Counts the rows and reads the columns, as cheaply as DuckDB can.
select count(*) as units, {columns} from '{file}'
