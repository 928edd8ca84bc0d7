"""The register of OAuth clients.

A revoked client gets no new token. Tokens that it already has work until they expire (15 minutes unless set otherwise):
no request asks the database about its client. When that is too long, withdraw the signing key.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from auth.claims import known_scopes
from auth.client_secret import hash_secret, new_secret
from hub.domain.casework import is_agency_of
from hub.domain.errors import Invalid, NotFound
from hub.domain.principal import BOUND_TO_A_REGENCY, SCOPES_OF_ROLE, Role, Scope
from hub.store.database import Session
from hub.store.oauth import OAuthClient, PublicJwk, find_region_level, insert_client, list_clients, mark_client_revoked

__all__ = ["ClientDraft", "NewClient", "OAuthClient", "add_client", "list_clients", "revoke_client"]


@dataclass(frozen=True, slots=True)
class ClientDraft:
    """A client to be: with `public_jwk` (EC, P-256) it signs assertions, without it gets a secret."""

    name: str
    role: str
    scopes: Collection[str]
    regency_code: str | None = None
    public_jwk: dict[str, Any] | None = None
    agency_code: str | None = None


@dataclass(frozen=True, slots=True)
class NewClient:
    """What the operator hands to the client's owner; the secret is shown here and never again."""

    client_id: str
    client_secret: str | None = field(repr=False)


async def add_client(session: Session, draft: ClientDraft, now: datetime) -> NewClient:
    """Register a client; raises Invalid with the value and what is allowed."""
    role = _role(draft.role)
    scopes = _scopes(role, draft.scopes)
    name = draft.name.strip()
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise Invalid(f"the name {name[:50]!r} must have 1 to 200 printable characters", ("name",))
    public_jwk = None if draft.public_jwk is None else _public_jwk(draft.public_jwk)
    await _check_regency(session, role, draft.regency_code)
    _check_agency(role, draft)
    secret = new_secret() if public_jwk is None else None
    client = OAuthClient(
        client_id=f"{role.lower().replace('_', '-')}-{secrets.token_hex(6)}",
        name=name,
        role=role,
        regency_code=draft.regency_code,
        agency_code=draft.agency_code,
        scopes=scopes,
        auth_method="private_key_jwt" if secret is None else "client_secret_basic",
        secret_hash=None if secret is None else hash_secret(secret),
        public_jwk=public_jwk,
        created_at=now,
    )
    await insert_client(session, client)
    return NewClient(client.client_id, secret)


async def revoke_client(session: Session, client_id: str, now: datetime) -> None:
    """Give the client no more tokens; raises NotFound."""
    if not await mark_client_revoked(session, client_id, now):
        raise NotFound(f"there is no client {client_id!r}: `slrt-hub client list` shows all")


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise Invalid(f"there is no role {name!r}: choose of {', '.join(Role)}", ("role",)) from None


def _scopes(role: Role, names: Collection[str]) -> frozenset[Scope]:
    allowed = SCOPES_OF_ROLE[role]
    unfit = sorted(set(names) - allowed)
    if unfit or not names:
        raise Invalid(
            f"a client of role {role} cannot have {', '.join(map(repr, unfit)) or 'no scope at all'}: "
            f"choose of {', '.join(sorted(allowed))}",
            ("scopes",),
        )
    return known_scopes(names)


async def _check_regency(session: Session, role: Role, regency_code: str | None) -> None:
    path = ("regencyCode",)
    if role not in BOUND_TO_A_REGENCY:
        if regency_code is not None:
            raise Invalid(f"a client of role {role} is bound to no regency: leave {regency_code!r} out", path)
        return
    if regency_code is None:
        raise Invalid(f"a client of role {role} needs the code of its regency, such as 35.10", path)
    level = await find_region_level(session, regency_code) if regency_code.isprintable() else None
    if level != "REGENCY":
        found = "no region has this code" if level is None else f"it is a {level}"
        raise Invalid(f"{regency_code!r} is not the code of a regency: {found}", path)


def _check_agency(role: Role, draft: ClientDraft) -> None:
    code = draft.agency_code
    if code is not None and not is_agency_of(role, draft.regency_code, code):
        raise Invalid(
            f"a client of role {role} cannot work for {code[:60]!r}: an officer does for an agency of the regency, such as "
            "35.10/DINAS_KESEHATAN, an analyst for a national one, such as ID/KEMENSOS",
            ("agencyCode",),
        )


def _public_jwk(jwk: dict[str, Any]) -> PublicJwk:
    path = ("publicJwk",)
    if "d" in jwk:
        raise Invalid("this is a private key: give the public one only, and make a new pair", path)
    try:
        key = ECKey.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Invalid("the public key is not a JWK of kty EC", path) from None
    if key.curve_name != "P-256":
        raise Invalid(f"the public key is on the curve {key.curve_name}: ES256 needs P-256", path)
    return dict(key.as_dict(private=False))
