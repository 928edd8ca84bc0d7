"""The client register: what it lets in and what it keeps."""

from typing import Any

import asyncpg
import pytest
from joserfc.jwk import ECKey, RSAKey

from auth.client_secret import hash_secret, matches_hash, new_secret
from auth.clients import ClientDraft, NewClient, add_client, list_clients, revoke_client
from auth.settings import IssuerSettings, ValidatorSettings
from hub.domain.errors import Invalid, NotFound, SetupError
from hub.domain.principal import Role, Scope
from hub.store.database import Database

KEY = ECKey.generate_key("P-256")


@pytest.mark.parametrize(
    ("draft", "path", "message"),
    [
        (ClientDraft("x", "KING", ["run:read"]), "role", "there is no role 'KING': choose of MINISTRY_ANALYST, "),
        (
            ClientDraft("x", "PARTNER_APP", ["run:read", "region:read"]),
            "scopes",
            "a client of role PARTNER_APP cannot have 'run:read': choose of coverage:check, region:read",
        ),
        (
            ClientDraft("x", "PARTNER_APP", []),
            "scopes",
            "cannot have no scope at all: choose of coverage:check, region:read",
        ),
        (ClientDraft("", "PARTNER_APP", ["region:read"]), "name", "the name '' must have 1 to 200 printable"),
        (ClientDraft("a\x00", "PARTNER_APP", ["region:read"]), "name", "must have 1 to 200 printable"),
        (
            ClientDraft("x", "PARTNER_APP", ["region:read"], "35.10"),
            "regencyCode",
            "a client of role PARTNER_APP is bound to no regency: leave '35.10' out",
        ),
        (
            ClientDraft("x", "DISTRICT_OFFICER", ["region:read"]),
            "regencyCode",
            "a client of role DISTRICT_OFFICER needs the code of its regency, such as 35.10",
        ),
        (
            ClientDraft("x", "DISTRICT_OFFICER", ["region:read"], "99.99"),
            "regencyCode",
            "'99.99' is not the code of a regency: no region has this code",
        ),
        (
            ClientDraft("x", "DISTRICT_OFFICER", ["region:read"], "35"),
            "regencyCode",
            "'35' is not the code of a regency: it is a PROVINCE",
        ),
        (ClientDraft("x", "DISTRICT_OFFICER", ["region:read"], "\x00"), "regencyCode", "no region has this code"),
        (
            ClientDraft("x", "DISTRICT_OFFICER", ["region:read"], "35.10", agency_code="35.09/DPMD"),
            "agencyCode",
            "a client of role DISTRICT_OFFICER cannot work for '35.09/DPMD': an officer does for an agency of the regency",
        ),
        (
            ClientDraft("x", "PARTNER_APP", ["region:read"], agency_code="ID/KEMENSOS"),
            "agencyCode",
            "a client of role PARTNER_APP cannot work for 'ID/KEMENSOS'",
        ),
        (
            ClientDraft("x", "PARTNER_APP", ["region:read"], public_jwk=dict(KEY.as_dict(private=True))),
            "publicJwk",
            "this is a private key: give the public one only, and make a new pair",
        ),
        (
            ClientDraft("x", "PARTNER_APP", ["region:read"], public_jwk={"kty": "EC"}),
            "publicJwk",
            "the public key is not a JWK of kty EC",
        ),
        (
            ClientDraft(
                "x", "PARTNER_APP", ["region:read"], public_jwk=RSAKey.generate_key(2048).as_dict(private=False)
            ),
            "publicJwk",
            "the public key is not a JWK of kty EC",
        ),
        (
            ClientDraft(
                "x", "PARTNER_APP", ["region:read"], public_jwk=ECKey.generate_key("P-384").as_dict(private=False)
            ),
            "publicJwk",
            "the public key is on the curve P-384: ES256 needs P-256",
        ),
    ],
)
async def test_a_client_that_does_not_fit_is_refused_with_what_is_allowed(
    jobs: Any, clock: Any, draft: ClientDraft, path: str, message: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        await add_client(jobs, draft, clock())
    assert message in refusal.value.message
    assert refusal.value.path == (path,)
    assert await list_clients(jobs) == []


async def test_the_register_lists_clients_and_keeps_no_secret(
    jobs: Any, clock: Any, analyst: NewClient, district: NewClient
) -> None:
    await revoke_client(jobs, analyst.client_id, clock())
    clients = {client.client_id: client for client in await list_clients(jobs)}
    ministry, regency = clients[analyst.client_id], clients[district.client_id]
    assert (ministry.role, ministry.scopes) == (
        Role.MINISTRY_ANALYST,
        frozenset({Scope.RUN_READ, Scope.COVERAGE_READ}),
    )
    assert (ministry.auth_method, ministry.revoked_at) == ("client_secret_basic", clock())
    assert analyst.client_secret is not None
    assert analyst.client_secret not in repr(ministry)
    assert ministry.secret_hash is not None
    assert matches_hash(analyst.client_secret, ministry.secret_hash)
    assert (regency.auth_method, regency.regency_code, regency.secret_hash) == ("private_key_jwt", "35.10", None)
    assert district.client_secret is None


async def test_a_client_is_revoked_once_and_an_unknown_one_not_at_all(
    jobs: Any, clock: Any, analyst: NewClient
) -> None:
    first = clock()
    await revoke_client(jobs, analyst.client_id, first)
    clock.move(60)
    await revoke_client(jobs, analyst.client_id, clock())
    assert (await list_clients(jobs))[0].revoked_at == first
    with pytest.raises(NotFound, match="there is no client 'nobody'"):
        await revoke_client(jobs, "nobody", clock())


@pytest.mark.parametrize("table", ["oauth_client", "signing_key", "used_assertion"])
async def test_a_callers_connection_reads_nothing_of_the_issuer(database: Database, table: str) -> None:
    async with database.caller_pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"select * from {table}")


def test_a_hash_fits_its_secret_only() -> None:
    secret = new_secret()
    stored = hash_secret(secret)
    assert secret not in stored
    assert hash_secret(secret) != stored
    assert matches_hash(secret, stored)
    for wrong, against in ((secret + "x", stored), ("", stored), (secret, ""), (secret, "scrypt$a$b$c$d$e")):
        assert not matches_hash(wrong, against)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: IssuerSettings("http://hub.example", "a"), "'http://hub.example' must be an https URL"),
        (lambda: IssuerSettings("hub", "a"), "'hub' must be an https URL"),
        (lambda: IssuerSettings("https://hub.example/x", "a"), "must be a scheme, host and port only"),
        (lambda: IssuerSettings("https://hub.example?x", "a"), "must have no query and no fragment"),
        (lambda: IssuerSettings("https://hub.example", "a", 86_400), "tokens cannot live 86400 seconds"),
        (lambda: ValidatorSettings("https://a.example", "a", ("none",)), "tokens cannot be checked with ['none']"),
        (lambda: ValidatorSettings("https://a.example", "a", ("HS256",)), "tokens cannot be checked with ['HS256']"),
        (lambda: ValidatorSettings("https://a.example", "a", ()), "tokens cannot be checked with no algorithm"),
        (
            lambda: ValidatorSettings("https://a.example", "a", leeway_seconds=61),
            "a leeway of 61 seconds is not safe: choose 0 to 60",
        ),
    ],
)
def test_settings_that_are_not_safe_are_refused_at_the_start(make: Any, message: str) -> None:
    with pytest.raises(SetupError) as refusal:
        make()
    assert message in refusal.value.message
