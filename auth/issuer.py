"""The embedded OAuth issuer: input and output around the in-memory core of auth.core."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749.util import extract_basic_authorization
from joserfc import jwt
from joserfc.jwk import ECKey

from auth.claims import access_claims, known_scopes, scope_text
from auth.client_secret import NOBODYS_HASH, matches_hash
from auth.compact import read_header, read_subject
from auth.core import (
    AUTH_METHODS,
    Answer,
    KnownClient,
    TokenCore,
    allowed_scopes,
    oauth_error,
    refused_client,
)
from auth.key_sources import DatabaseKeys
from auth.settings import ALGORITHM, IssuerSettings
from auth.signing_keys import KeyVault, get_active_key
from hub.domain.errors import Invalid, NotFound
from hub.domain.principal import Scope
from hub.store.database import Session
from hub.store.oauth import OAuthClient, StoredKey, find_client, use_assertion

_HASHES_AT_ONCE = 2
_LONGEST_ASSERTION = 8192


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; `expires_in` in seconds, `scope` with spaces between the names."""

    access_token: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True)
class _Credentials:
    client_id: str
    secret: str | None


class Issuer:
    """Issues access tokens; `session` must have the owner's rights."""

    def __init__(
        self, session: Session, settings: IssuerSettings, clock: Callable[[], datetime], vault: KeyVault | None = None
    ) -> None:
        self.settings = settings
        self._session = session
        self._clock = clock
        self._vault = vault or KeyVault()
        self._public = DatabaseKeys(session, clock)
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._opened: tuple[StoredKey, ECKey] | None = None

    async def token(self, form: Mapping[str, str], authorization: str | None) -> Answer:
        """The answer of the token endpoint to a form; `authorization` is the header, if there was one."""
        if "grant_type" not in form:
            return oauth_error("invalid_request", "the form has no grant_type: send grant_type=client_credentials")
        if authorization is not None and "client_assertion" in form:
            return oauth_error("invalid_request", "authenticate in one way only: with a secret or with an assertion")
        credentials = _credentials(form, authorization)
        if credentials is None or form.get("client_id", credentials.client_id) != credentials.client_id:
            return refused_client()
        now = self._clock()
        key = await self._signing_key()
        core = TokenCore(
            self.settings,
            await self._known_client(credentials),
            lambda client, scopes: self._sign(key, client, scopes, now),
            now,
        )
        answer = core.answer(form, authorization, self.settings.token_endpoint)
        used = core.used_assertion
        if used is None or await use_assertion(self._session, used.client_id, used.jti, used.expires_at, now):
            return answer
        return refused_client("client assertion: its jti was used before, sign a new one")

    async def mint_token(self, client_id: str, scopes: Collection[str] | None = None) -> Token:
        """A token for a client without its secret, for the operator; all of the client's scopes unless some are named.

        Raises NotFound for an unknown or revoked client and Invalid for a scope that it does not have.
        """
        client = await find_client(self._session, client_id) if client_id.isprintable() else None
        if client is None:
            raise NotFound(f"there is no client {client_id!r}, or it was revoked: `slrt-hub client list` shows all")
        allowed = allowed_scopes(client)
        unfit = sorted(set(scopes or ()) - allowed)
        if unfit:
            raise Invalid(f"the client does not have {', '.join(unfit)}: choose of {scope_text(allowed)}", ("scopes",))
        granted = known_scopes(scopes) if scopes else allowed
        token = self._sign(await self._signing_key(), client, granted, self._clock())
        return Token(token, self.settings.token_seconds, scope_text(granted))

    async def jwks(self) -> dict[str, Any]:
        """The public keys that a valid token may bear."""
        return {"keys": list(await self._public.public_keys())}

    def metadata(self) -> dict[str, Any]:
        """What the issuer can do, as RFC 8414 says it."""
        return {
            "issuer": self.settings.issuer,
            "token_endpoint": self.settings.token_endpoint,
            "jwks_uri": self.settings.jwks_uri,
            "scopes_supported": sorted(Scope),
            "response_types_supported": [],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": AUTH_METHODS,
            "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        }

    async def _known_client(self, credentials: _Credentials) -> KnownClient | None:
        client = await find_client(self._session, credentials.client_id)
        if credentials.secret is None:
            return None if client is None else KnownClient(client, secret_fits=False)
        # An unknown client costs the same time as a wrong secret.
        stored = NOBODYS_HASH if client is None or client.secret_hash is None else client.secret_hash
        async with self._hashing:
            fits = await asyncio.to_thread(matches_hash, credentials.secret, stored)
        return None if client is None else KnownClient(client, fits)

    async def _signing_key(self) -> ECKey:
        stored = await get_active_key(self._session)
        if self._opened is None or self._opened[0] != stored:
            self._opened = (stored, self._vault.open(stored))
        return self._opened[1]

    def _sign(self, key: ECKey, client: OAuthClient, scopes: frozenset[Scope], now: datetime) -> str:
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
        return jwt.encode(header, access_claims(self.settings, client, scopes, now), key, algorithms=[ALGORITHM])


def _credentials(form: Mapping[str, str], authorization: str | None) -> _Credentials | None:
    """Who the request claims to be; None when it does not say so in a form that we accept."""
    if authorization is None:
        subject = _subject(form.get("client_assertion", ""))
        return None if subject is None else _Credentials(subject, None)
    try:
        client_id, secret = extract_basic_authorization({"Authorization": authorization})
    except ValueError:
        return None
    if not client_id or not secret or not _is_client_id(client_id):
        return None
    return _Credentials(client_id, secret)


def _subject(assertion: str) -> str | None:
    header = read_header(assertion) if len(assertion) <= _LONGEST_ASSERTION else None
    if header is None or header.alg != ALGORITHM:
        return None
    subject = read_subject(assertion)
    return subject if subject is not None and _is_client_id(subject) else None


def _is_client_id(text: str) -> bool:
    return len(text) <= 64 and text.isascii() and text.isprintable()
