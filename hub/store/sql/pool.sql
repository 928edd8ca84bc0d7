-- name: merge_pools
-- Pools as a national system reports them; the greater revision wins. Returns the pools whose number of slots has to follow.
with reported as (
    select * from unnest(:programme_codes::text[], :region_codes::text[], :periods::text[], :totals::integer[], :revisions::bigint[],
        :observed_ats::timestamptz[]) as r(programme_code, region_code, period, total, revision, observed_at)
)
insert into entitlement_pool (programme_code, region_code, period, source_code, source_revision, reported_total, observed_at, fetched_at)
select distinct on (r.programme_code, r.region_code, r.period)
    r.programme_code, r.region_code, r.period, :source_code, r.revision, r.total, r.observed_at, :fetched_at
from reported r
join programme g on g.programme_code = r.programme_code
left join region on region.region_code = r.region_code
where r.total >= 0 and (r.region_code is null or region.region_code is not null)
order by r.programme_code, r.region_code, r.period, r.revision desc
on conflict (programme_code, region_code, period) do update set
    source_revision = excluded.source_revision, reported_total = excluded.reported_total, observed_at = excluded.observed_at,
    fetched_at = excluded.fetched_at
where entitlement_pool.source_revision < excluded.source_revision
returning pool_id;

-- name: find_unknown_pools
-- Reported pools of a programme or region that nobody knows, as they go into quarantine.
with reported as (
    select distinct r.programme_code, r.region_code, r.period
    from unnest(:programme_codes::text[], :region_codes::text[], :periods::text[]) as r(programme_code, region_code, period)
)
select concat_ws('/', r.programme_code, r.region_code, r.period) as source_record_id, w.field, w.code, w.value
from reported r
left join programme g on g.programme_code = r.programme_code
left join region on region.region_code = r.region_code
cross join lateral (values
    ('programmeCode', 'PROGRAMME_UNKNOWN', r.programme_code, g.programme_code is null),
    ('regionCode', 'REGION_UNKNOWN', r.region_code, r.region_code is not null and region.region_code is null)
) as w(field, code, value, is_wrong)
where w.is_wrong
order by 1, 2;

-- name: clear_pool_rejects
-- Reported anew: what still is unknown goes in again.
delete from reject where source_code = :source_code and record_kind = 'POOL';

-- name: reject_pools
-- Into quarantine, with the journal entry of the report that brought them.
with batch as (
    insert into ingest_batch (source_code, channel, cursor_after, received, merged, unchanged, rejected, merged_at)
    values (:source_code, 'PULL', null, :received, :received - cardinality(:record_ids::text[]), 0, cardinality(:record_ids::text[]),
        :rejected_at)
    returning batch_id
)
insert into reject (source_code, record_kind, source_record_id, field, code, severity, value, batch_id, rejected_at)
select :source_code, 'POOL', r.source_record_id, r.field, r.code, 'RECORD', left(r.value, 200), b.batch_id, :rejected_at
from batch b, unnest(:record_ids::text[], :fields::text[], :codes::text[], :values::text[]) as r(source_record_id, field, code, value)
on conflict do nothing;

-- name: lock_pools
-- One after the other for those who change the size of these pools.
select pool_id from entitlement_pool where source_code = :source_code order by pool_id for update;

-- name: add_slots
-- Pools that grew get slots.
insert into entitlement_slot (pool_id, slot_no)
select p.pool_id, b.last + n
from entitlement_pool p
cross join lateral (select count(*) as total, coalesce(max(s.slot_no), 0) as last from entitlement_slot s where s.pool_id = p.pool_id) b
cross join lateral generate_series(1, p.reported_total - b.total) n
where p.source_code = :source_code;

-- name: remove_slots
-- Pools that shrank lose free slots, never one that is held.
delete from entitlement_slot s
using (
    select f.pool_id, f.slot_no
    from entitlement_pool p
    cross join lateral (select count(*) as total from entitlement_slot a where a.pool_id = p.pool_id) b
    cross join lateral (
        select a.pool_id, a.slot_no from entitlement_slot a
        where a.pool_id = p.pool_id and a.state = 'AVAILABLE'
        order by a.slot_no desc limit greatest(0, b.total - p.reported_total)
        for update skip locked
    ) f
    where p.source_code = :source_code
) f
where s.pool_id = f.pool_id and s.slot_no = f.slot_no;

-- name: list_pools
-- Pools with their balance; null filters mean all.
select p.pool_id, p.programme_code, p.region_code, p.period, p.source_code, p.reported_total, p.observed_at, p.fetched_at,
    coalesce(b.total, 0) as total, coalesce(b.available, 0) as available, coalesce(b.reserved, 0) as reserved,
    coalesce(b.offered, 0) as offered, coalesce(b.issued, 0) as issued
from entitlement_pool p
left join (
    select pool_id, sum(total)::integer as total, sum(available)::integer as available, sum(reserved)::integer as reserved,
        sum(offered)::integer as offered, sum(issued)::integer as issued
    from pool_balance group by pool_id
) b using (pool_id)
where (:programme_code::text is null or p.programme_code = :programme_code)
    and (:region_code::text is null or p.region_code = :region_code)
    and p.pool_id > :after_id
order by p.pool_id
limit :first;

-- name: sum_pools
-- The balance of a programme over all its pools.
select g.programme_code, coalesce(sum(b.total), 0)::bigint as total, coalesce(sum(b.available), 0)::bigint as available,
    coalesce(sum(b.reserved), 0)::bigint as reserved, coalesce(sum(b.offered), 0)::bigint as offered,
    coalesce(sum(b.issued), 0)::bigint as issued
from programme g
left join entitlement_pool p using (programme_code)
left join pool_balance b using (pool_id)
group by g.programme_code
order by g.programme_code;

-- name: audit_pools
-- Pools whose counts, slots, ledger or matches do not agree: always none.
select p.pool_id
from entitlement_pool p
left join (select pool_id, sum(total) as total, sum(available) as available, sum(reserved) as reserved, sum(offered) as offered,
               sum(issued) as issued from pool_balance group by pool_id) b using (pool_id)
left join (select pool_id, count(*) as total, count(*) filter (where state = 'AVAILABLE') as available,
               count(*) filter (where state = 'RESERVED') as reserved, count(*) filter (where state = 'OFFERED') as offered,
               count(*) filter (where state = 'ISSUED') as issued from entitlement_slot group by pool_id) s using (pool_id)
left join (select pool_id,
               sum(case when from_state is null then quantity when to_state is null then -quantity else 0 end) as total,
               sum(case when to_state = 'AVAILABLE' then quantity else 0 end)
                   - sum(case when from_state = 'AVAILABLE' then quantity else 0 end) as available,
               sum(case when to_state = 'RESERVED' then quantity else 0 end)
                   - sum(case when from_state = 'RESERVED' then quantity else 0 end) as reserved,
               sum(case when to_state = 'OFFERED' then quantity else 0 end)
                   - sum(case when from_state = 'OFFERED' then quantity else 0 end) as offered,
               sum(case when to_state = 'ISSUED' then quantity else 0 end)
                   - sum(case when from_state = 'ISSUED' then quantity else 0 end) as issued
           from slot_ledger group by pool_id) l using (pool_id)
left join (select pool_id, count(*) as held from match where slot_no is not null group by pool_id) m using (pool_id)
where (b.total, b.available, b.reserved, b.offered, b.issued) is distinct from (s.total, s.available, s.reserved, s.offered, s.issued)
    or (b.total, b.available, b.reserved, b.offered, b.issued) is distinct from (l.total, l.available, l.reserved, l.offered, l.issued)
    or coalesce(b.total - b.available, 0) <> coalesce(m.held, 0);

-- name: list_open
-- Programmes and periods that have free slots, or a run that was not executed to its end.
select p.programme_code, p.period
from entitlement_pool p
join pool_balance b using (pool_id)
group by p.programme_code, p.period
having sum(b.available) > 0
union
select unnest(programme_codes), period from allocation_run where status in ('DRAFT', 'SIMULATED', 'APPROVED', 'EXECUTING')
order by 1, 2;
