-- name: find_links
-- Links by id.
select link_id, programme_code, household_id, person_id, member_id, regency_code, status, method, weight, weights_version, found_at,
    decided_by, decided_at, reason, version, source_code, source_record_id, evidence
from link where link_id = any (:link_ids::bigint[]);

-- name: list_oldest
-- Links of a status in the order in which they were found, after a link.
select link_id, programme_code, household_id, person_id, member_id, regency_code, status, method, weight, weights_version, found_at,
    decided_by, decided_at, reason, version, source_code, source_record_id, evidence
from link
where status = :status and link_id > :after_id and regency_code >= :region_from and regency_code < :region_to
order by link_id
limit :first;

-- name: list_surest
-- The same, those first for which most speaks; what a number says weighs most.
select link_id, programme_code, household_id, person_id, member_id, regency_code, status, method, weight, weights_version, found_at,
    decided_by, decided_at, reason, version, source_code, source_record_id, evidence
from link
where status = :status and regency_code >= :region_from and regency_code < :region_to
    and (coalesce(weight, 999) < :after_weight or coalesce(weight, 999) = :after_weight and link_id > :after_id)
order by coalesce(weight, 999) desc, link_id
limit :first;

-- name: find_roster_entries
-- Roster lines by their keys.
select e.source_code, e.source_record_id, e.programme_code, e.status, e.name, e.sex, e.birth_date, e.region_code, e.segment,
    e.observed_at, e.fetched_at, e.kk_number, e.nik
from roster_entry e
join unnest(:source_codes::text[], :record_ids::text[]) n(source_code, source_record_id) using (source_code, source_record_id);

-- name: list_link_events
-- What happened to some links, in order.
select link_id, version, from_status, to_status, method, weight, weights_version, actor, reason, moved_at
from link_event where link_id = any (:link_ids::bigint[]) order by link_id, event_id;

-- name: lock_link
-- One at a time decides about a roster line: the second sees what the first one said.
select l.link_id, l.programme_code, l.household_id, l.person_id, l.member_id, l.regency_code, l.status, l.method, l.weight,
    l.weights_version, l.found_at, l.decided_by, l.decided_at, l.reason, l.version, l.source_code, l.source_record_id, l.evidence
from link l
join roster_entry e on e.source_code = l.source_code and e.source_record_id = l.source_record_id
where l.link_id = :link_id
for update of l, e;

-- name: find_linked_elsewhere
-- The link that a roster line has with another unit.
select o.link_id from link l
join link o on o.source_code = l.source_code and o.source_record_id = l.source_record_id and o.link_id <> l.link_id
where l.link_id = :link_id and o.status = 'LINKED';

-- name: decide
-- Somebody says what holds of a pair.
update link set status = :status, decided_by = :decided_by, decided_at = :decided_at, reason = :reason where link_id = :link_id
returning version;

-- name: list_verdicts
-- What is recorded of the units of a household.
select person_id, programme_code, status from verdict where household_id = :household_id;

-- name: list_active_matches
-- Matches of a household that are on their way or issued, locked in order.
select match_id, person_id, programme_code, status, national_reference from match
where household_id = :household_id and status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED')
order by match_id
for update;

-- name: put_to_review
-- Matches whose ground is gone wait for a person on duty, each once.
insert into match_review (household_id, match_id, link_id, regency_code, cause, raised_by, raised_at)
select m.household_id, m.match_id, :link_id, m.regency_code, :cause, :raised_by, :raised_at
from match m where m.match_id = any (:match_ids::bigint[])
order by m.match_id
on conflict (match_id) where resolution is null do nothing;

-- name: settle_reviews_of
-- The decision that put these matches to review was taken back: they stand as they did.
update match_review set resolution = 'KEEP', resolved_by = :resolved_by, resolved_at = :resolved_at, reason = :reason
where link_id = :link_id and resolution is null and cause = :cause;

-- name: find_match_reviews
-- Reviews by id.
select review_id, household_id, match_id, link_id, regency_code, cause, raised_by, raised_at, resolution, resolved_by, resolved_at,
    reason
from match_review where review_id = any (:review_ids::bigint[]);

-- name: list_match_reviews
-- Reviews that are open, the oldest first.
select review_id, household_id, match_id, link_id, regency_code, cause, raised_by, raised_at, resolution, resolved_by, resolved_at,
    reason
from match_review
where resolution is null and review_id > :after_id and regency_code >= :region_from and regency_code < :region_to
order by review_id
limit :first;

-- name: list_open_reviews_of
-- The open review of some matches.
select review_id, household_id, match_id, link_id, regency_code, cause, raised_by, raised_at, resolution, resolved_by, resolved_at,
    reason
from match_review where match_id = any (:match_ids::bigint[]) and resolution is null;

-- name: lock_match_review
-- One at a time resolves a review.
select review_id, household_id, match_id, link_id, regency_code, cause, raised_by, raised_at, resolution, resolved_by, resolved_at,
    reason
from match_review where review_id = :review_id for update;

-- name: resolve_match_review
-- What became of it.
update match_review set resolution = :resolution, resolved_by = :resolved_by, resolved_at = :resolved_at, reason = :reason
where review_id = :review_id;

-- name: list_active_programmes
-- The programmes on which a person or the person's household is now.
select distinct e.programme_code from enrolment e
where e.household_id = :household_id and e.status = 'ACTIVE' and (e.person_id is null or e.person_id = :person_id);

-- name: find_roster_state
-- Whether a programme has a roster, and whether it was read to its end.
select g.programme_code, g.roster_source_code is not null as has_roster, s.drained_at is not null as is_read
from programme g
left join source s on s.source_code = g.roster_source_code
where g.programme_code = :programme_code;

-- name: stream_links
-- All links without numbers and names of persons, for a file.
select link_id, programme_code, source_code, source_record_id, household_id, person_id, regency_code,
    case when status = 'LINKED' and decided_by is not null then 'REVIEWED' else method end as method, status, weight, weights_version,
    found_at, decided_at
from link order by link_id;

-- name: note_coverage_check
-- Who asked, for what, and what was answered.
insert into coverage_check (client_id, purpose, basis, basis_reference, programme_code, person_id, answer, asked_at)
values (:client_id, :purpose, :basis, :basis_reference, :programme_code, :person_id, :answer, :asked_at);
