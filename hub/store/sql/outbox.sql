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
