-- name: put_endpoint
-- A new endpoint, which begins with what happens from now on.
insert into webhook_endpoint (client_id, url, topics, region_from, region_to, with_sensitive, credential, position, next_attempt_at,
    created_at)
select :client_id, :url, :topics, :region_from, :region_to, :with_sensitive, :credential, h.last_position, :now, :now
from event_head h
returning endpoint_id;

-- name: count_endpoints
-- How many a client has that are delivered to.
select count(*) from webhook_endpoint where client_id = :client_id and status = 'ACTIVE';

-- name: list_endpoints
-- Those that the caller may see, in the order in which they were registered, after an endpoint.
select endpoint_id, client_id, url, topics, region_from, region_to, with_sensitive, credential, former_credential, former_until, status,
    reason, position, attempts, next_attempt_at, failing_since, created_at
from webhook_endpoint where endpoint_id > :after_id order by endpoint_id limit :first;

-- name: find_endpoints
-- Endpoints by id.
select endpoint_id, client_id, url, topics, region_from, region_to, with_sensitive, credential, former_credential, former_until, status,
    reason, position, attempts, next_attempt_at, failing_since, created_at
from webhook_endpoint where endpoint_id = any (:endpoint_ids::bigint[]);

-- name: rotate_secret
-- Another secret signs from now on, and the one before with it for a while.
update webhook_endpoint set former_credential = credential, former_until = :until, credential = :credential
where endpoint_id = :endpoint_id and credential <> :credential
returning endpoint_id;

-- name: disable_endpoint
-- Nothing is delivered any more.
update webhook_endpoint set status = 'DISABLED', reason = :reason where endpoint_id = :endpoint_id and status = 'ACTIVE'
returning endpoint_id;

-- name: enable_endpoint
-- A disabled endpoint is delivered to again, from the event at which it stood.
update webhook_endpoint
set status = 'ACTIVE', reason = null, attempts = 0, next_attempt_at = :now, failing_since = null
where endpoint_id = :endpoint_id and status = 'DISABLED';

-- name: retry_endpoint
-- What comes next is sent at once.
update webhook_endpoint set next_attempt_at = :now where endpoint_id = :endpoint_id and status = 'ACTIVE';

-- name: ask_again
-- Dead letters that are to be delivered once more, all or those named.
update webhook_dead_letter set asked_again_at = :now
where endpoint_id = :endpoint_id and (:event_ids::bigint[] is null or event_id = any (:event_ids))
returning event_id;

-- name: count_dead_letters
-- How many dead letters each of some endpoints has.
select endpoint_id, count(*) as letters from webhook_dead_letter where endpoint_id = any (:endpoint_ids::bigint[]) group by endpoint_id;

-- name: list_dead_letters
-- What each of some endpoints never took, the oldest first, after an event.
select d.endpoint_id, d.event_id, d.position, d.topic, d.kind, d.subject_id, d.regency_code, d.other_regency_code, d.is_sensitive,
    d.payload, d.occurred_at, d.attempts, d.reason, d.died_at, d.asked_again_at
from unnest(:endpoint_ids::bigint[]) as asked(endpoint_id)
cross join lateral (
    select * from webhook_dead_letter l
    where l.endpoint_id = asked.endpoint_id and l.event_id > :after_id
    order by l.event_id
    limit :first
) d
order by d.endpoint_id, d.event_id;

-- name: list_due
-- Endpoints to which something may have to be delivered now.
select w.endpoint_id
from webhook_endpoint w, event_head h
where w.status = 'ACTIVE' and w.next_attempt_at <= :now
    and (w.position < h.last_position
        or exists (select from webhook_dead_letter d where d.endpoint_id = w.endpoint_id and d.asked_again_at is not null))
order by w.next_attempt_at
limit :first;

-- name: list_asked_again
-- Dead letters of an endpoint that are to be delivered once more.
select endpoint_id, event_id, position, topic, kind, subject_id, regency_code, other_regency_code, is_sensitive, payload, occurred_at,
    attempts, reason, died_at, asked_again_at
from webhook_dead_letter where endpoint_id = :endpoint_id and asked_again_at is not null
order by event_id
limit :first;

-- name: note_taken
-- The endpoint took everything up to here.
update webhook_endpoint
set position = greatest(position, :position), attempts = 0, next_attempt_at = :now, failing_since = null, reason = null
where endpoint_id = :endpoint_id;

-- name: note_passed
-- Nothing up to here was for the endpoint.
update webhook_endpoint set position = greatest(position, :position) where endpoint_id = :endpoint_id;

-- name: note_failed
-- The endpoint did not take the next event; it is tried again later.
update webhook_endpoint
set attempts = attempts + 1, next_attempt_at = :next_attempt_at, failing_since = coalesce(failing_since, :now), reason = :reason
where endpoint_id = :endpoint_id
returning attempts, failing_since;

-- name: give_up
-- The event joins the dead letters, and the endpoint goes on with the one after it.
with dead as (
    insert into webhook_dead_letter (endpoint_id, event_id, position, topic, kind, subject_id, regency_code, other_regency_code,
        is_sensitive, payload, occurred_at, attempts, reason, died_at)
    values (:endpoint_id, :event_id, :position, :topic, :kind, :subject_id, :regency_code, :other_regency_code, :is_sensitive, :payload,
        :occurred_at, :attempts, :reason, :now)
    on conflict (endpoint_id, event_id) do nothing
)
update webhook_endpoint set position = greatest(position, :position), attempts = 0, next_attempt_at = :now
where endpoint_id = :endpoint_id;

-- name: remove_dead_letter
-- The endpoint took it after all.
delete from webhook_dead_letter where endpoint_id = :endpoint_id and event_id = :event_id;

-- name: keep_dead_letter
-- It was not taken this time, either.
update webhook_dead_letter set asked_again_at = null, attempts = attempts + 1, reason = :reason
where endpoint_id = :endpoint_id and event_id = :event_id;

-- name: claim_endpoint
-- One process at a time delivers to an endpoint; let go when its connection ends, however that comes.
select pg_try_advisory_lock(hashtextextended('webhook', :endpoint_id));

-- name: release_endpoint
-- Another process may deliver to it.
select pg_advisory_unlock(hashtextextended('webhook', :endpoint_id));
