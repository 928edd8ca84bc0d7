"""Where public keys come from: our own database, or another issuer by discovery."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import httpx2
import msgspec

from auth.settings import require_secure
from auth.signing_keys import STILL_PUBLISHED
from hub.domain.errors import Retriable, SetupError
from hub.store.database import Session
from hub.store.oauth import PublicJwk, list_public_keys

LARGEST_DOCUMENT = 256 * 1024


class DatabaseKeys:
    """The keys of the embedded issuer; needs a session with the owner's rights."""

    def __init__(self, session: Session, clock: Callable[[], datetime]) -> None:
        self._session = session
        self._clock = clock

    async def public_keys(self) -> Sequence[PublicJwk]:
        """The active key and those whose tokens may still be valid."""
        return await list_public_keys(self._session, self._clock() - STILL_PUBLISHED)


class _Discovery(msgspec.Struct):
    issuer: str
    jwks_uri: str


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


class RemoteKeys:
    """The keys of any OpenID Connect or OAuth issuer, by its discovery document; the client bounds each request."""

    def __init__(self, issuer: str, client: httpx2.AsyncClient) -> None:
        require_secure(issuer)
        self._issuer = issuer
        self._client = client

    async def public_keys(self) -> Sequence[PublicJwk]:
        """The issuer's key set as published now; raises Retriable."""
        try:
            discovery = await self._discover()
            require_secure(discovery.jwks_uri)
            return msgspec.json.decode(await self._get(discovery.jwks_uri), type=_KeySet).keys
        except (httpx2.HTTPError, httpx2.InvalidURL, SetupError, ValueError, RecursionError) as error:
            raise Retriable("oauth-issuer", "the token issuer does not publish its keys now", repr(error)) from error

    async def _discover(self) -> _Discovery:
        try:
            document = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != httpx2.codes.NOT_FOUND:
                raise
            document = await self._get(self._rfc8414_url())
        discovery = msgspec.json.decode(document, type=_Discovery)
        if discovery.issuer != self._issuer:
            raise ValueError(f"the document is of the issuer {discovery.issuer}")
        return discovery

    def _rfc8414_url(self) -> str:
        url = httpx2.URL(self._issuer)
        return str(url.copy_with(path=f"/.well-known/oauth-authorization-server{url.path.rstrip('/')}"))

    async def _get(self, url: str) -> bytes:
        document = bytearray()
        async with self._client.stream("GET", url, follow_redirects=False) as response:
            response.raise_for_status()
            async for part in response.aiter_bytes():
                document += part
                if len(document) > LARGEST_DOCUMENT:
                    raise ValueError(f"the document is larger than {LARGEST_DOCUMENT} bytes")
        return bytes(document)
