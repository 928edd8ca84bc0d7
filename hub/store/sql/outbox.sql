-- name: put_messages
-- Messages for other systems, in the order given; one that was put before under its key is met.
insert into outbox_message (destination, kind, subject_id, key, payload, regency_code, next_attempt_at, created_at)
select m.destination, m.kind, m.subject_id, m.key, m.payload, m.regency_code, :now, :now
from rows from (
    unnest(:destinations::text[]), unnest(:kinds::text[]), unnest(:subject_ids::bigint[]), unnest(:keys::text[]),
    unnest(:payloads::jsonb[]), unnest(:regency_codes::text[])
) with ordinality m (destination, kind, subject_id, key, payload, regency_code, position)
order by m.position
on conflict (destination, key) do nothing;

-- name: list_waiting_destinations
-- Those of the destinations whose next message of some kinds may go out now.
select d.destination
from unnest(:destinations::text[]) d (destination)
cross join lateral (
    select m.next_attempt_at from outbox_message m
    where m.destination = d.destination and m.status = 'PENDING' and m.kind = any (:kinds::text[])
        and not exists (select from outbox_message b where b.destination = m.destination and b.subject_id = m.subject_id
                        and b.status = 'DEAD' and b.message_id < m.message_id)
    order by m.message_id limit 1
) next
where next.next_attempt_at <= :now;

-- name: try_to_hold_destination
-- Whether this transaction alone delivers to the destination; the hold ends with the transaction, or with its process.
select pg_try_advisory_xact_lock(hashtextextended('outbox/' || :destination::text, 0));

-- name: list_next_messages
-- The next messages of some kinds for a destination in their order. What follows a dead message about the same subject waits for it.
select m.message_id, m.kind, m.key, m.subject_id, m.payload, m.attempts
from outbox_message m
where m.destination = :destination and m.status = 'PENDING' and m.kind = any (:kinds::text[])
    and not exists (select from outbox_message b where b.destination = m.destination and b.subject_id = m.subject_id
                    and b.status = 'DEAD' and b.message_id < m.message_id)
order by m.message_id
limit :first;

-- name: settle_messages
-- What became of messages.
update outbox_message m
set status = s.status, reason_code = s.reason_code, reason = s.reason, attempts = m.attempts + 1, settled_at = :now
from unnest(:message_ids::bigint[], :statuses::text[], :reason_codes::text[], :reasons::text[])
    s (message_id, status, reason_code, reason)
where m.message_id = s.message_id and m.status = 'PENDING';

-- name: postpone_message
-- The message is tried again later, and with it all that follow it.
update outbox_message
set attempts = attempts + 1, next_attempt_at = :next_attempt_at, reason_code = :reason_code, reason = :reason
where message_id = :message_id and status = 'PENDING';

-- name: note_answers
-- The feed of the destination brought answers, also those that no call learned of. What the messages said stands in history.
update outbox_message m
set answered_at = :now, settled_at = coalesce(m.settled_at, :now),
    status = case when a.refusal is null then 'DELIVERED' else 'REFUSED' end, reason_code = a.refusal, payload = '{}'
from unnest(:keys::text[], :refusals::text[]) a (key, refusal)
where m.destination = :destination and m.key = a.key and m.answered_at is null;

-- name: list_unanswered
-- Changes of case files that were made here and of which the owner's feed has not told yet, in their order.
select m.subject_id, m.payload
from outbox_message m
where m.kind = 'CASE_UPDATE' and m.subject_id = any (:subject_ids::bigint[]) and m.destination = :destination
    and m.answered_at is null and m.status in ('PENDING', 'DELIVERED')
order by m.subject_id, m.message_id;

-- name: list_undelivered
-- What was not delivered, in the order of regencies.
select message_id, destination, kind, subject_id, regency_code, status, attempts, next_attempt_at, reason_code, reason, created_at,
    settled_at
from outbox_message
where status <> 'DELIVERED' and regency_code >= :region_from and regency_code < :region_to
    and (:statuses::text[] is null or status = any (:statuses))
    and (regency_code, message_id) > (:after_region::text, :after_id::bigint)
order by regency_code, message_id
limit :first;

-- name: is_destination
-- Whether messages are or may be put for a system: a district of the directory, or one that has some.
select exists (select from district_system d where d.source_code = :destination)
    or exists (select from outbox_message m where m.destination = :destination);

-- name: list_other_messages
-- Of some numbers those that are no message of a destination in one of these statuses.
select a.message_id from unnest(:message_ids::bigint[]) a (message_id)
where not exists (select from outbox_message m
    where m.message_id = a.message_id and m.destination = :destination and m.status = any (:statuses::text[]))
order by a.message_id;

-- name: retry_messages
-- Messages that nobody tries any more, or that wait, are due at once; returns how many.
with retried as (
    update outbox_message
    set status = 'PENDING', attempts = 0, next_attempt_at = :now, settled_at = null
    where destination = :destination and status in ('DEAD', 'PENDING')
        and (:message_ids::bigint[] is null or message_id = any (:message_ids))
    returning 1
)
select count(*) from retried;

-- name: give_messages_up
-- Dead messages are given up for good: what waits behind them goes on; returns how many.
with given_up as (
    update outbox_message set status = 'REFUSED', reason_code = 'GIVEN_UP', reason = :reason
    where destination = :destination and status = 'DEAD' and message_id = any (:message_ids::bigint[])
    returning 1
)
select count(*) from given_up;

-- name: count_undelivered
-- For each destination how many messages wait, are refused and are dead, and since when the oldest waits.
select destination, count(*) filter (where status = 'PENDING') as pending, count(*) filter (where status = 'REFUSED') as refused,
    count(*) filter (where status = 'DEAD') as dead, min(created_at) filter (where status = 'PENDING') as oldest_at
from outbox_message
where status <> 'DELIVERED'
group by destination
order by destination;
