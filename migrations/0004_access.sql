-- Row-level security: callers work as hub_app and see the regions from hub.region_from up to, not including, hub.region_to.
-- A connection without these settings gets an error, not everything. The owner's role, for migrations and jobs, is not bound.

do $$ begin
    create role hub_app nologin;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
    execute format('grant hub_app to %I', current_user);
end $$;
grant usage on schema public to hub_app;

do $$
declare t text;
begin
    foreach t in array array['household', 'household_kk', 'person', 'case_file', 'village_service', 'enrolment', 'verdict', 'match',
                             'match_event', 'allocation_candidate'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy own_region on %I to hub_app'
            ' using (regency_code >= current_setting(''hub.region_from'') and regency_code < current_setting(''hub.region_to''))', t);
    end loop;
    foreach t in array array['reject', 'ingest_batch'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy own_region on %I to hub_app'
            ' using (source_code >= current_setting(''hub.region_from'') and source_code < current_setting(''hub.region_to''))', t);
    end loop;
end $$;

alter table coverage enable row level security;
create policy own_region on coverage for select to hub_app
    using (region_code >= current_setting('hub.region_from') and region_code < current_setting('hub.region_to'));

-- The nation's pools are everybody's to see, a regency's its own.
alter table entitlement_pool enable row level security;
create policy own_region on entitlement_pool for select to hub_app
    using (region_code is null
        or region_code >= current_setting('hub.region_from') and region_code < current_setting('hub.region_to'));

alter table district_system enable row level security;
create policy own_region on district_system for select to hub_app
    using (regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to'));

alter table source enable row level security;
create policy own_region on source for select to hub_app
    using (kind <> 'DISTRICT'
        or source_code >= current_setting('hub.region_from') and source_code < current_setting('hub.region_to'));

-- A slot that nobody holds is anybody's to claim; one that is held belongs to the regency of its household.
alter table entitlement_slot enable row level security;
create policy own_region on entitlement_slot to hub_app
    using (regency_code is null
        or regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to'));

-- Runs are the ministry's, whose region begins at the empty code.
alter table allocation_run enable row level security;
create policy seen_by_all on allocation_run for select to hub_app using (true);
create policy moved_by_the_ministry on allocation_run to hub_app using (current_setting('hub.region_from') = '');

alter table idempotency_key enable row level security;
create policy own_keys on idempotency_key to hub_app using (client_id = current_setting('hub.client_id'));

alter table roster_entry enable row level security;
-- no policy: national rosters are for jobs; callers see the enrolments that were linked

grant select on region, source, district_system, programme, programme_rule, entitlement_pool, pool_balance, match_transition to hub_app;
grant select on coverage, verdict to hub_app;
grant select, insert, update on household, household_kk, person, case_file, village_service, match, entitlement_slot to hub_app;
grant select, insert on match_event, ingest_batch to hub_app;
grant select, insert, update, delete on reject, enrolment, allocation_candidate to hub_app;
grant select, insert, update on allocation_run, idempotency_key to hub_app;
grant usage on sequence match_id_seq to hub_app;
