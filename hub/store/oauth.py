"""Clients, signing keys and used assertions of the embedded OAuth issuer; all of it with the owner's rights."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from hub.domain.errors import Retriable
from hub.domain.principal import Role, Scope
from hub.store.database import Row, Session
from hub.store.queries import query

PublicJwk: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """One registered client; exactly one of `secret_hash` and `public_jwk` is set, as `auth_method` says."""

    client_id: str
    name: str
    role: Role
    regency_code: str | None
    scopes: frozenset[Scope]
    auth_method: str
    secret_hash: str | None
    public_jwk: PublicJwk | None
    created_at: datetime
    revoked_at: datetime | None = None
    agency_code: str | None = None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key as it lies in the database; `private_key` is DER (PKCS 8), sealed or in the clear."""

    kid: str
    public_jwk: PublicJwk
    private_key: bytes
    is_sealed: bool


async def insert_client(session: Session, client: OAuthClient) -> None:
    """Register a client."""
    await session.execute(
        query("oauth", "client_add"),
        client_id=client.client_id,
        name=client.name,
        role=client.role,
        regency_code=client.regency_code,
        agency_code=client.agency_code,
        scopes=sorted(client.scopes),
        auth_method=client.auth_method,
        secret_hash=client.secret_hash,
        public_jwk=client.public_jwk,
        created_at=client.created_at,
    )


async def find_client(session: Session, client_id: str) -> OAuthClient | None:
    """The client, unless it is unknown or revoked."""
    row = await session.fetch_row(query("oauth", "client_by_id"), client_id=client_id)
    return None if row is None else _client(row)


async def list_clients(session: Session) -> list[OAuthClient]:
    """All clients, oldest first, revoked ones included."""
    return [_client(row) for row in await session.fetch(query("oauth", "clients"))]


async def mark_client_revoked(session: Session, client_id: str, now: datetime) -> bool:
    """Whether there is such a client; it is revoked from `now` on, or since it first was."""
    return await session.fetch_value(query("oauth", "client_revoke"), client_id=client_id, now=now) is not None


async def find_region_level(session: Session, region_code: str) -> str | None:
    """PROVINCE, REGENCY, SUBDISTRICT or VILLAGE; None when no region has the code."""
    level: str | None = await session.fetch_value(query("oauth", "region_level"), region_code=region_code)
    return level


async def add_active_key(session: Session, key: StoredKey, now: datetime) -> None:
    """Make this the key that signs, unless there is one: the database lets no second one in."""
    await session.execute(
        query("oauth", "signing_key_add"),
        kid=key.kid,
        public_jwk=key.public_jwk,
        private_key=key.private_key,
        is_sealed=key.is_sealed,
        created_at=now,
    )


async def find_active_key(session: Session) -> StoredKey | None:
    """The key that signs new tokens."""
    row = await session.fetch_row(query("oauth", "signing_key_active"))
    return None if row is None else StoredKey(row["kid"], row["public_jwk"], row["private_key"], row["is_sealed"])


async def retire_active_key(session: Session, now: datetime) -> None:
    """Let the active key sign no more."""
    await session.execute(query("oauth", "signing_key_retire"), now=now)


async def forget_keys(session: Session, retired_before: datetime) -> None:
    """Delete the keys that were retired before a time."""
    await session.execute(query("oauth", "signing_keys_forget"), retired_before=retired_before)


async def list_public_keys(session: Session, retired_after: datetime) -> list[PublicJwk]:
    """The active key and those retired after a time; raises Retriable when the database does not answer."""
    try:
        rows = await session.fetch(query("oauth", "public_keys"), retired_after=retired_after)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Retriable("hub", "the keys of the token issuer cannot be read now; try again", repr(error)) from error
    return [row["public_jwk"] for row in rows]


async def use_assertion(session: Session, client_id: str, jti: str, expires_at: datetime, now: datetime) -> bool:
    """Whether this is the first use of the assertion; it is remembered until `expires_at`."""
    return (
        await session.fetch_value(
            query("oauth", "assertion_use"),
            client_id=client_id,
            jti=jti,
            expires_at=expires_at,
            now=now,
        )
        is True
    )


def _client(row: Row) -> OAuthClient:
    known = {scope.value for scope in Scope}
    return OAuthClient(
        client_id=row["client_id"],
        name=row["name"],
        role=Role(row["role"]),
        regency_code=row["regency_code"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"] if scope in known),
        auth_method=row["auth_method"],
        secret_hash=row["secret_hash"],
        public_jwk=row["public_jwk"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        agency_code=row["agency_code"],
    )
