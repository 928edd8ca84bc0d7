"""An issuer and a validator of the same database, on a clock that tests move."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from auth.clients import ClientDraft, NewClient, add_client
from auth.issuer import Issuer
from auth.key_ring import KeyRing
from auth.key_sources import DatabaseKeys
from auth.routes import oauth_routes
from auth.settings import IssuerSettings, ValidatorSettings
from auth.signing_keys import ensure_signing_key
from auth.validator import Validator
from hub.domain.principal import Scope
from hub.store.database import Database

ISSUER = "http://127.0.0.1:8000"
AUDIENCE = "http://127.0.0.1:8000/graphql"


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def jobs(database: Database) -> Any:
    """The owner's session."""
    return database.jobs


@pytest.fixture
def issuer_settings() -> IssuerSettings:
    return IssuerSettings(ISSUER, AUDIENCE)


@pytest.fixture
async def issuer(jobs: Any, clock: MovableClock, issuer_settings: IssuerSettings) -> Issuer:
    await ensure_signing_key(jobs, clock())
    return Issuer(jobs, issuer_settings, clock)


@pytest.fixture
async def http(issuer: Issuer) -> AsyncIterator[httpx2.AsyncClient]:
    """The issuer's endpoints, in this process."""
    transport = httpx2.ASGITransport(Starlette(routes=oauth_routes(issuer)))
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield client


@pytest.fixture
def hub_validator(jobs: Any, clock: MovableClock) -> Validator:
    """Trusts the issuer of this database."""
    return Validator(KeyRing(DatabaseKeys(jobs, clock), clock), ValidatorSettings(ISSUER, AUDIENCE), clock)


@pytest.fixture
def token_key() -> ECKey:
    """The private key of an issuer that signs whatever a test wants."""
    return ECKey.generate_key("P-256", auto_kid=True)


@pytest.fixture
def ring(token_key: ECKey, clock: MovableClock) -> KeyRing:
    class Published:
        async def public_keys(self) -> list[dict[str, Any]]:
            return [dict(token_key.as_dict(private=False))]

    return KeyRing(Published(), clock)


@pytest.fixture
def validator(ring: KeyRing, clock: MovableClock) -> Validator:
    """Trusts the issuer that signs whatever a test wants."""
    return Validator(ring, ValidatorSettings(ISSUER, AUDIENCE), clock)


@pytest.fixture
async def analyst(jobs: Any, clock: MovableClock) -> NewClient:
    """A ministry analyst with a secret and two scopes."""
    draft = ClientDraft("Ministry", "MINISTRY_ANALYST", [Scope.RUN_READ, Scope.COVERAGE_READ])
    return await add_client(jobs, draft, clock())


@pytest.fixture
def client_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


@pytest.fixture
async def district(jobs: Any, clock: MovableClock, client_key: ECKey) -> NewClient:
    """The system of Banyuwangi, which signs assertions."""
    draft = ClientDraft(
        "Banyuwangi",
        "DISTRICT_SYSTEM",
        [Scope.REGISTRY_WRITE, Scope.REGISTRY_READ],
        regency_code="35.10",
        public_jwk=dict(client_key.as_dict(private=False)),
    )
    return await add_client(jobs, draft, clock())


@pytest.fixture
def assertion(clock: MovableClock, district: NewClient, client_key: ECKey) -> Callable[..., str]:
    """Makes assertions of the district; a claim given as None is left out."""

    def make(key: ECKey = client_key, alg: str = "ES256", **changes: Any) -> str:
        claims = {
            "iss": district.client_id,
            "sub": district.client_id,
            "aud": f"{ISSUER}/oauth/token",
            "exp": int(clock().timestamp()) + 60,
            "jti": "one",
        } | changes
        return jwt.encode({"alg": alg}, {name: value for name, value in claims.items() if value is not None}, key)

    return make


@pytest.fixture
def forge(clock: MovableClock, token_key: ECKey) -> Callable[..., str]:
    """Makes tokens; `header` and claims given as None are left out."""

    def make(key: Any = token_key, header: dict[str, Any] | None = None, **changes: Any) -> str:
        now = int(clock().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "c",
            "client_id": "c",
            "iat": now,
            "exp": now + 900,
            "jti": "j",
            "scope": "run:read",
            "slrt_role": "MINISTRY_ANALYST",
        } | changes
        full = {"alg": "ES256", "typ": "at+jwt", "kid": token_key.kid} | (header or {})
        return jwt.encode(
            {name: value for name, value in full.items() if value is not None},
            {name: value for name, value in claims.items() if value is not None},
            key,
            algorithms=[str(full["alg"])],
            default_type=None,
        )

    return make
