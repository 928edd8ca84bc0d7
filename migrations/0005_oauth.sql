-- The embedded OAuth issuer: its clients, its signing keys, and the client assertions that were already used.
-- Nothing here is granted to hub_app: a caller's connection can read neither a key nor a secret's hash.

create table oauth_client (
    client_id text collate "C" primary key check (client_id ~ '^[a-z0-9-]{1,64}$'),
    name text not null check (length(name) between 1 and 200),
    role text not null check (role in ('MINISTRY_ANALYST', 'DISTRICT_OFFICER', 'DISTRICT_SYSTEM', 'PARTNER_APP')),
    regency_code text collate "C" references region,
    scopes text[] not null check (cardinality(scopes) > 0),
    auth_method text not null check (auth_method in ('client_secret_basic', 'private_key_jwt')),
    secret_hash text,
    public_jwk jsonb,
    created_at timestamptz not null,
    revoked_at timestamptz,
    check ((regency_code is not null) = (role in ('DISTRICT_OFFICER', 'DISTRICT_SYSTEM'))),
    check ((auth_method = 'client_secret_basic') = (secret_hash is not null)),
    check ((auth_method = 'private_key_jwt') = (public_jwk is not null))
);
comment on column oauth_client.secret_hash is 'scrypt with its parameters and salt; the secret itself is shown once and kept nowhere';

create table signing_key (
    kid text collate "C" primary key,
    public_jwk jsonb not null,
    private_key bytea not null,
    is_sealed boolean not null,
    created_at timestamptz not null,
    retired_at timestamptz
);
comment on column signing_key.is_sealed is 'private_key is AES-256-GCM under the key of the settings, with the kid as associated data; else DER in the clear';
create unique index signing_key_active on signing_key ((true)) where retired_at is null;

create table used_assertion (
    client_id text collate "C" not null references oauth_client,
    jti text collate "C" not null,
    expires_at timestamptz not null,
    primary key (client_id, jti)
);
create index used_assertion_expired on used_assertion (expires_at);
