"""One record against everybody: who is meant, and whether that person is covered, in as few words as answer it."""

from datetime import date

import pytest

from hub.domain.errors import Forbidden, Invalid, NotFound
from hub.domain.principal import SCOPES_OF_ROLE, Role, Scope
from hub.matching.linkage import IdentityRecord, LinkOutcome
from hub.store.database import Database
from resolvers.context import Context
from resolvers.identity import CheckBasis, CheckPurpose, CoverageQuestion, check_coverage, find_subject
from tests.schema.world import CALLERS, context
from tests.schema.world_records import OWN, TWICE_ON_THE_ROSTER, VILLAGES, nik, person_of

BORN = date(1990, 1, 1)
SLAMET = IdentityRecord(name="Slamet 1", nik=nik(OWN, 1), birth_date=BORN, sex="MALE", region_code=VILLAGES[OWN])
RATNA = IdentityRecord(name=TWICE_ON_THE_ROSTER[OWN], birth_date=BORN, sex="FEMALE", region_code=VILLAGES[OWN])


def question(record: IdentityRecord, programme_code: str = "KIS_PBI") -> CoverageQuestion:
    return CoverageQuestion(record, programme_code, CheckPurpose.TREATMENT, CheckBasis.CONSENT, "consent 17")


@pytest.fixture
def partner(world: Database) -> Context:
    return context(world, CALLERS["partner"])


async def test_a_case_finds_whom_it_is_about_by_number_and_without(officer: Context) -> None:
    for record, person_id in ((SLAMET, person_of(OWN, 1)), (RATNA, person_of(OWN, 6, 2))):
        subject = await find_subject(officer, record)
        assert (subject.outcome, subject.person and subject.person.person_id) == (LinkOutcome.LINKED, person_id)
        assert subject.candidates == ()


async def test_a_name_that_many_bear_is_for_a_person_to_choose(officer: Context) -> None:
    subject = await find_subject(
        officer, IdentityRecord(name="Slamet", birth_date=BORN, sex="MALE", region_code=VILLAGES[OWN])
    )
    assert (subject.outcome, subject.person) in {(LinkOutcome.REVIEW, None), (LinkOutcome.NOT_LINKED, None)}
    assert (len(subject.candidates) > 1) == (subject.outcome is LinkOutcome.REVIEW)


async def test_a_stranger_is_nobody(officer: Context) -> None:
    subject = await find_subject(officer, IdentityRecord(name="Yohanes Pattiasina", birth_date=date(1955, 5, 5)))
    assert (subject.outcome, subject.person, subject.candidates) == (LinkOutcome.NOT_LINKED, None, ())


async def test_whoever_is_certain_and_enrolled_is_covered(officer: Context, partner: Context) -> None:
    answer = await check_coverage(officer, question(SLAMET))
    assert (answer.status, answer.programme_codes) == ("COVERED", ["KIS_PBI"])
    answer = await check_coverage(partner, question(SLAMET))
    assert (answer.status, answer.programme_codes) == ("COVERED", None)


async def test_whoever_is_certain_and_on_no_roster_is_not_covered(officer: Context, partner: Context) -> None:
    record = IdentityRecord(name="Slamet 2", nik=nik(OWN, 2), birth_date=BORN, sex="MALE", region_code=VILLAGES[OWN])
    assert (await check_coverage(officer, question(record))).status == "NOT_COVERED"
    assert (await check_coverage(partner, question(record))).status == "NOT_COVERED"


async def test_what_is_doubtful_is_unknown(officer: Context, partner: Context) -> None:
    assert (await check_coverage(officer, question(RATNA))).status == "UNKNOWN"  # two lines could be hers
    wrong_date = IdentityRecord(name="Slamet 1", nik=nik(OWN, 1), birth_date=date(1961, 2, 3))
    assert (await check_coverage(partner, question(wrong_date))).status == "UNKNOWN"
    other = IdentityRecord(name="Yohanes Pattiasina", nik="3510015505550001", birth_date=date(1955, 5, 15))
    assert (await check_coverage(officer, question(other))).status == "UNKNOWN"  # may live elsewhere


async def test_a_partner_shows_that_the_card_lies_before_it(partner: Context) -> None:
    with pytest.raises(Invalid, match="names NIK, name and birth date of the person: all three"):
        await check_coverage(partner, question(RATNA))
    with pytest.raises(Invalid, match="basisReference has 1 to 200 characters"):
        await check_coverage(
            partner, CoverageQuestion(SLAMET, "KIS_PBI", CheckPurpose.TREATMENT, CheckBasis.CONSENT, " ")
        )
    with pytest.raises(NotFound, match="there is no programme 'BLT'"):
        await check_coverage(partner, question(SLAMET, "BLT"))
    with pytest.raises(Invalid, match="this is no NIK") as refused:
        await check_coverage(partner, question(IdentityRecord(name="Slamet", nik="123", birth_date=BORN)))
    assert "123" not in refused.value.message


async def test_without_the_scope_nothing_is_answered_nor_noted(world: Database) -> None:
    caller = CALLERS["partner"]
    bare = context(world, type(caller)(caller.client_id, caller.role, frozenset({Scope.REGION_READ})))
    async with world.jobs.connection() as connection:
        before = await connection.fetchval("select count(*) from coverage_check")
        with pytest.raises(Forbidden, match="coverage:check"):
            await check_coverage(bare, question(SLAMET))
        assert await connection.fetchval("select count(*) from coverage_check") == before
    assert Scope.COVERAGE_CHECK in SCOPES_OF_ROLE[Role.PARTNER_APP]


async def test_every_question_is_kept_without_who_was_asked_about_by_name_or_number(
    world: Database, partner: Context
) -> None:
    await check_coverage(partner, question(SLAMET))
    async with world.jobs.connection() as connection:
        row = dict(await connection.fetchrow("select * from coverage_check order by check_id desc limit 1"))
    del row["check_id"], row["asked_at"]
    assert row == {
        "client_id": "partner",
        "purpose": "TREATMENT",
        "basis": "CONSENT",
        "basis_reference": "consent 17",
        "programme_code": "KIS_PBI",
        "person_id": person_of(OWN, 1),
        "answer": "COVERED",
    }
