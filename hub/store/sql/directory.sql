-- name: find_revision
-- Which state of the directory this is; every change of a district makes it greater.
select revision from directory_revision;

-- name: list_entries
-- All districts, in the order of their codes, with the revision of the directory.
select (select revision from directory_revision) as revision, d.regency_code, d.endpoint, d.credential, d.capabilities,
    d.contract_version, district_status(d, s.drained_at, :now) as status, d.failing_since is not null as is_failing,
    d.degraded_since is not null as has_drifted, d.page_size, d.concurrency, d.freshness_target, d.offline_after
from district_system d
join source s on s.source_code = d.source_code
order by d.regency_code;

-- name: lock_entry
-- One district, held until the transaction ends.
select d.regency_code, d.endpoint, d.credential, d.capabilities,
    d.contract_version, district_status(d, s.drained_at, :now) as status, d.failing_since is not null as is_failing,
    d.degraded_since is not null as has_drifted, d.page_size, d.concurrency, d.freshness_target, d.offline_after
from district_system d
join source s on s.source_code = d.source_code
where d.regency_code = :regency_code
for update of d;

-- name: put_source
-- The district as a source of records, named as its region; no row: there is no such regency.
insert into source (source_code, kind, name)
select region_code, 'DISTRICT', name from region where region_code = :regency_code and level = 'REGENCY'
on conflict (source_code) do update set name = excluded.name
returning source_code;

-- name: put_entry
-- A district joins, or changes how it is reached and treated.
insert into district_system (regency_code, source_code, endpoint, credential, contract_version, capabilities, page_size, concurrency,
    freshness_target, offline_after, joined_at, well_since)
values (:regency_code, :regency_code, :endpoint, :credential, :contract_version, :capabilities, :page_size, :concurrency,
    :freshness_target, :offline_after, :now, :now)
on conflict (regency_code) do update set endpoint = excluded.endpoint, credential = excluded.credential,
    contract_version = excluded.contract_version, capabilities = excluded.capabilities, page_size = excluded.page_size,
    concurrency = excluded.concurrency, freshness_target = excluded.freshness_target, offline_after = excluded.offline_after,
    well_since = case when district_system.degraded_since is null and district_system.failing_since is null
        then district_system.well_since else excluded.well_since end,
    degraded_since = null, failing_since = null
returning (xmax = 0) as is_new;

-- name: suspend
-- The hub leaves the district alone from now on.
update district_system set suspended_at = :now where regency_code = :regency_code and suspended_at is null returning regency_code;

-- name: resume
-- The hub asks the district again.
update district_system set suspended_at = null, well_since = :now, failing_since = null
where regency_code = :regency_code and suspended_at is not null
returning regency_code;

-- name: remove_entry
-- The district leaves; what was read of it stays, and when it comes back its feed is read from the beginning.
with gone as (
    delete from district_system where regency_code = :regency_code returning source_code
)
update source set cursor = null where source_code in (select source_code from gone) returning source_code;

-- name: put_check
-- The last check of a district.
insert into district_check (regency_code, checked_at, extent, findings)
values (:regency_code, :now, :extent, :findings)
on conflict (regency_code) do update set checked_at = excluded.checked_at, extent = excluded.extent, findings = excluded.findings;

-- name: degrade
-- The district does not keep the contract; since when is not moved by a second finding.
update district_system set degraded_since = :now where regency_code = :regency_code and degraded_since is null returning regency_code;

-- name: mend
-- The district keeps the contract again.
update district_system set degraded_since = null, well_since = :now
where regency_code = :regency_code and degraded_since is not null
returning regency_code;

-- name: note_abilities
-- What the district says that it can do, where that changed.
update district_system set contract_version = :contract_version, capabilities = :capabilities
where regency_code = :regency_code and (contract_version, capabilities) is distinct from (:contract_version, :capabilities::text[]);

-- name: note_failing
-- The calls to the district fail, since then.
update district_system set failing_since = :since where regency_code = :regency_code and failing_since is null;

-- name: note_answering
-- The district answers again.
update district_system
set failing_since = null, well_since = case when failing_since + offline_after <= :now then :now else well_since end
where regency_code = :regency_code and failing_since is not null;

-- name: add_event
-- A line of the journal.
insert into district_event (regency_code, action, happened_at, actor, reason)
values (:regency_code, :action, :now, :actor, :reason);

-- name: list_events
-- The newest lines of the journal of each regency.
select e.regency_code, e.action, e.happened_at, e.actor, e.reason
from unnest(:codes::text[]) as asked(code)
cross join lateral (
    select regency_code, action, happened_at, actor, reason, event_id
    from district_event
    where regency_code = asked.code
    order by event_id desc
    limit :first
) e
order by e.regency_code, e.event_id desc;
