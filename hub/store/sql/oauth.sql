-- name: client_add
-- Registers a client.
insert into oauth_client
    (client_id, name, role, regency_code, agency_code, scopes, auth_method, secret_hash, public_jwk, created_at)
values
    (:client_id, :name, :role, :regency_code, :agency_code, :scopes, :auth_method, :secret_hash, :public_jwk, :created_at);

-- name: client_by_id
-- A client that is not revoked.
select client_id, name, role, regency_code, scopes, auth_method, secret_hash, public_jwk, created_at, revoked_at,
    agency_code
from oauth_client where client_id = :client_id and revoked_at is null;

-- name: clients
-- All clients, the revoked ones too.
select client_id, name, role, regency_code, scopes, auth_method, secret_hash, public_jwk, created_at, revoked_at,
    agency_code
from oauth_client order by created_at, client_id;

-- name: client_revoke
-- Revokes a client; the time of the first revocation stays. No row: there is no such client.
update oauth_client set revoked_at = coalesce(revoked_at, :now) where client_id = :client_id returning client_id;

-- name: region_level
-- What kind of region a code names.
select level from region where region_code = :region_code;

-- name: signing_key_add
-- Adds the active key, unless there is one.
insert into signing_key (kid, public_jwk, private_key, is_sealed, created_at)
values (:kid, :public_jwk, :private_key, :is_sealed, :created_at)
on conflict do nothing;

-- name: signing_key_active
-- The key that signs new tokens.
select kid, public_jwk, private_key, is_sealed from signing_key where retired_at is null;

-- name: signing_key_retire
-- Ends signing with the active key; its public half stays published for a while.
update signing_key set retired_at = :now where retired_at is null;

-- name: signing_keys_forget
-- Deletes the keys that no valid token can bear any more.
delete from signing_key where retired_at < :retired_before;

-- name: public_keys
-- The public keys that a token may still bear, newest first.
select public_jwk from signing_key where retired_at is null or retired_at > :retired_after order by created_at desc, kid;

-- name: assertion_use
-- Marks an assertion as used and sweeps expired ones; no row when it was used before.
with expired as (
    delete from used_assertion where (client_id, jti) in (
        select client_id, jti from used_assertion where expires_at < :now
        order by expires_at limit 1000 for update skip locked
    )
)
insert into used_assertion (client_id, jti, expires_at) values (:client_id, :jti, :expires_at)
on conflict do nothing returning true;
