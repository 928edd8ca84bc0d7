"""The issuer's keys: one active at a time, published as long as needed, sealed when a sealing key is set."""

import asyncio
import base64
from typing import Any

import pytest

from auth.clients import NewClient
from auth.issuer import Issuer
from auth.settings import IssuerSettings
from auth.signing_keys import KeyVault, ensure_signing_key, rotate_signing_key
from hub.domain.errors import SetupError
from hub.store.oauth import find_active_key

SEALING = base64.b64encode(bytes(range(32))).decode()


async def rows(jobs: Any) -> list[Any]:
    async with jobs.connection() as connection:
        return list(await connection.fetch("select * from signing_key order by created_at"))


async def test_eight_starts_at_once_make_one_key(jobs: Any, clock: Any) -> None:
    kids = await asyncio.gather(*(ensure_signing_key(jobs, clock()) for _ in range(8)))
    assert {row["kid"] for row in await rows(jobs)} == set(kids)
    assert len(set(kids)) == 1
    assert await ensure_signing_key(jobs, clock()) == kids[0]


async def test_eight_rotations_at_once_leave_one_active_key(jobs: Any, clock: Any) -> None:
    await ensure_signing_key(jobs, clock())
    clock.move(60)
    kids = await asyncio.gather(*(rotate_signing_key(jobs, clock()) for _ in range(8)))
    active = await find_active_key(jobs)
    assert active is not None
    assert active.kid in kids
    assert [row["retired_at"] for row in await rows(jobs)].count(None) == 1


async def test_a_retired_key_is_published_for_the_life_of_a_token_and_then_forgotten(
    issuer: Issuer, jobs: Any, clock: Any
) -> None:
    first = await ensure_signing_key(jobs, clock())
    second = await rotate_signing_key(jobs, clock())
    clock.move(3659)
    assert {key["kid"] for key in (await issuer.jwks())["keys"]} == {first, second}
    clock.move(1)
    assert {key["kid"] for key in (await issuer.jwks())["keys"]} == {second}
    clock.move(1)
    third = await rotate_signing_key(jobs, clock())
    assert {row["kid"] for row in await rows(jobs)} == {second, third}


async def test_a_sealed_key_signs_with_the_sealing_key_and_not_without(
    jobs: Any, clock: Any, analyst: NewClient, issuer_settings: IssuerSettings
) -> None:
    vault = KeyVault.from_setting(SEALING)
    kid = await ensure_signing_key(jobs, clock(), vault)
    token = await Issuer(jobs, issuer_settings, clock, vault).mint_token(analyst.client_id)
    assert token.access_token
    with pytest.raises(SetupError, match=f"the signing key {kid} is sealed: set the sealing key"):
        await Issuer(jobs, issuer_settings, clock).mint_token(analyst.client_id)
    with pytest.raises(SetupError, match=f"the signing key {kid} was sealed with another sealing key"):
        await Issuer(jobs, issuer_settings, clock, KeyVault(bytes(32))).mint_token(analyst.client_id)
    assert "sealing_key" not in repr(vault)


async def test_a_key_in_the_clear_goes_on_working_when_a_sealing_key_is_set(
    issuer: Issuer, jobs: Any, clock: Any, analyst: NewClient, issuer_settings: IssuerSettings
) -> None:
    vault = KeyVault.from_setting(SEALING)
    assert await Issuer(jobs, issuer_settings, clock, vault).mint_token(analyst.client_id)
    clock.move(1)
    await rotate_signing_key(jobs, clock(), vault)
    assert [row["is_sealed"] for row in await rows(jobs)] == [False, True]


@pytest.mark.parametrize("text", ["short", "not base64 at all!", base64.b64encode(bytes(16)).decode()])
def test_a_sealing_key_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="must be 32 bytes in base64"):
        KeyVault.from_setting(text)


def test_without_a_setting_there_is_no_sealing() -> None:
    assert KeyVault.from_setting(None) == KeyVault.from_setting("") == KeyVault()


async def test_an_issuer_without_a_key_tells_the_operator(
    jobs: Any, clock: Any, analyst: NewClient, issuer_settings: IssuerSettings
) -> None:
    with pytest.raises(SetupError, match="the token issuer has no signing key"):
        await Issuer(jobs, issuer_settings, clock).mint_token(analyst.client_id)
