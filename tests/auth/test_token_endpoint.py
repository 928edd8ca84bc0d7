"""POST /oauth/token and its neighbours, as a client meets them."""

import asyncio
import base64
import json
import logging
import socket
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import uvicorn
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from auth.clients import NewClient, revoke_client
from auth.core import Answer
from auth.issuer import Issuer
from auth.key_ring import KeyRing
from auth.key_sources import RemoteKeys
from auth.routes import LARGEST_FORM, oauth_routes
from auth.settings import IssuerSettings, ValidatorSettings
from auth.signing_keys import ensure_signing_key
from auth.validator import Validator
from hub.domain.errors import Invalid, NotFound
from hub.domain.principal import Principal, RegionRange, Role, Scope
from hub.store.oauth import find_active_key

ISSUER = "http://127.0.0.1:8000"
GRANT = {"grant_type": "client_credentials"}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def basic(client: NewClient) -> httpx2.BasicAuth:
    return httpx2.BasicAuth(client.client_id, client.client_secret or "")


def signed(assertion: str, **more: str) -> dict[str, str]:
    return {**GRANT, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, **more}


async def kid_of(jobs: Any) -> str:
    active = await find_active_key(jobs)
    assert active is not None
    return active.kid


def read(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_a_secret_buys_a_token_of_rfc_9068(
    http: httpx2.AsyncClient, analyst: NewClient, jobs: Any, clock: Any
) -> None:
    response = await http.post("/oauth/token", data=GRANT, auth=basic(analyst))
    answer = response.json()
    header, claims, _ = answer.pop("access_token").split(".")
    assert (response.status_code, answer) == (
        200,
        {"token_type": "Bearer", "expires_in": 900, "scope": "coverage:read run:read"},
    )
    assert response.headers["Cache-Control"] == "no-store"
    assert read(header) == {"alg": "ES256", "typ": "at+jwt", "kid": await kid_of(jobs)}
    content = read(claims)
    assert len(content.pop("jti")) == 22
    assert content == {
        "iss": ISSUER,
        "aud": f"{ISSUER}/graphql",
        "sub": analyst.client_id,
        "client_id": analyst.client_id,
        "iat": int(clock().timestamp()),
        "exp": int(clock().timestamp()) + 900,
        "scope": "coverage:read run:read",
        "slrt_role": "MINISTRY_ANALYST",
    }


async def test_an_assertion_buys_a_token_that_the_validator_turns_into_the_district(
    http: httpx2.AsyncClient, district: NewClient, assertion: Callable[..., str], hub_validator: Validator
) -> None:
    answer = (await http.post("/oauth/token", data=signed(assertion(), scope="registry:write"))).json()
    assert answer["scope"] == "registry:write"
    principal = await hub_validator.principal(f"Bearer {answer['access_token']}")
    assert principal == Principal(district.client_id, Role.DISTRICT_SYSTEM, frozenset({Scope.REGISTRY_WRITE}), "35.10")
    assert principal.regions == RegionRange("35.10", "35.10/")


async def test_over_real_sockets_a_hub_can_trust_another_hubs_issuer(jobs: Any, clock: Any, analyst: NewClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        await ensure_signing_key(jobs, clock())
        app = Starlette(routes=oauth_routes(Issuer(jobs, IssuerSettings(url, "hub"), clock)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with httpx2.AsyncClient(timeout=5) as client:
            token = (await client.post(f"{url}/oauth/token", data=GRANT, auth=basic(analyst))).json()["access_token"]
            remote = Validator(KeyRing(RemoteKeys(url, client), clock), ValidatorSettings(url, "hub"), clock)
            assert (await remote.principal(f"Bearer {token}")).client_id == analyst.client_id
        server.should_exit = True
        await serving


async def test_authlibs_own_client_code_signs_what_the_issuer_accepts(
    jobs: Any, district: NewClient, client_key: ECKey, issuer: Issuer, clock: Any
) -> None:
    jwt_text = private_key_jwt_sign(
        client_key, district.client_id, ISSUER, alg="ES256", issued_at=int(clock().timestamp()), expires_in=60
    )
    answer = await issuer.token(signed(jwt_text), None)
    assert answer.status == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({**GRANT, "scope": "run:write"}, 400, "invalid_scope"),
        ({**GRANT, "scope": "run:read nonsense"}, 400, "invalid_scope"),
        ({**GRANT, "scope": "   "}, 400, "invalid_scope"),
        ({**GRANT, "client_assertion": "x"}, 400, "invalid_request"),
        ({**GRANT, "client_id": "somebody-else"}, 401, "invalid_client"),
    ],
)
async def test_a_known_client_with_a_wrong_form_is_refused(
    http: httpx2.AsyncClient, analyst: NewClient, form: dict[str, str], status: int, error: str
) -> None:
    response = await http.post(
        "/oauth/token",
        data=form or None,
        auth=basic(analyst),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_refused_scope_is_answered_with_the_allowed_ones(http: httpx2.AsyncClient, analyst: NewClient) -> None:
    response = await http.post("/oauth/token", data={**GRANT, "scope": "run:write"}, auth=basic(analyst))
    assert response.json()["error_description"] == "this client may ask for: coverage:read run:read"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b"nobody:secret").decode(),
        "Basic " + base64.b64encode(b"no\x00body:secret").decode(),
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic ID:wrong",
        "Basic ID:",
        "Basic DISTRICT:secret",
        "Bearer abc",
    ],
)
async def test_who_does_not_authenticate_gets_401_and_learns_nothing(
    http: httpx2.AsyncClient, analyst: NewClient, district: NewClient, header: str | None
) -> None:
    if header is not None and (":" in header):
        pair = header.removeprefix("Basic ").replace("ID", analyst.client_id).replace("DISTRICT", district.client_id)
        header = "Basic " + base64.b64encode(pair.encode()).decode()
    response = await http.post("/oauth/token", data=GRANT, headers={} if header is None else {"Authorization": header})
    assert response.status_code == 401
    assert response.json() == {
        "error": "invalid_client",
        "error_description": "the client is unknown, or its secret or key does not fit",
    }
    assert response.headers["WWW-Authenticate"] == 'Basic realm="slrt-hub", charset="UTF-8"'


SAYS = "client assertion: "
REFUSED = "the client is unknown, or its secret or key does not fit"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "https://elsewhere.example"}, SAYS + "Invalid claim: 'aud'"),
        ({"aud": None}, SAYS + "Missing claim: 'aud'"),
        ({"exp": 0}, SAYS + "The token is expired"),
        ({"exp": None}, SAYS + "Missing claim: 'exp'"),
        ({"exp": 99_999_999_999}, SAYS + "exp is more than 0:10:00 ahead"),
        ({"nbf": 99_999_999_999}, SAYS + "The token is not yet valid"),
        ({"jti": None}, SAYS + "Missing claim: 'jti'"),
        ({"jti": 7}, SAYS + "Claim 'jti' must be a string"),
        ({"jti": "x" * 256}, SAYS + "jti must be at most 255 printable ASCII characters"),
        ({"jti": "\x00"}, SAYS + "jti must be at most 255 printable ASCII characters"),
        ({"iss": "somebody"}, SAYS + "Invalid claim: 'iss'"),
        ({"iss": None}, SAYS + "Missing claim: 'iss'"),
        ({"sub": None}, REFUSED),
        ({"sub": 7}, REFUSED),
        ({"sub": "nobody"}, REFUSED),
        ({"sub": "\x00"}, REFUSED),
    ],
)
async def test_an_assertion_that_does_not_hold_is_refused(
    http: httpx2.AsyncClient, assertion: Callable[..., str], changes: dict[str, Any], reason: str
) -> None:
    response = await http.post("/oauth/token", data=signed(assertion(**changes)))
    assert response.status_code == 401
    assert response.json() == {"error": "invalid_client", "error_description": reason}


async def test_an_assertion_by_another_key_or_algorithm_is_refused(
    issuer: Issuer, assertion: Callable[..., str], client_key: ECKey, district: NewClient
) -> None:
    stranger = assertion(key=ECKey.generate_key("P-256"))
    unsigned = ".".join([*_unsigned(assertion()), ""])
    tampered = assertion()[:-8] + "AAAAAAAA"
    deep = "e30." + base64.urlsafe_b64encode(b"[" * 9000).decode().rstrip("=") + ".x"
    for text in (stranger, unsigned, tampered, deep, "a.b.c", "x" * 20_000, "é"):
        answer = await issuer.token(signed(text), None)
        assert (answer.status, answer.body["error_description"]) == (401, REFUSED), text[:40]
    wrong_type = await issuer.token({**signed(assertion()), "client_assertion_type": "other"}, None)
    assert wrong_type.status == 401


@pytest.mark.parametrize("name", ["alg", "typ", "kid", "crit", "b64", "jwk", "x5c", "x5t", "cty", "zip", "enc"])
async def test_an_assertion_with_an_odd_header_is_refused_and_never_a_crash(
    issuer: Issuer, assertion: Callable[..., str], name: str
) -> None:
    _, claims, signature = assertion().split(".")
    odd: list[Any] = [1, [], {}, "x", ["exp"], {"a": 1}, True, -1.5, "\ud800", "\x00"]
    for value in odd:
        header = base64.urlsafe_b64encode(json.dumps({"alg": "ES256", name: value}).encode()).decode().rstrip("=")
        answer = await issuer.token(signed(f"{header}.{claims}.{signature}"), None)
        assert (answer.status, answer.body["error_description"]) == (401, REFUSED)


def _unsigned(assertion: str) -> tuple[str, str]:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return header, assertion.split(".")[1]


async def test_a_client_with_a_secret_cannot_use_an_assertion_nor_the_other_way_round(
    issuer: Issuer, analyst: NewClient, assertion: Callable[..., str]
) -> None:
    answer = await issuer.token(signed(assertion(sub=analyst.client_id, iss=analyst.client_id)), None)
    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


async def test_an_assertion_works_once_even_when_its_first_use_was_in_vain(
    issuer: Issuer, assertion: Callable[..., str]
) -> None:
    in_vain = await issuer.token(signed(assertion(), scope="run:approve"), None)
    assert (in_vain.status, in_vain.body["error"]) == (400, "invalid_scope")
    again = await issuer.token(signed(assertion()), None)
    assert (again.status, again.body["error_description"]) == (
        401,
        "client assertion: its jti was used before, sign a new one",
    )
    assert (await issuer.token(signed(assertion(jti="two")), None)).status == 200


async def test_of_eight_uses_at_once_one_wins(issuer: Issuer, assertion: Callable[..., str]) -> None:
    text = assertion()
    answers: list[Answer] = await asyncio.gather(*(issuer.token(signed(text), None) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 7


async def test_used_assertions_are_forgotten_after_they_expire(
    issuer: Issuer, jobs: Any, assertion: Callable[..., str], clock: Any
) -> None:
    await issuer.token(signed(assertion(jti="old")), None)
    clock.move(121)
    await issuer.token(signed(assertion(jti="new")), None)
    async with jobs.connection() as connection:
        assert [row["jti"] for row in await connection.fetch("select jti from used_assertion")] == ["new"]


async def test_a_revoked_client_gets_no_token(
    issuer: Issuer, http: httpx2.AsyncClient, jobs: Any, analyst: NewClient, clock: Any
) -> None:
    await revoke_client(jobs, analyst.client_id, clock())
    assert (await http.post("/oauth/token", data=GRANT, auth=basic(analyst))).status_code == 401
    with pytest.raises(NotFound, match=r"or it was revoked"):
        await issuer.mint_token(analyst.client_id)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json", 400),
        (b"grant_type=client_credentials&grant_type=password", "application/x-www-form-urlencoded", 400),
        (b"grant_type=%ff", "application/x-www-form-urlencoded", 400),
        (b"grant_type=\xff", "application/x-www-form-urlencoded", 400),
        (b"a=1&" * 21, "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * LARGEST_FORM, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_a_body_that_is_no_small_form_is_refused(
    http: httpx2.AsyncClient, body: bytes, content_type: str, status: int
) -> None:
    response = await http.post("/oauth/token", content=body, headers={"Content-Type": content_type})
    assert (response.status_code, response.json()["error"]) == (status, "invalid_request")


async def test_no_log_line_holds_a_secret_an_assertion_or_a_token(
    http: httpx2.AsyncClient,
    analyst: NewClient,
    assertion: Callable[..., str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    one = (await http.post("/oauth/token", data=GRANT, auth=basic(analyst))).json()["access_token"]
    text = assertion()
    two = (await http.post("/oauth/token", data=signed(text))).json()["access_token"]
    await http.post("/oauth/token", data=GRANT, auth=(analyst.client_id, "wrong-secret"))
    for hidden in (one, two, text, analyst.client_secret, "wrong-secret"):
        assert hidden not in caplog.text
    assert analyst.client_secret not in repr(analyst)


async def test_the_metadata_leads_to_the_endpoints_and_keys(http: httpx2.AsyncClient, jobs: Any) -> None:
    metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == ISSUER
    assert metadata["token_endpoint"] == f"{ISSUER}/oauth/token"
    assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "private_key_jwt"]
    keys = (await http.get(metadata["jwks_uri"])).json()["keys"]
    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]
    assert keys[0]["kid"] == await kid_of(jobs)


async def test_the_operator_mints_the_same_token_without_the_secret(
    issuer: Issuer, analyst: NewClient, jobs: Any, hub_validator: Validator
) -> None:
    token = await issuer.mint_token(analyst.client_id, ["run:read"])
    assert (token.expires_in, token.scope) == (900, "run:read")
    assert read(token.access_token.split(".")[0]) == {"alg": "ES256", "typ": "at+jwt", "kid": await kid_of(jobs)}
    principal = await hub_validator.principal(f"Bearer {token.access_token}")
    assert principal == Principal(analyst.client_id, Role.MINISTRY_ANALYST, frozenset({Scope.RUN_READ}))


async def test_the_operator_cannot_mint_what_the_client_does_not_have(issuer: Issuer, analyst: NewClient) -> None:
    with pytest.raises(
        Invalid, match=r"the client does not have nonsense, run:write: choose of coverage:read run:read"
    ):
        await issuer.mint_token(analyst.client_id, ["run:write", "nonsense"])
