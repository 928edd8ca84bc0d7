"""What stands in an access token (RFC 9068), written and read: a client's grant to claims, claims to a Principal."""

import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from auth.settings import IssuerSettings
from hub.domain.casework import is_agency_of
from hub.domain.errors import Unauthenticated
from hub.domain.principal import BOUND_TO_A_REGENCY, SCOPES_OF_ROLE, Principal, Role, Scope
from hub.store.oauth import OAuthClient

ROLE_CLAIM = "slrt_role"
REGENCY_CLAIM = "slrt_regency"
AGENCY_CLAIM = "slrt_agency"
REQUIRED_CLAIMS = ("iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope", ROLE_CLAIM)

_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}")
_REGENCY = re.compile(r"[0-9]{2}\.[0-9]{2}")


def access_claims(
    settings: IssuerSettings, client: OAuthClient, scopes: frozenset[Scope], now: datetime
) -> dict[str, Any]:
    """The claims of a new access token for a client."""
    issued_at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": settings.issuer,
        "aud": settings.audience,
        "sub": client.client_id,
        "client_id": client.client_id,
        "iat": issued_at,
        "exp": issued_at + settings.token_seconds,
        "jti": secrets.token_urlsafe(16),
        "scope": scope_text(scopes),
        ROLE_CLAIM: client.role.value,
    }
    if client.regency_code is not None:
        claims[REGENCY_CLAIM] = client.regency_code
    if client.agency_code is not None:
        claims[AGENCY_CLAIM] = client.agency_code
    return claims


def principal_of(claims: dict[str, Any]) -> Principal:
    """Who the claims of a verified token speak for; raises Unauthenticated when they do not fit together."""
    client_id = claims.get("client_id")
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        raise Unauthenticated("the token's client_id is not a client identifier")
    try:
        role = Role(str(claims.get(ROLE_CLAIM)))
    except ValueError:
        raise Unauthenticated(f"the token's {ROLE_CLAIM} must be one of {', '.join(Role)}") from None
    scope = claims.get("scope")
    if not isinstance(scope, str):
        raise Unauthenticated("the token's scope is not text")
    regency = _regency(role, claims)
    scopes = known_scopes(scope.split()) & SCOPES_OF_ROLE[role]
    return Principal(client_id, role, scopes, regency, _agency(role, regency, claims))


def known_scopes(names: Collection[str]) -> frozenset[Scope]:
    """The scopes among the names; others are dropped."""
    return frozenset(scope for scope in Scope if scope in names)


def scope_text(scopes: Iterable[Scope]) -> str:
    """Scopes as OAuth writes them: sorted, with spaces between."""
    return " ".join(sorted(scope.value for scope in scopes))


def _regency(role: Role, claims: dict[str, Any]) -> str | None:
    regency = claims.get(REGENCY_CLAIM)
    if role not in BOUND_TO_A_REGENCY:
        if regency is not None:
            raise Unauthenticated(f"a token of role {role} must have no {REGENCY_CLAIM}")
        return None
    if not isinstance(regency, str) or not _REGENCY.fullmatch(regency):
        raise Unauthenticated(f"a token of role {role} must name its regency in {REGENCY_CLAIM}, such as 35.10")
    return regency


def _agency(role: Role, regency: str | None, claims: dict[str, Any]) -> str | None:
    agency = claims.get(AGENCY_CLAIM)
    if agency is None:
        return None
    if not isinstance(agency, str) or not is_agency_of(role, regency, agency):
        raise Unauthenticated(
            f"the token's {AGENCY_CLAIM} is not the code of an agency that a {role} can work for here"
        )
    return agency
