"""The resource server's side: from an Authorization header to a Principal.

Order of checks: form and size, header (type, algorithm, no key of its own, known kid), signature, claims, role. A
verified token is remembered until it expires or its key leaves the issuer's key set. A revoked client's token works
until it expires: see auth.clients.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError

from auth.claims import REQUIRED_CLAIMS, principal_of
from auth.compact import Header, read_header
from auth.key_ring import KeyRing, VerifyingKey
from auth.settings import ValidatorSettings
from hub.domain.errors import Unauthenticated
from hub.domain.principal import Principal

LARGEST_TOKEN = 8192
_TRUSTED_FOR = timedelta(seconds=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Verified:
    principal: Principal
    key: VerifyingKey
    expires_at: float
    looked_at: datetime = _NEVER
    """When it was last held against the clock and the issuer's keys: not again in the same second."""
    trusted_until: datetime = _NEVER


class Validator:
    """Checks access tokens of one issuer."""

    def __init__(self, ring: KeyRing, settings: ValidatorSettings, clock: Callable[[], datetime]) -> None:
        self._ring = ring
        self._settings = settings
        self._clock = clock
        self._verified: OrderedDict[str, _Verified] = OrderedDict()
        """By the header that brought the token: a digest of it costs more than all else that a known token needs."""

    async def principal(self, authorization_header: str | None) -> Principal:
        """Who calls; raises Unauthenticated, or Retriable when the issuer's keys cannot be had now."""
        known = self.known(authorization_header)
        if known is not None:
            return known
        token = _bearer(authorization_header)
        header = authorization_header or ""
        verified = await self._remembered(header) or await self._verify(token)
        self._remember(header, verified)
        return verified.principal

    def known(self, authorization_header: str | None) -> Principal | None:
        """Who calls, if the token was seen before and is still good; it is told without waiting."""
        header = authorization_header or ""
        verified = self._verified.get(header)
        if verified is None:
            return None
        now = self._clock()
        if not verified.looked_at <= now < verified.trusted_until:
            if not self._is_good(verified, now):
                return None
            verified.looked_at, verified.trusted_until = now, now + _TRUSTED_FOR
            self._verified.move_to_end(header)
        return verified.principal

    def _is_good(self, verified: _Verified, now: datetime) -> bool:
        """Whether a token can be let through without asking for the issuer's keys again."""
        return now.timestamp() < verified.expires_at and self._ring.known(verified.key.kid, now) is verified.key

    async def _remembered(self, header: str) -> _Verified | None:
        verified = self._verified.get(header)
        if verified is None:
            return None
        if self._clock().timestamp() < verified.expires_at:
            key = await self._ring.find(verified.key.kid)
            if key is verified.key:
                return verified
        self._verified.pop(header, None)
        return None

    def _remember(self, header: str, verified: _Verified) -> None:
        self._verified[header] = verified
        self._verified.move_to_end(header)
        while len(self._verified) > self._settings.cached_tokens:
            self._verified.popitem(last=False)

    async def _verify(self, token: str) -> _Verified:
        kid = self._checked_kid(read_header(token))
        key = await self._ring.find(kid)
        if key is None:
            raise Unauthenticated("the token is signed with a key that the issuer does not publish")
        try:
            claims = jwt.decode(token, key.key, algorithms=list(self._settings.algorithms)).claims
        except (JoseError, ValueError, RecursionError):
            raise Unauthenticated("the token was changed, or is not of this issuer") from None
        self._check_claims(claims)
        return _Verified(principal_of(claims), key, claims["exp"])

    def _checked_kid(self, header: Header | None) -> str:
        if header is None:
            raise Unauthenticated("the token is not a signed JWT")
        if header.alg not in self._settings.algorithms:
            raise Unauthenticated(f"the token must be signed with {' or '.join(self._settings.algorithms)}")
        if (header.typ or "").lower().removeprefix("application/") != "at+jwt":
            raise Unauthenticated("this is not an access token: its typ must be at+jwt")
        if header.brings_a_key:
            raise Unauthenticated("the token must not bring a key of its own")
        if not header.kid:
            raise Unauthenticated("the token does not say which key signed it: its kid is missing")
        return header.kid

    def _check_claims(self, claims: dict[str, Any]) -> None:
        settings = self._settings
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=settings.leeway_seconds,
            **{claim: jwt.ClaimsOption(essential=True) for claim in REQUIRED_CLAIMS},
        )
        registry.options["iss"] = {"essential": True, "value": settings.issuer}
        registry.options["aud"] = {"essential": True, "value": settings.audience}
        try:
            registry.validate(claims)
        except ExpiredTokenError:
            raise Unauthenticated("the token has expired: get a new one") from None
        except MissingClaimError as error:
            raise Unauthenticated(f"the token lacks a claim: {error.description}") from None
        except InvalidClaimError as error:
            raise Unauthenticated(f"the token is not for this hub or not for now: {error.description}") from None


def _bearer(header: str | None) -> str:
    if not header:
        raise Unauthenticated("no token came with the request: send the header Authorization: Bearer TOKEN")
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("the Authorization header must be: Bearer TOKEN")
    if len(token) > LARGEST_TOKEN:
        raise Unauthenticated(f"the token is longer than {LARGEST_TOKEN} characters")
    if not token.isascii():
        raise Unauthenticated("the token is not a signed JWT")
    return token
