"""Fetching keys: rarely, with a deadline, and without losing the known ones."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from auth.key_ring import KeyRing, RingSettings
from auth.key_sources import LARGEST_DOCUMENT, RemoteKeys
from auth.settings import ValidatorSettings
from auth.validator import Validator
from hub.domain.errors import Retriable, SetupError, Unauthenticated

ISSUER = "https://sso.example/realms/one"
KEYS = "https://sso.example/keys"


class FakeSource:
    """Publishes `keys`, or fails, or hangs until it is let go."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.fetches = 0
        self.failure: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.started = asyncio.Event()

    async def public_keys(self) -> list[dict[str, Any]]:
        self.fetches += 1
        self.started.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return [{**key.as_dict(private=False)} for key in self.keys]


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


async def test_a_flood_of_unknown_kids_fetches_once_in_a_cool_down(clock: Any) -> None:
    source = FakeSource(new_key("known"))
    ring = KeyRing(source, clock)
    found = await asyncio.gather(*(ring.find(f"unknown-{number}") for number in range(50)))
    assert found == [None] * 50
    assert source.fetches == 1
    clock.move(5)
    assert await ring.find("unknown") is None
    assert source.fetches == 2


async def test_a_new_key_is_found_after_the_cool_down(clock: Any) -> None:
    source = FakeSource(new_key("old"))
    ring = KeyRing(source, clock)
    assert await ring.find("old") is not None
    source.keys.append(new_key("new"))
    assert await ring.find("new") is None
    clock.move(5)
    assert await ring.find("new") is not None


async def test_known_keys_go_on_working_when_the_source_is_down(clock: Any) -> None:
    source = FakeSource(new_key("known"))
    ring = KeyRing(source, clock)
    known = await ring.find("known")
    source.failure = Retriable("oauth-issuer", "down", "connection refused")
    clock.move(86_400)
    assert await ring.find("known") is known
    with pytest.raises(Retriable, match="the keys of the token issuer cannot be had now; try again"):
        await ring.find("unknown")
    assert source.fetches == 2


async def test_without_any_key_the_caller_is_asked_to_try_again(clock: Any) -> None:
    source = FakeSource()
    source.failure = Retriable("oauth-issuer", "down")
    ring = KeyRing(source, clock)
    with pytest.raises(Retriable):
        await ring.find("any")
    source.failure, source.keys = None, [new_key("any")]
    clock.move(5)
    assert await ring.find("any") is not None


async def test_a_source_that_hangs_is_left_at_the_deadline(clock: Any) -> None:
    source = FakeSource()
    source.gate = asyncio.Event()
    ring = KeyRing(source, clock, RingSettings(deadline_seconds=0.01))
    with pytest.raises(Retriable) as failure:
        await ring.find("any")
    assert failure.value.detail == "no answer within 0.01 s"


async def test_while_one_request_fetches_the_others_use_the_known_key(clock: Any) -> None:
    source = FakeSource(new_key("known"))
    ring = KeyRing(source, clock)
    known = await ring.find("known")
    clock.move(300)
    source.gate = asyncio.Event()
    source.started.clear()
    fetching = asyncio.create_task(ring.find("known"))
    await source.started.wait()
    assert await ring.find("known") is known
    source.gate.set()
    assert await fetching is known


async def test_a_clock_that_is_set_back_does_not_stop_the_fetching(clock: Any) -> None:
    source = FakeSource(new_key("a"))
    ring = KeyRing(source, clock)
    await ring.find("a")
    clock.move(-3600)
    source.keys.append(new_key("b"))
    assert await ring.find("b") is not None


async def test_a_withdrawn_key_leaves_and_a_changed_one_is_replaced(clock: Any) -> None:
    source = FakeSource(new_key("a"), new_key("b"))
    ring = KeyRing(source, clock)
    before = await ring.find("b")
    source.keys = [new_key("b")]
    clock.move(300)
    after = await ring.find("b")
    assert (await ring.find("a"), after is before) == (None, False)


async def test_keys_that_cannot_verify_are_left_out_and_the_others_stay(clock: Any) -> None:
    class Mixed:
        async def public_keys(self) -> list[dict[str, Any]]:
            return [
                {"kty": "EC", "kid": "broken", "crv": "P-256", "x": "!", "y": "!"},
                {"kty": "EC", "kid": "partial"},
                {"kty": "AKP", "kid": "future"},
                {**OctKey.generate_key(256).as_dict(), "kid": "shared"},
                {**OKPKey.generate_key("Ed25519").as_dict(private=False), "kid": "edwards"},
                {**new_key("x").as_dict(private=False), "kid": "encryption", "use": "enc"},
                {**new_key("x").as_dict(private=False), "kid": 7},
                {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "rsa"},
                {**new_key("good").as_dict(private=False)},
            ]

    ring = KeyRing(Mixed(), clock)
    names = ("broken", "partial", "future", "shared", "edwards", "encryption", "rsa", "good")
    assert [name for name in names if await ring.find(name)] == ["rsa", "good"]


Pages = dict[str, tuple[int, Any]]


def remote(pages: Pages) -> RemoteKeys:
    def answer(request: httpx2.Request) -> httpx2.Response:
        status, body = pages.get(str(request.url), (404, {}))
        if isinstance(body, bytes):
            return httpx2.Response(status, content=body)
        return httpx2.Response(status, json=body, headers={"Location": KEYS})

    return RemoteKeys(ISSUER, httpx2.AsyncClient(transport=httpx2.MockTransport(answer)))


OPENID = f"{ISSUER}/.well-known/openid-configuration"
OAUTH = "https://sso.example/.well-known/oauth-authorization-server/realms/one"
GOOD: Pages = {OPENID: (200, {"issuer": ISSUER, "jwks_uri": KEYS}), KEYS: (200, {"keys": [{"kid": "1", "kty": "EC"}]})}


async def test_keys_are_found_by_openid_discovery_and_by_oauth_metadata() -> None:
    assert await remote(GOOD).public_keys() == [{"kid": "1", "kty": "EC"}]
    assert await remote({OAUTH: GOOD[OPENID], KEYS: GOOD[KEYS]}).public_keys() == [{"kid": "1", "kty": "EC"}]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({OPENID: (500, {})}, "500 Internal Server Error"),
        ({OPENID: (404, {})}, "404 Not Found"),
        ({OPENID: (302, {})}, "302 Found"),
        ({OPENID: (200, {"issuer": "https://evil.example", "jwks_uri": KEYS})}, "of the issuer https://evil.example"),
        ({OPENID: (200, {"issuer": ISSUER, "jwks_uri": "http://sso.example/keys"})}, "must be an https URL"),
        ({OPENID: (200, b"<html>")}, "JSON is malformed"),
        ({KEYS: (200, {"keys": "none"})}, "Expected `array`"),
        ({KEYS: (200, b"[" * 100_000)}, "Expected `object`"),
        ({KEYS: (200, b" " * (LARGEST_DOCUMENT + 1))}, "larger than 262144 bytes"),
        ({KEYS: (503, {})}, "503 Service Unavailable"),
    ],
)
async def test_an_issuer_that_does_not_publish_its_keys_is_tried_again_later(change: Pages, detail: str) -> None:
    with pytest.raises(Retriable, match="the token issuer does not publish its keys now") as failure:
        await remote(GOOD | change).public_keys()
    assert detail in failure.value.detail


def test_an_issuer_without_tls_is_refused_at_the_start() -> None:
    with pytest.raises(SetupError, match=r"'http://sso\.example' must be an https URL"):
        RemoteKeys("http://sso.example", httpx2.AsyncClient())


async def test_an_rs256_issuer_is_accepted_only_when_the_settings_say_so(clock: Any, forge: Callable[..., str]) -> None:
    key = RSAKey.generate_key(2048, {"kid": "rsa"})
    ring = KeyRing(FakeSource(key), clock)
    token = "Bearer " + forge(key=key, header={"alg": "RS256", "kid": "rsa"}, iss=ISSUER, aud="hub")
    strict = Validator(ring, ValidatorSettings(ISSUER, "hub"), clock)
    with pytest.raises(Unauthenticated, match="the token must be signed with ES256"):
        await strict.principal(token)
    wide = Validator(ring, ValidatorSettings(ISSUER, "hub", ("ES256", "RS256")), clock)
    assert (await wide.principal(token)).client_id == "c"
