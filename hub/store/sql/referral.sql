-- name: find_referrals
-- Referrals by id.
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from referral where referral_id = any (:referral_ids::bigint[]);

-- name: lock_referrals
-- Referrals, held until the transaction ends; locked in order, so that two movers never wait for each other.
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from referral where referral_id = any (:referral_ids::bigint[])
order by referral_id for update;

-- name: lock_by_references
-- Referrals to a district as a whole that were sent, by reference, held until the transaction ends; locked in order.
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from referral where reference = any (:references::text[]) and to_party = :to_party and sent_at is not null
order by referral_id for update;

-- name: list_incoming
-- Referrals that were sent to a regency, or to the nation, in their order; null narrows nothing.
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from referral
where to_regency_code = :regency_code and sent_at is not null and referral_id > :after_id
    and (:status::text is null or status = :status) and (:party_code::text is null or to_party = :party_code)
    and (:overdue_at::timestamptz is null or due_at < :overdue_at)
order by referral_id
limit :first;

-- name: list_outgoing
-- Referrals that a regency made, in their order; null narrows nothing.
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from referral
where from_regency_code = :regency_code and referral_id > :after_id
    and (:status::text is null or status = :status) and (:party_code::text is null or from_party = :party_code)
    and (:overdue_at::timestamptz is null or due_at < :overdue_at)
order by referral_id
limit :first;

-- name: list_all
-- Every referral that is visible, in their order; null narrows nothing.
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from referral
where referral_id > :after_id and (:status::text is null or status = :status)
    and (:party_code::text is null or to_party = :party_code or from_party = :party_code)
    and (:overdue_at::timestamptz is null or due_at < :overdue_at)
order by referral_id
limit :first;

-- name: list_referrals_of_cases
-- The referrals that some case files were sent with or opened by, each with the case file it was asked for.
select k.asked_id, r.referral_id, r.reference, r.first_referral_id, r.previous_referral_id, r.leg_no, r.from_party, r.to_party, r.from_regency_code,
    r.to_regency_code, r.case_file_id, r.receiver_case_file_id, r.household_id, r.person_id, r.is_sensitive, r.purpose_code, r.purpose_version, r.package,
    r.status, r.version, r.outcome, r.reason, r.redirected_to, r.accept_by, r.accept_at_risk_at, r.complete_by, r.complete_at_risk_at, r.created_at, r.sent_at, r.delivered_at,
    r.accepted_at, r.begun_at, r.ended_at, r.closed_at
from (
    select o.case_file_id as asked_id, o.referral_id from referral o where o.case_file_id = any (:case_file_ids::bigint[])
    union
    select i.receiver_case_file_id, i.referral_id from referral i where i.receiver_case_file_id = any (:case_file_ids::bigint[])
) k
join referral r using (referral_id)
order by k.asked_id, r.referral_id;

-- name: find_next_legs
-- The leg to which each referral was redirected.
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from referral where previous_referral_id = any (:referral_ids::bigint[]);

-- name: list_legs
-- All legs of the chains of some referrals, in their order.
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from referral
where first_referral_id = any (:first_ids::bigint[]) or referral_id = any (:first_ids::bigint[])
order by referral_id;

-- name: list_referral_events
-- Every move of some referrals that the caller may see, each in order.
select referral_id, version, from_status, to_status, side, actor, reason, moved_at
from referral_event where referral_id = any (:referral_ids::bigint[])
order by referral_id, version;

-- name: list_keys
-- The moves that some keys have made already.
select e.referral_id, e.key, e.to_status
from rows from (unnest(:referral_ids::bigint[]), unnest(:keys::text[])) as a(referral_id, key)
join referral_event e on e.referral_id = a.referral_id and e.key = a.key;

-- name: count_referrals_of_case
-- How many referrals a case file was sent with so far.
select count(*) from referral where case_file_id = :case_file_id;

-- name: list_purposes
-- The purposes in force on a day, each in its newest version.
select distinct on (purpose_code) purpose_code, version, description_id, description_en, fields, receiver_kinds, is_about_person,
    case_category
from referral_purpose where effective_from <= :today
order by purpose_code, version desc;

-- name: find_purposes
-- Purposes by code and version.
select p.purpose_code, p.version, p.description_id, p.description_en, p.fields, p.receiver_kinds, p.is_about_person, p.case_category
from rows from (unnest(:purpose_codes::text[]), unnest(:versions::integer[])) as a(purpose_code, version)
join referral_purpose p on p.purpose_code = a.purpose_code and p.version = a.version;

-- name: find_policies
-- How long each receiver had for each purpose at a moment: the most particular policy that was valid, and of these the newest.
select p.accept_hours, p.complete_days
from rows from (unnest(:purpose_codes::text[]), unnest(:regency_codes::text[]), unnest(:moments::timestamptz[])) with ordinality
    as a(purpose_code, regency_code, moment, position)
cross join lateral (
    select accept_hours, complete_days from referral_policy p
    where p.purpose_code in (a.purpose_code, '*') and p.regency_code in (a.regency_code, '*') and p.valid_from <= a.moment
    order by p.regency_code = '*', p.purpose_code = '*', p.valid_from desc limit 1
) p
order by a.position;

-- name: hold_running
-- Some referrals with a running clock, after one, held until the transaction ends: purpose, receiver, since when, and which clock runs.
select referral_id, purpose_code, to_regency_code,
    case when status in ('SENT', 'DELIVERED') then sent_at else accepted_at end as started_at,
    status in ('SENT', 'DELIVERED') as is_answer
from referral
where due_at is not null and referral_id > :after_id
order by referral_id
limit :batch
for update;

-- name: set_deadlines
-- When the running clocks of referrals, which are held, are at risk and over.
update referral r
set due_at = d.due_at,
    accept_by = case when d.is_answer then d.due_at else r.accept_by end,
    accept_at_risk_at = case when d.is_answer then d.at_risk_at else r.accept_at_risk_at end,
    complete_by = case when d.is_answer then r.complete_by else d.due_at end,
    complete_at_risk_at = case when d.is_answer then r.complete_at_risk_at else d.at_risk_at end
from unnest(:referral_ids::bigint[], :are_answers::boolean[], :at_risk_ats::timestamptz[], :due_ats::timestamptz[])
    d (referral_id, is_answer, at_risk_at, due_at)
where r.referral_id = d.referral_id and d.due_at >= r.due_at;

-- name: list_able_districts
-- Those of some regencies whose own system takes referrals.
select regency_code from district_system where regency_code = any (:regency_codes::text[]) and 'REFERRALS' = any (capabilities);

-- name: add_referrals
-- Drafts, each with the first line of its history.
with added as (
    insert into referral (first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code, to_regency_code,
        case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package, status, created_at)
    select first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code, to_regency_code, case_file_id,
        household_id, person_id,
        coalesce((select c.is_sensitive from case_file c where c.case_file_id = n.case_file_id), false), purpose_code, purpose_version,
        package, 'DRAFT', :now
    from rows from (
        unnest(:first_referral_ids::bigint[]), unnest(:previous_referral_ids::bigint[]), unnest(:leg_nos::integer[]),
        unnest(:from_parties::text[]), unnest(:to_parties::text[]), unnest(:from_regency_codes::text[]),
        unnest(:to_regency_codes::text[]), unnest(:case_file_ids::bigint[]), unnest(:household_ids::bigint[]),
        unnest(:person_ids::bigint[]), unnest(:purpose_codes::text[]), unnest(:purpose_versions::integer[]),
        unnest(:packages::jsonb[])
    ) with ordinality n (first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code, to_regency_code,
        case_file_id, household_id, person_id, purpose_code, purpose_version, package, position)
    order by position
    returning referral_id, from_regency_code, to_regency_code
),
journal as (
    insert into referral_event (referral_id, version, from_status, to_status, side, key, actor, from_regency_code, to_regency_code,
        moved_at)
    select referral_id, 1, null, 'DRAFT', :side, :key, :actor, from_regency_code, to_regency_code, :now from added
)
select referral_id from added order by referral_id;

-- name: move_referrals
-- Moves referrals that are held, with their history; every one of them was found free to move.
with asked as (
    select * from rows from (
        unnest(:referral_ids::bigint[]), unnest(:to_statuses::text[]), unnest(:sides::text[]), unnest(:keys::text[]),
        unnest(:outcomes::text[]), unnest(:reasons::text[]), unnest(:redirected_tos::text[]), unnest(:accept_bys::timestamptz[]),
        unnest(:accept_at_risk_ats::timestamptz[]), unnest(:complete_bys::timestamptz[]), unnest(:complete_at_risk_ats::timestamptz[]),
        unnest(:receiver_case_file_ids::bigint[])
    ) as a(referral_id, to_status, side, key, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by,
        complete_at_risk_at, receiver_case_file_id)
),
moved as (
    update referral r
    set status = a.to_status, outcome = coalesce(a.outcome, r.outcome), reason = coalesce(a.reason, r.reason),
        redirected_to = coalesce(a.redirected_to, r.redirected_to), accept_by = coalesce(a.accept_by, r.accept_by),
        accept_at_risk_at = coalesce(a.accept_at_risk_at, r.accept_at_risk_at), complete_by = coalesce(a.complete_by, r.complete_by),
        complete_at_risk_at = coalesce(a.complete_at_risk_at, r.complete_at_risk_at),
        receiver_case_file_id = coalesce(a.receiver_case_file_id, r.receiver_case_file_id),
        due_at = case when a.to_status in ('SENT', 'DELIVERED') then coalesce(a.accept_by, r.accept_by)
            when a.to_status in ('ACCEPTED', 'IN_SERVICE') then coalesce(a.complete_by, r.complete_by) end,
        sent_at = case when a.to_status = 'SENT' then :now else r.sent_at end,
        delivered_at = case when a.to_status = 'DELIVERED' then :now else r.delivered_at end,
        accepted_at = case when a.to_status = 'ACCEPTED' then :now else r.accepted_at end,
        begun_at = case when a.to_status = 'IN_SERVICE' then :now else r.begun_at end,
        ended_at = case when a.outcome is not null then :now else r.ended_at end,
        closed_at = case when a.to_status = 'CLOSED' then :now else r.closed_at end
    from asked a
    join referral o on o.referral_id = a.referral_id
    where r.referral_id = a.referral_id
    returning r.referral_id, r.reference, r.first_referral_id, r.previous_referral_id, r.leg_no, r.from_party, r.to_party, r.from_regency_code,
    r.to_regency_code, r.case_file_id, r.receiver_case_file_id, r.household_id, r.person_id, r.is_sensitive, r.purpose_code, r.purpose_version, r.package,
    r.status, r.version, r.outcome, r.reason, r.redirected_to, r.accept_by, r.accept_at_risk_at, r.complete_by, r.complete_at_risk_at, r.created_at, r.sent_at, r.delivered_at,
    r.accepted_at, r.begun_at, r.ended_at, r.closed_at,
        o.status as from_status, a.side, a.key, a.reason as event_reason
),
journal as (
    insert into referral_event (referral_id, version, from_status, to_status, side, key, actor, reason, from_regency_code,
        to_regency_code, moved_at)
    select referral_id, version, from_status, status, side, key, :actor, event_reason, from_regency_code, to_regency_code, :now
    from moved
)
select referral_id, reference, first_referral_id, previous_referral_id, leg_no, from_party, to_party, from_regency_code,
    to_regency_code, case_file_id, receiver_case_file_id, household_id, person_id, is_sensitive, purpose_code, purpose_version, package,
    status, version, outcome, reason, redirected_to, accept_by, accept_at_risk_at, complete_by, complete_at_risk_at, created_at, sent_at, delivered_at,
    accepted_at, begun_at, ended_at, closed_at
from moved order by referral_id;

-- name: list_answered_by_matches
-- Open referrals to national systems with where the match of their person or household stands, after a referral.
select r.referral_id, r.status, m.match_id, m.status as match_status, m.reason_code, m.national_reference
from referral r
cross join lateral (
    select m.match_id, m.status, m.reason_code, m.national_reference
    from match m
    join programme p on p.programme_code = m.programme_code
    where m.household_id = r.household_id and p.roster_source_code = r.to_party and (m.person_id is null or m.person_id = r.person_id)
        and (m.status in ('PROPOSED', 'RESERVED', 'OFFERED', 'ACCEPTED', 'ISSUED') or m.changed_at >= r.created_at)
    order by m.match_id desc limit 1
) m
where r.to_regency_code = 'ID' and r.to_party in ('KIS', 'PKH') and r.status in ('DELIVERED', 'ACCEPTED', 'IN_SERVICE')
    and r.referral_id > :after_id
order by r.referral_id
limit :first;

-- name: find_sender_cases
-- What a referral needs to know of case files.
select case_file_id, number, regency_code,
    source_code = 'HUB' or exists (select from district_system d where d.source_code = case_file.source_code and 'CASE_UPDATES' = any (d.capabilities))
        as is_moved_here,
    status, household_id, person_id, summary, removed_at
from case_file where case_file_id = any (:case_file_ids::bigint[]);

-- name: lock_cases
-- As find_sender_cases, held until the transaction ends; locked in order.
select case_file_id, number, regency_code,
    source_code = 'HUB' or exists (select from district_system d where d.source_code = case_file.source_code and 'CASE_UPDATES' = any (d.capabilities))
        as is_moved_here,
    status, household_id, person_id, summary, removed_at
from case_file where case_file_id = any (:case_file_ids::bigint[])
order by case_file_id for update;

-- name: list_cases_without_open
-- Those of some case files of which no referral is open any more.
select case_file_id from unnest(:case_file_ids::bigint[]) c(case_file_id)
where not exists (select from referral r
    where r.case_file_id = c.case_file_id and r.status in ('SENT', 'DELIVERED', 'ACCEPTED', 'IN_SERVICE'));
