-- name: keep_findings
-- Keeps what was found of a kind, once for each record: what is known already is seen again, and what a person decided stays.
-- What was recovered, or no longer found, and is found again is open again. A template: the finding statement fills it.
with found as (/*{found}*/),
kept as (
    insert into finding (kind, programme_code, source_code, source_record_id, household_id, person_id, regency_code, value, evidence,
        status, found_at, seen_at)
    select :kind, programme_code, source_code, source_record_id, household_id, person_id, regency_code, value, evidence, 'OPEN', :now, :now
    from found
    on conflict (kind, programme_code, source_code, source_record_id) do update set
        household_id = excluded.household_id, person_id = excluded.person_id, regency_code = excluded.regency_code,
        value = excluded.value, evidence = excluded.evidence, seen_at = excluded.seen_at,
        status = case when finding.status = 'RECOVERED' or finding.decided_by = 'hub' then 'OPEN' else finding.status end,
        decided_by = case when finding.status = 'RECOVERED' or finding.decided_by = 'hub' then null else finding.decided_by end,
        decided_at = case when finding.status = 'RECOVERED' or finding.decided_by = 'hub' then null else finding.decided_at end,
        reason_code = case when finding.status = 'RECOVERED' or finding.decided_by = 'hub' then null else finding.reason_code end
    returning found_at
)
select count(*) as found, count(*) filter (where found_at = :now) as new from kept;

-- name: settle_findings
-- What is not found any more: recovered where the roster line is no longer active, or where a person had confirmed it; else
-- dismissed, for the records that spoke for it have changed.
update finding f
set status = case when f.status = 'CONFIRMED' or gone.is_ended then 'RECOVERED' else 'DISMISSED' end,
    decided_by = case when f.status = 'CONFIRMED' then f.decided_by else 'hub' end,
    decided_at = case when f.status = 'CONFIRMED' then f.decided_at else :now end,
    reason_code = case when f.status = 'CONFIRMED' then f.reason_code when gone.is_ended then 'LINE_ENDED' else 'NO_LONGER_FOUND' end
from (
    select o.finding_id, o.programme_code is not null and not exists (
        select from roster_entry r
        where r.source_code = o.source_code and r.source_record_id = o.source_record_id and r.status = 'ACTIVE'
    ) as is_ended
    from finding o
    where o.status in ('OPEN', 'CONFIRMED') and o.seen_at < :now
) gone
where f.finding_id = gone.finding_id;

-- name: find_holder_deceased
-- Active roster lines of persons whom the registry says are dead, and of households of which nobody is left alive.
select e.programme_code, e.source_code, e.source_record_id, e.household_id, e.person_id, e.regency_code, e.amount as value,
    jsonb_build_array(
        jsonb_build_object('system', e.source_code, 'record', e.source_record_id, 'fact', 'ROSTER_STATUS', 'value', e.status,
            'observedAt', e.observed_at),
        jsonb_build_object('system', p.source_code, 'record', p.source_record_id, 'fact', 'VITAL_STATUS', 'value', p.vital_status,
            'observedAt', p.observed_at)) as evidence
from person p
join enrolment e on e.household_id = p.household_id and e.person_id = p.person_id
join unnest(:programme_codes::text[], :segments::text[]) as g(programme_code, segment) on g.programme_code = e.programme_code
where p.vital_status = 'DECEASED' and e.status = 'ACTIVE' and e.link_method <> 'REPORTED' and (g.segment is null or e.segment = g.segment)
union all
select e.programme_code, e.source_code, e.source_record_id, e.household_id, null, e.regency_code, e.amount,
    jsonb_build_array(
        jsonb_build_object('system', e.source_code, 'record', e.source_record_id, 'fact', 'ROSTER_STATUS', 'value', e.status,
            'observedAt', e.observed_at),
        jsonb_build_object('system', h.source_code, 'record', h.source_record_id, 'fact', 'LIVING_MEMBERS', 'value', '0',
            'observedAt', h.observed_at))
from (
    select distinct d.household_id from person d
    where d.vital_status = 'DECEASED' and d.left_at is null
        and not exists (
            select from person l
            where l.household_id = d.household_id and l.left_at is null and l.vital_status is distinct from 'DECEASED'
        )
) dead
join household h on h.household_id = dead.household_id and h.removed_at is null
join enrolment e on e.household_id = dead.household_id and e.person_id is null
where e.status = 'ACTIVE' and e.link_method <> 'REPORTED'

-- name: find_holder_duplicate
-- Active roster lines beyond the first of one person or household in one programme, by link or by equal number. A line of another
-- segment than the one that counts goes before those that count, so the slot that lies unused is the one that is named.
select l.programme_code, l.source_code, l.source_record_id, l.household_id, l.person_id, l.regency_code, l.amount as value,
    jsonb_build_array(
        jsonb_build_object('system', l.source_code, 'record', l.source_record_id, 'fact', 'ROSTER_STATUS', 'value', 'ACTIVE',
            'observedAt', l.observed_at),
        jsonb_build_object('system', l.source_code, 'record', l.first_record, 'fact', 'OTHER_ACTIVE_LINE', 'value', 'ACTIVE',
            'observedAt', l.first_observed_at)) as evidence
from (
    select r.*, e.household_id, e.person_id, coalesce(e.regency_code, left(r.region_code, 5)) as regency_code,
        r.segment is not distinct from g.segment or g.segment is null as counts,
        row_number() over same as n, first_value(r.source_record_id) over same as first_record,
        first_value(r.observed_at) over same as first_observed_at
    from roster_entry r
    join unnest(:programme_codes::text[], :segments::text[]) as g(programme_code, segment) on g.programme_code = r.programme_code
    join programme p on p.programme_code = r.programme_code
    left join enrolment e on e.source_code = r.source_code and e.source_record_id = r.source_record_id
    where r.status = 'ACTIVE'
        and (e.household_id is not null or case p.unit when 'PERSON' then r.nik else r.kk_number end is not null)
    window same as (
        partition by r.programme_code, e.household_id, e.person_id,
            case when e.household_id is null then case p.unit when 'PERSON' then r.nik else r.kk_number end end
        order by r.segment is not distinct from g.segment or g.segment is null, r.source_record_id
        rows between unbounded preceding and unbounded following
    )
) l
where l.n > 1 and l.counts

-- name: find_holder_above_cut_off
-- Active roster lines of units that the rule in force refuses for their decile.
select e.programme_code, e.source_code, e.source_record_id, e.household_id, e.person_id, e.regency_code, e.amount as value,
    jsonb_build_array(
        jsonb_build_object('system', e.source_code, 'record', e.source_record_id, 'fact', 'ROSTER_STATUS', 'value', e.status,
            'observedAt', e.observed_at),
        jsonb_build_object('system', h.source_code, 'record', h.source_record_id, 'fact', 'DECILE', 'value', h.decile::text,
            'observedAt', h.observed_at)) as evidence
from unnest(:programme_codes::text[], :segments::text[], :decile_masks::bigint[]) as g(programme_code, segment, decile_mask)
join verdict v on v.programme_code = g.programme_code and v.status = 'ALREADY_ENROLLED' and v.failed & g.decile_mask <> 0
join enrolment e on e.household_id = v.household_id and e.programme_code = v.programme_code
    and e.person_id is not distinct from v.person_id
join household h on h.household_id = v.household_id
where e.status = 'ACTIVE' and e.link_method <> 'REPORTED' and (g.segment is null or e.segment = g.segment)

-- name: find_holder_unlisted
-- Active roster lines that no link leads from, and none may after a review, in regencies whose district was read to its end: its registry does not know them.
select r.programme_code, r.source_code, r.source_record_id, null::bigint as household_id, null::bigint as person_id,
    left(r.region_code, 5) as regency_code, r.amount as value,
    jsonb_build_array(
        jsonb_build_object('system', r.source_code, 'record', r.source_record_id, 'fact', 'ROSTER_STATUS', 'value', r.status,
            'observedAt', r.observed_at),
        jsonb_build_object('system', s.source_code, 'record', null, 'fact', 'NO_SUCH_RECORD', 'value', null,
            'observedAt', s.drained_at)) as evidence
from roster_entry r
join unnest(:programme_codes::text[], :segments::text[]) as g(programme_code, segment) on g.programme_code = r.programme_code
join district_system d on d.regency_code = left(r.region_code, 5)
join source s on s.source_code = d.source_code and s.drained_at is not null
where r.status = 'ACTIVE' and (g.segment is null or r.segment = g.segment)
    and not exists (select from enrolment e where e.source_code = r.source_code and e.source_record_id = r.source_record_id)
    and not exists (
        select from link l where l.source_code = r.source_code and l.source_record_id = r.source_record_id and l.status = 'REVIEW'
    )

-- name: find_death_reported
-- Death letters of households that draw something, where the registry does not say who died: somebody has to ask.
select null::text as programme_code, v.source_code, v.source_record_id, v.household_id, null::bigint as person_id, v.regency_code,
    null::bigint as value, jsonb_build_array(jsonb_build_object('system', v.source_code, 'record', v.source_record_id, 'fact', v.type,
        'value', v.status, 'observedAt', v.observed_at)) as evidence
from village_service v
where v.type = 'DEATH_LETTER' and v.status = 'COMPLETED' and v.removed_at is null
    and exists (
        select from enrolment e
        where e.household_id = v.household_id and e.status = 'ACTIVE' and e.link_method <> 'REPORTED' and e.observed_at <= v.observed_at
    )
    and not exists (
        select from person p
        where p.vital_status = 'DECEASED' and case when v.person_id is null then p.household_id = v.household_id else p.person_id = v.person_id end
    )

-- name: find_move_reported
-- Move-out letters of households, or of members, that still are in the regency's registry and draw something: the regency may have
-- changed.
select null::text as programme_code, v.source_code, v.source_record_id, v.household_id, v.person_id, v.regency_code,
    null::bigint as value, jsonb_build_array(jsonb_build_object('system', v.source_code, 'record', v.source_record_id, 'fact', v.type,
        'value', v.status, 'observedAt', v.observed_at)) as evidence
from village_service v
join household h on h.household_id = v.household_id and h.removed_at is null and h.regency_code = v.regency_code
where v.type = 'MOVE_OUT_LETTER' and v.status = 'COMPLETED' and v.removed_at is null
    and (v.person_id is null or exists (
        select from person p where p.household_id = v.household_id and p.person_id = v.person_id and p.left_at is null
    ))
    and exists (select from enrolment e where e.household_id = v.household_id and e.status = 'ACTIVE')

-- name: find_newborn
-- Birth letters and certificates of households without a member born in the year before: a newborn whom no list has.
select null::text as programme_code, v.source_code, v.source_record_id, v.household_id, null::bigint as person_id, v.regency_code,
    null::bigint as value, jsonb_build_array(jsonb_build_object('system', v.source_code, 'record', v.source_record_id, 'fact', v.type,
        'value', v.status, 'observedAt', v.observed_at)) as evidence
from village_service v
join household h on h.household_id = v.household_id and h.removed_at is null
where v.type in ('BIRTH_LETTER', 'BIRTH_CERTIFICATE') and v.status = 'COMPLETED' and v.removed_at is null
    and not exists (
        select from person p
        where p.household_id = v.household_id and p.left_at is null
            and case when v.event_on is not null then p.birth_date = v.event_on
                else p.birth_date > coalesce(v.completed_at, v.observed_at)::date - interval '1 year' end
    )

-- name: find_prelist_candidate
-- Open needs, outreach findings and proposals of households that no registry lists, or lists without a welfare decile.
select null::text as programme_code, c.source_code, c.source_record_id, c.household_id, null::bigint as person_id, c.regency_code,
    null::bigint as value,
    jsonb_build_array(jsonb_build_object('system', c.source_code, 'record', c.source_record_id, 'fact', 'CASE_' || c.type,
        'value', c.status, 'observedAt', c.observed_at)) as evidence
from case_file c
left join household h on h.household_id = c.household_id and h.removed_at is null
where c.type in ('NEED', 'OUTREACH_FINDING', 'PROPOSAL') and c.closed_at is null and c.removed_at is null and h.decile is null

-- name: find_findings
-- Findings by id.
select finding_id, kind, programme_code, source_code, source_record_id, household_id, person_id, regency_code, value, evidence, status,
    found_at, seen_at, decided_by, decided_at, reason_code
from finding where finding_id = any (:finding_ids::bigint[]);

-- name: list_findings
-- Findings of a range of regencies in the order in which they were made; null filters mean all.
select finding_id, kind, programme_code, source_code, source_record_id, household_id, person_id, regency_code, value, evidence, status,
    found_at, seen_at, decided_by, decided_at, reason_code
from finding
where coalesce(regency_code, '') >= :region_from and coalesce(regency_code, '') < :region_to
    and (:kind::text is null or kind = :kind) and (:status::text is null or status = :status)
    and (:programme_code::text is null or programme_code = :programme_code) and finding_id > :after_id
order by finding_id
limit :first;

-- name: count_findings
-- Findings by regency, kind and status, with the rupiah a year of those that are open or confirmed.
select regency_code, kind,
    count(*) filter (where status = 'OPEN') as open, count(*) filter (where status = 'CONFIRMED') as confirmed,
    count(*) filter (where status = 'DISMISSED') as dismissed, count(*) filter (where status = 'RECOVERED') as recovered,
    coalesce(sum(value) filter (where status in ('OPEN', 'CONFIRMED')), 0)::bigint as value
from finding
where coalesce(regency_code, '') >= :region_from and coalesce(regency_code, '') < :region_to
group by regency_code, kind
order by regency_code nulls first, kind;

-- name: decide_finding
-- A person's word on an open finding, or the opposite of an earlier word.
update finding set status = :status, decided_by = :decided_by, decided_at = :decided_at, reason_code = :reason_code
where finding_id = :finding_id and status in ('OPEN', 'CONFIRMED', 'DISMISSED')
returning finding_id;

-- name: list_open_lines
-- Roster lines of open and confirmed findings, by kind: what the summary of a demo holds against the truth.
select kind, source_record_id from finding
where programme_code = :programme_code and status in ('OPEN', 'CONFIRMED')
order by kind, source_record_id;
