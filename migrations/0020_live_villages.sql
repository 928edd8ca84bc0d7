-- Village services, profiles and poverty series as lists in the order of their regions, in which districts give them live too.

drop index village_service_region;
create index village_service_region on village_service (region_code, source_record_id);
create index poverty_series_region on poverty_series (region_code, source_record_id);
create index village_profile_source on village_profile (source_code);
create index poverty_series_source on poverty_series (source_code);

-- Profiles and series are read whole, apart from the feed.
alter table source add column profiles_read_at timestamptz;
comment on column source.profiles_read_at is 'when all of its profiles and series were last read to the end';
