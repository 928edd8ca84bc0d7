"""The public keys of an issuer: fetched when they are old or a token names an unknown one, never in a flood.

When the source is down, known keys go on working (fail static) and unknown ones are answered with "try again". Within
one cool-down there is at most one fetch, whatever tokens come.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from hub.domain.errors import Retriable, SourceError
from hub.store.oauth import PublicJwk

MOST_KEYS = 64
_KINDS: dict[object, type[ECKey] | type[RSAKey]] = {"EC": ECKey, "RSA": RSAKey}


class KeySource(Protocol):
    """Where the public keys of an issuer come from."""

    async def public_keys(self) -> Sequence[PublicJwk]:
        """All keys that a valid token may bear now; raises SourceError when they cannot be had."""


@dataclass(frozen=True, slots=True)
class RingSettings:
    """After how long keys are fetched again, how far apart two tries are at least, and how long one may take."""

    refresh_after: timedelta = timedelta(minutes=5)
    cool_down: timedelta = timedelta(seconds=5)
    deadline_seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """One public key; equal as long as the issuer publishes the same."""

    kid: str
    jwk: PublicJwk
    key: ECKey | RSAKey


class KeyRing:
    """The keys of one issuer as last seen."""

    def __init__(self, source: KeySource, clock: Callable[[], datetime], settings: RingSettings | None = None) -> None:
        self._source = source
        self._clock = clock
        self._settings = settings or RingSettings()
        self._keys: dict[str, VerifyingKey] = {}
        self._tried_at: datetime | None = None
        self._loaded_at: datetime | None = None
        self._failure: str | None = "not fetched yet"
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> VerifyingKey | None:
        """The key, or None when the issuer has no such key; raises Retriable when that cannot be told now."""
        known = self.known(kid, self._clock())
        if known is not None:
            return known
        await self._refresh()
        known = self._keys.get(kid)
        if known is None and self._failure is not None:
            raise Retriable("oauth-issuer", "the keys of the token issuer cannot be had now; try again", self._failure)
        return known

    def known(self, kid: str, now: datetime) -> VerifyingKey | None:
        """The key if it can be told without waiting: seen, and not old, or being fetched just now."""
        known = self._keys.get(kid)
        if known is None:
            return None
        is_fresh = self._lock.locked() or _is_within(self._loaded_at, now, self._settings.refresh_after)
        return known if is_fresh else None

    async def _refresh(self) -> None:
        async with self._lock:
            if _is_within(self._tried_at, self._clock(), self._settings.cool_down):
                return
            self._tried_at = self._clock()
            try:
                async with asyncio.timeout(self._settings.deadline_seconds):
                    published = await self._source.public_keys()
            except TimeoutError:
                self._failure = f"no answer within {self._settings.deadline_seconds} s"
            except SourceError as error:
                self._failure = error.detail or error.message
            else:
                self._keys = self._imported(published)
                self._loaded_at = self._tried_at
                self._failure = None

    def _imported(self, published: Sequence[PublicJwk]) -> dict[str, VerifyingKey]:
        keys: dict[str, VerifyingKey] = {}
        for jwk in published[:MOST_KEYS]:
            kid = jwk.get("kid")
            if not isinstance(kid, str) or kid in keys:
                continue
            before = self._keys.get(kid)
            key = before if before is not None and before.jwk == jwk else _import(kid, jwk)
            if key is not None:
                keys[kid] = key
        return keys


def _is_within(start: datetime | None, now: datetime, span: timedelta) -> bool:
    # A clock that was set back must not stretch the span.
    return start is not None and timedelta() <= now - start < span


def _import(kid: str, jwk: PublicJwk) -> VerifyingKey | None:
    kind = _KINDS.get(str(jwk.get("kty")))
    if kind is None or jwk.get("use", "sig") != "sig":
        return None
    try:
        return VerifyingKey(kid, jwk, kind.import_key(jwk))
    except (JoseError, ValueError, TypeError):
        # One key that we cannot read must not take the others away.
        return None
