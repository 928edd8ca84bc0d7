"""What the database itself promises of referrals, whatever statement comes along."""

from itertools import product

import asyncpg
import pytest

from hub.domain.agencies import AgencyKind
from hub.domain.parties import DISTRICT, NATIONAL_SYSTEMS
from hub.domain.principal import NOWHERE, RegionRange
from hub.domain.referral_package import PACKAGE_FIELDS
from hub.domain.referrals import LEGS_MAX, REFERRAL_TRANSITIONS, ReferralAction, ReferralStatus
from hub.store.database import Access
from hub.store.referrals import ReferralMover
from resolvers.referral_actions import ReferralStep, take_step
from tests.referrals.stage import ELSEWHERE, WAYS, Stage
from tests.schema.world_records import FOREIGN, NOW, OWN

REFUSED = asyncpg.IntegrityConstraintViolationError


async def test_the_table_of_transitions_is_the_one_of_the_domain(stage: Stage) -> None:
    rows = await stage.fetch("select from_status, to_status, side from referral_transition")
    assert set(rows) == {
        (start.value, to.value, side.value) for (start, to), sides in REFERRAL_TRANSITIONS.items() for side in sides
    }


async def test_purposes_name_only_fields_and_kinds_of_parties_that_there_are(stage: Stage) -> None:
    kinds = {DISTRICT, *AgencyKind, *NATIONAL_SYSTEMS}
    for code, fields, receivers, category in await stage.fetch(
        "select purpose_code, fields, receiver_kinds, case_category from referral_purpose"
    ):
        assert set(fields) <= set(PACKAGE_FIELDS), code
        assert set(receivers) <= kinds, code
        await stage.fetch("select * from case_file where category = $1", category)


@pytest.mark.parametrize("status", list(WAYS))
async def test_every_move_that_is_not_in_the_table_is_refused(stage: Stage, status: ReferralStatus) -> None:
    referral = await stage.walk(status)
    for to in ReferralStatus:
        if to is status or (status, to) in REFERRAL_TRANSITIONS:
            continue
        with pytest.raises(REFUSED, match=f"{referral.reference} cannot move from {status} to {to}"):
            await stage.execute("update referral set status = $2 where referral_id = $1", referral.referral_id, to)
    with pytest.raises(REFUSED, match="moves only with its status"):
        await stage.execute("update referral set version = 9 where referral_id = $1", referral.referral_id)


async def test_a_move_by_a_side_that_may_not_make_it_has_no_place_in_the_history(stage: Stage) -> None:
    referral = await stage.walk(ReferralStatus.DELIVERED)
    for (start, to), side in product(REFERRAL_TRANSITIONS, ("SENDER", "RECEIVER", "HUB")):
        if side in REFERRAL_TRANSITIONS[start, to]:
            continue
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await stage.execute(
                "insert into referral_event select referral_id, 9, $2, $3, $4, 'k', 'a', null, from_regency_code,"
                " to_regency_code, now() from referral where referral_id = $1",
                referral.referral_id,
                start,
                to,
                side,
            )


@pytest.mark.parametrize(
    "statement",
    [
        'update referral set package = package || \'{"name": "x"}\'',
        "update referral set package = package - 'nik'",
        "update referral set to_party = '35.09/DINAS_KESEHATAN'",
        "update referral set to_regency_code = '36.71'",
        "update referral set purpose_code = 'FOOD_AID'",
    ],
)
async def test_parties_purpose_and_package_stay_as_they_were_made(stage: Stage, statement: str) -> None:
    await stage.walk(ReferralStatus.DELIVERED)
    with pytest.raises(REFUSED, match="keeps its parties, purpose and package"):
        await stage.execute(f"{statement} where from_party = '35.10'")


async def test_a_package_holds_no_field_that_its_purpose_does_not_allow(stage: Stage) -> None:
    copy = (
        "insert into referral (from_party, to_party, from_regency_code, to_regency_code, case_file_id, purpose_code,"
        " purpose_version, package, status, created_at) select '35.10', $3, from_regency_code, to_regency_code,"
        " case_file_id, $1, 1, jsonb_build_object($2::text, 'x'), 'DRAFT', now() from referral limit 1"
    )
    for code, fields in await stage.fetch("select purpose_code, fields from referral_purpose"):
        for name in [*PACKAGE_FIELDS, "religion"]:
            if name in fields:
                await stage.execute(copy, code, name, f"35.09/{name}")
            else:
                with pytest.raises(REFUSED, match=f"a package for {code} may not hold {name}"):
                    await stage.execute(copy, code, name, f"35.09/{name}")


@pytest.mark.parametrize("regency", [OWN, FOREIGN])
async def test_a_referral_of_a_sensitive_case_file_is_hidden_on_both_sides(stage: Stage, regency: str) -> None:
    referral = await stage.walk(ReferralStatus.DELIVERED)
    await stage.execute("update case_file set is_sensitive = true where case_file_id = $1", referral.case_file_id)
    async with stage.database.caller(Access(RegionRange.under(regency), "x")).connection() as connection:
        for table in ("referral", "referral_event"):
            hidden = f"select 1 from {table} where referral_id = $1"
            assert await connection.fetch(hidden, referral.referral_id) == []
            async with connection.transaction():
                await connection.execute("set local hub.sensitive = 'on'")
                assert await connection.fetch(hidden, referral.referral_id) != []


async def test_what_is_opened_for_a_sensitive_referral_is_sensitive_too(stage: Stage) -> None:
    case = await stage.case()
    drafted = await stage.draft(case)
    await stage.do(ReferralAction.SEND, drafted)
    referral = await stage.read(drafted)
    await stage.execute("update referral set is_sensitive = true where referral_id = $1", referral.referral_id)
    step = ReferralStep(ReferralAction.ACCEPT, referral.referral_id, None, opens_case=True)
    held = await stage.read(referral)
    async with stage.database.jobs.transaction() as transaction:
        await take_step(transaction, held, step, ReferralMover("receiver", "DISTRICT_OFFICER", NOW), "key")
    accepted = await stage.read(referral)
    assert await stage.fetch(
        "select is_sensitive from case_file where case_file_id = $1", accepted.receiver_case_file_id
    ) == [(True,)]


@pytest.mark.parametrize("statement", ["update referral_event set actor = 'x'", "delete from referral_event"])
async def test_history_is_only_added_to(stage: Stage, statement: str) -> None:
    await stage.draft()
    with pytest.raises(REFUSED, match="the history in referral_event is only added to"):
        await stage.execute(statement)


async def test_a_chain_is_no_longer_than_the_domain_says(stage: Stage) -> None:
    referral = await stage.draft()
    with pytest.raises(asyncpg.CheckViolationError):
        await stage.execute(
            "update referral set leg_no = $2 where referral_id = $1", referral.referral_id, LEGS_MAX + 1
        )


@pytest.mark.parametrize("table", ["referral", "referral_event"])
async def test_both_regencies_see_a_referral_and_nobody_else_does(stage: Stage, table: str) -> None:
    referral = await stage.walk(ReferralStatus.ACCEPTED)
    draft = await stage.draft()
    rows_of = {OWN: {referral.referral_id, draft.referral_id}, FOREIGN: {referral.referral_id}, ELSEWHERE: set()}
    for regency, expected in rows_of.items():
        async with stage.database.caller(Access(RegionRange.under(regency), regency)).connection() as connection:
            rows = await connection.fetch(
                f"select referral_id from {table} where referral_id >= $1", referral.referral_id
            )
        assert {row["referral_id"] for row in rows} == expected
    async with stage.database.caller(Access(NOWHERE, "partner")).connection() as connection:
        assert await connection.fetch(f"select 1 from {table}") == []


async def test_the_receiver_sees_no_move_before_it_was_sent(stage: Stage) -> None:
    referral = await stage.walk(ReferralStatus.DELIVERED)
    thrown = await stage.do(ReferralAction.CLOSE, await stage.draft())
    async with stage.database.caller(Access(RegionRange.under(FOREIGN), "x")).connection() as connection:
        rows = await connection.fetch(
            "select to_status from referral_event where referral_id = $1 order by version", referral.referral_id
        )
        assert [row["to_status"] for row in rows] == ["SENT", "DELIVERED"]
        assert await connection.fetch("select 1 from referral where referral_id = $1", thrown.referral_id) == []
        assert await connection.fetch("select 1 from referral_event where referral_id = $1", thrown.referral_id) == []


@pytest.mark.parametrize("statement", ["update referral set status = status", "delete from referral",
                                       "insert into referral_event select * from referral_event"])  # fmt: skip
async def test_callers_change_nothing_by_themselves(stage: Stage, statement: str) -> None:
    async with stage.database.caller(Access(RegionRange.under(OWN), "officer")).connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
