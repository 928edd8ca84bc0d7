"""What the resource server accepts, and all that it refuses."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from auth.claims import principal_of
from auth.clients import NewClient, revoke_client
from auth.compact import read_header
from auth.issuer import Issuer
from auth.key_ring import KeyRing
from auth.settings import ValidatorSettings
from auth.signing_keys import rotate_signing_key, withdraw_signing_key
from auth.validator import Validator
from hub.domain.errors import Unauthenticated
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role, Scope

ISSUER = "http://127.0.0.1:8000"
AUDIENCE = "http://127.0.0.1:8000/graphql"
NO_ACCESS_TOKEN = "this is not an access token: its typ must be at+jwt"
WRONG_ALGORITHM = "the token must be signed with ES256"
NO_TOKEN = "the token is not a signed JWT"
CHANGED = "the token was changed, or is not of this issuer"
NOT_HERE = "the token is not for this hub or not for now: "
LACKS = "the token lacks a claim: Missing claim: "


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "no token came with the request: send the header Authorization: Bearer TOKEN"),
        ("", "no token came with the request: send the header Authorization: Bearer TOKEN"),
        ("Bearer", "the Authorization header must be: Bearer TOKEN"),
        ("Bearer  ", "the Authorization header must be: Bearer TOKEN"),
        ("Basic YTpi", "the Authorization header must be: Bearer TOKEN"),
        ("Bearer nonsense", "the token is not a signed JWT"),
        ("Bearer a.b", "the token is not a signed JWT"),
        ("Bearer a.b.c", "the token is not a signed JWT"),
        ("Bearer é.b.c", "the token is not a signed JWT"),
        ("Bearer " + "x" * 8193, "the token is longer than 8192 characters"),
    ],
)
async def test_a_header_without_a_token_is_refused(validator: Validator, header: str | None, message: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await validator.principal(header)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("header", "claims", "message"),
    [
        ({"typ": "JWT"}, {}, NO_ACCESS_TOKEN),
        ({"typ": None}, {}, NO_ACCESS_TOKEN),
        ({"kid": None}, {}, "the token does not say which key signed it: its kid is missing"),
        ({"kid": "other"}, {}, "the token is signed with a key that the issuer does not publish"),
        ({"jku": "https://evil.example/keys"}, {}, "the token must not bring a key of its own"),
        ({}, {"iss": "https://evil.example"}, NOT_HERE + "Invalid claim: 'iss'"),
        ({}, {"aud": "https://other.example"}, NOT_HERE + "Invalid claim: 'aud'"),
        ({}, {"aud": []}, NOT_HERE + "Invalid claim: 'aud'"),
        ({}, {"exp": 1}, "the token has expired: get a new one"),
        ({}, {"exp": "tomorrow"}, NOT_HERE + "Claim 'exp' must be a NumericDate value"),
        ({}, {"exp": float("nan")}, NOT_HERE + "Claim 'exp' must be a NumericDate value"),
        ({}, {"nbf": 99_999_999_999}, NOT_HERE + "The token is not yet valid"),
        ({}, {"iat": 99_999_999_999}, NOT_HERE + "The token was issued in the future"),
        ({}, {"iss": None}, LACKS + "'iss'"),
        ({}, {"aud": None}, LACKS + "'aud'"),
        ({}, {"exp": None}, LACKS + "'exp'"),
        ({}, {"sub": None}, LACKS + "'sub'"),
        ({}, {"iat": None}, LACKS + "'iat'"),
        ({}, {"jti": None}, LACKS + "'jti'"),
        ({}, {"scope": None}, LACKS + "'scope'"),
        ({}, {"client_id": None}, LACKS + "'client_id'"),
        ({}, {"slrt_role": None}, LACKS + "'slrt_role'"),
        ({}, {"client_id": "a\x00b"}, "the token's client_id is not a client identifier"),
        ({}, {"client_id": 7}, "the token's client_id is not a client identifier"),
        ({}, {"scope": ["run:read"]}, "the token's scope is not text"),
        (
            {},
            {"slrt_role": "KING"},
            "the token's slrt_role must be one of MINISTRY_ANALYST, DISTRICT_OFFICER, DISTRICT_SYSTEM, PARTNER_APP, ROUTER",
        ),
        (
            {},
            {"slrt_role": "DISTRICT_OFFICER"},
            "a token of role DISTRICT_OFFICER must name its regency in slrt_regency, such as 35.10",
        ),
        (
            {},
            {"slrt_role": "DISTRICT_SYSTEM", "slrt_regency": "3"},
            "a token of role DISTRICT_SYSTEM must name its regency in slrt_regency, such as 35.10",
        ),
        (
            {},
            {"slrt_regency": "35.10"},
            "a token of role MINISTRY_ANALYST must have no slrt_regency",
        ),
        (
            {},
            {"slrt_agency": "35.10/DPMD"},
            "the token's slrt_agency is not the code of an agency that a MINISTRY_ANALYST can work for here",
        ),
    ],
)
async def test_a_token_by_the_right_key_with_wrong_content_is_refused(
    validator: Validator, forge: Callable[..., str], header: dict[str, Any], claims: dict[str, Any], message: str
) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await validator.principal("Bearer " + forge(header=header, **claims))
    assert refusal.value.message == message


async def test_a_token_without_a_signature_or_by_another_key_or_algorithm_is_refused(
    validator: Validator, forge: Callable[..., str], token_key: ECKey
) -> None:
    good = forge()
    _, claims, signature = good.split(".")
    kid = token_key.kid
    stranger = ECKey.generate_key("P-256")
    hs256_input = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': kid})}.{claims}"
    hs256_tag = hmac.digest(token_key.as_pem(private=False), hs256_input.encode(), "sha256")
    hs256 = f"{hs256_input}.{base64.urlsafe_b64encode(hs256_tag).decode().rstrip('=')}"
    wider = part(json.loads(base64.urlsafe_b64decode(claims + "==")) | {"scope": "run:approve"})
    for token, message in (
        (f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': kid})}.{claims}.", WRONG_ALGORITHM),
        (f"{part({'alg': 'None', 'typ': 'at+jwt', 'kid': kid})}.{claims}.{signature}", WRONG_ALGORITHM),
        (hs256, WRONG_ALGORITHM),
        (forge(key=stranger), CHANGED),
        (
            forge(key=stranger, header={"jwk": stranger.as_dict(private=False)}),
            "the token must not bring a key of its own",
        ),
        (f"{good.split('.')[0]}.{wider}.{signature}", CHANGED),
        (f"{good.split('.')[0]}.{claims}.", CHANGED),
        (f"{good[:-6]}AAAAAA", CHANGED),
        (
            f"{part({'alg': 'ES256', 'typ': 'at+jwt', 'kid': kid, 'crit': ['x'], 'x': 1})}.{claims}.{signature}",
            NO_TOKEN,
        ),
        (f"{part([[]] * 200)}.{claims}.{signature}", NO_TOKEN),
    ):
        with pytest.raises(Unauthenticated) as refusal:
            await validator.principal(f"Bearer {token}")
        assert refusal.value.message == message
        assert token not in repr(refusal.value)


ODD: list[Any] = [None, 1, [], {}, "x", ["exp"], {"a": 1}, True, -1.5, "\ud800", "\x00"]
NAMES = ["alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5c", "x5u", "x5t", "cty", "zip", "enc"]


@pytest.mark.parametrize("name", NAMES)
async def test_an_odd_header_is_refused_as_unauthenticated_and_never_a_crash(
    validator: Validator, forge: Callable[..., str], token_key: ECKey, name: str
) -> None:
    claims = forge().split(".")[1]
    for value in ODD:
        header = {"alg": "ES256", "typ": "at+jwt", "kid": token_key.kid, name: value}
        with pytest.raises(Unauthenticated):
            await validator.principal(f"Bearer {part(header)}.{claims}.AAAA")


def test_a_header_name_written_with_escapes_is_seen_all_the_same() -> None:
    for name in (r"cr\u0069t", r"\u0063rit"):
        text = '{"alg":"ES256","NAME":["x"]}'.replace("NAME", name)
        assert read_header(f"{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}.e30.x") is None


@given(st.text(st.characters(max_codepoint=255), max_size=80) | st.text("aZ0-_.=", max_size=80))
def test_any_text_is_no_header_of_ours(text: str) -> None:
    assert read_header(text) is None


async def test_leeway_forgives_a_minute_and_no_more(ring: KeyRing, forge: Callable[..., str], clock: Any) -> None:
    validator = Validator(ring, ValidatorSettings(ISSUER, AUDIENCE, leeway_seconds=60), clock)
    token = forge()
    clock.move(900 + 59)
    assert (await validator.principal(f"Bearer {token}")).client_id == "c"
    clock.move(1)
    with pytest.raises(Unauthenticated, match="the token has expired"):
        await validator.principal(f"Bearer {token}")


async def test_a_remembered_token_never_outlives_its_expiry(
    validator: Validator, forge: Callable[..., str], clock: Any
) -> None:
    token = forge()
    await validator.principal(f"Bearer {token}")
    clock.move(930)
    with pytest.raises(Unauthenticated, match="the token has expired"):
        await validator.principal(f"Bearer {token}")


async def test_a_token_is_verified_once_and_then_remembered(
    validator: Validator, forge: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    header = f"Bearer {forge()}"
    first = await validator.principal(header)
    monkeypatch.setattr("auth.validator.jwt.decode", None)
    assert await validator.principal(header) is first


async def test_a_token_is_held_against_the_clock_and_the_keys_again_after_a_second_and_when_the_clock_was_set_back(
    hub_validator: Validator, issuer: Issuer, jobs: Any, analyst: NewClient, clock: Any
) -> None:
    token = f"Bearer {(await issuer.mint_token(analyst.client_id)).access_token}"
    for _ in range(2):
        await hub_validator.principal(token)
    await withdraw_signing_key(jobs, clock())
    clock.move(301)
    for moved in (0, 1, -500):
        clock.move(moved)
        with pytest.raises(Unauthenticated, match="a key that the issuer does not publish"):
            await hub_validator.principal(token)


async def test_the_memory_of_tokens_is_bounded_and_forgets_the_least_used(
    ring: KeyRing, forge: Callable[..., str], clock: Any
) -> None:
    validator = Validator(ring, ValidatorSettings(ISSUER, AUDIENCE, cached_tokens=2), clock)
    first, second, third = (f"Bearer {forge(jti=str(number))}" for number in range(3))
    kept = await validator.principal(first)
    dropped = await validator.principal(second)
    assert await validator.principal(first) is kept
    await validator.principal(third)
    assert await validator.principal(first) is kept
    assert await validator.principal(second) is not dropped


async def test_after_a_rotation_old_tokens_work_until_they_expire_and_new_ones_at_once(
    hub_validator: Validator, issuer: Issuer, jobs: Any, analyst: NewClient, clock: Any
) -> None:
    old = await issuer.mint_token(analyst.client_id)
    await hub_validator.principal(f"Bearer {old.access_token}")
    clock.move(10)
    await rotate_signing_key(jobs, clock())
    new = await issuer.mint_token(analyst.client_id)
    assert (await hub_validator.principal(f"Bearer {new.access_token}")).client_id == analyst.client_id
    assert (await hub_validator.principal(f"Bearer {old.access_token}")).client_id == analyst.client_id
    assert len((await issuer.jwks())["keys"]) == 2


async def test_a_remembered_token_is_refused_once_its_key_left_the_key_set(
    hub_validator: Validator, issuer: Issuer, jobs: Any, analyst: NewClient, clock: Any
) -> None:
    token = f"Bearer {(await issuer.mint_token(analyst.client_id)).access_token}"
    await hub_validator.principal(token)
    await withdraw_signing_key(jobs, clock())
    clock.move(301)
    with pytest.raises(Unauthenticated, match="a key that the issuer does not publish"):
        await hub_validator.principal(token)


async def test_a_revoked_clients_token_works_until_it_expires(
    hub_validator: Validator, issuer: Issuer, jobs: Any, analyst: NewClient, clock: Any
) -> None:
    token = f"Bearer {(await issuer.mint_token(analyst.client_id)).access_token}"
    await revoke_client(jobs, analyst.client_id, clock())
    clock.move(899)
    assert (await hub_validator.principal(token)).client_id == analyst.client_id
    clock.move(31)
    with pytest.raises(Unauthenticated, match="the token has expired"):
        await hub_validator.principal(token)


@pytest.mark.parametrize("role", list(Role))
def test_scopes_are_cut_to_what_the_role_allows_and_unknown_ones_dropped(role: Role) -> None:
    claims: dict[str, Any] = {"client_id": "c", "scope": " ".join([*Scope, "openid", "x"]), "slrt_role": role}
    if role in {Role.DISTRICT_OFFICER, Role.DISTRICT_SYSTEM}:
        claims["slrt_regency"] = "35.10"
    assert principal_of(claims) == Principal("c", role, SCOPES_OF_ROLE[role], claims.get("slrt_regency"))
