-- name: claim_key
-- The first to come holds the key; a twin waits here until the first has committed.
insert into idempotency_key (client_id, operation, key, request_digest, response, created_at)
values (:client_id, :operation, :key, :request_digest, 'null'::jsonb, :now)
on conflict do nothing
returning true;

-- name: find_key
-- What was asked and answered under the key.
select request_digest, response from idempotency_key where client_id = :client_id and operation = :operation and key = :key;

-- name: keep_response
-- The answer, for whoever asks again.
update idempotency_key set response = :response where client_id = :client_id and operation = :operation and key = :key;
