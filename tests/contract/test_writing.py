"""Issuing and delivering under every misbehaviour: done once, answered for each, nothing assumed."""

import asyncio

import pytest

from hub.domain.errors import Fatal, Retriable, SourceError
from hub.domain.source import DeliveryOutcome, IssueRequest, MatchDelivery
from simulators.faults import Fault, FaultKind
from tests.contract.conftest import NOTHING_COMES

pytestmark = pytest.mark.asyncio(loop_scope="session")

F = FaultKind
HARMLESS = {F.LATENCY, F.DUPLICATES, F.OUT_OF_ORDER, F.HALF_PAGE}
LASTING = sorted(set(FaultKind) - HARMLESS)
FATAL = {F.HUGE, F.DEEP}


@pytest.fixture
def requests(world) -> list[IssueRequest]:
    """Requests for people without cover, and one for a NIK that nobody has."""
    people = [
        person
        for person in world.population.people.values()
        if person.nik and person.vital_status == "ALIVE" and person.nik not in world.kis.covered
    ]
    found = [
        IssueRequest(
            key=f"key-{person.nik}",
            programme_code="KIS_PBI",
            pool_region_code=None,
            nik=person.nik,
            kk_number=None,
            name=person.name,
            birth_date=person.birth_date,
        )
        for person in people[:5]
    ]
    nobody = IssueRequest(
        key="nobody",
        programme_code="KIS_PBI",
        pool_region_code=None,
        nik="9999999999999999",
        kk_number=None,
        name="NOBODY",
        birth_date=None,
    )
    return [*found[:2], nobody, *found[2:]]


@pytest.fixture
def matches(world) -> list[MatchDelivery]:
    """Matches for households of the district, and one for a household that it does not know."""
    ids = [*list(world.districts["35.10"].households)[:5], "unknown"]
    return [
        MatchDelivery(
            match_reference=f"MR-{number}",
            household_record_id=household_id,
            person_record_id=None,
            programme_code="PKH",
            status="OFFERED",
            expires_at=None,
        )
        for number, household_id in enumerate(ids)
    ]


def issued_once(world, requests, outcomes) -> bool:
    assert [outcome.key for outcome in outcomes] == [request.key for request in requests]
    statuses = ["REFUSED" if key == "nobody" else "ISSUED" for key in (r.key for r in requests)]
    assert [outcome.status for outcome in outcomes] == statuses
    assert [o.reason_code for o in outcomes if o.status == "REFUSED"] == ["NIK_NOT_FOUND"]
    cards = [outcome.reference for outcome in outcomes if outcome.reference]
    return len(cards) == len(set(cards)) == len(world.kis.issued) == 5


async def test_cards_are_issued_once_whatever_is_asked_again(kis, world, requests):
    outcomes = await kis.connector.issue(requests)
    assert issued_once(world, requests, outcomes)
    assert await kis.connector.issue(requests) == outcomes
    assert issued_once(world, requests, outcomes)


async def test_the_same_key_with_another_content_is_refused(kis, requests):
    await kis.connector.issue(requests[:1])
    other = IssueRequest(
        key=requests[0].key,
        programme_code="KIS_PBI",
        pool_region_code="35.10",
        nik=requests[0].nik,
        kk_number=None,
        name=requests[0].name,
        birth_date=requests[0].birth_date,
    )
    outcomes = await kis.connector.issue([other])
    assert [(o.status, o.reason_code) for o in outcomes] == [("REFUSED", "KEY_REUSED")]


@pytest.mark.parametrize("kind", LASTING)
async def test_issuing_under_a_lasting_fault_fails_and_can_be_repeated(kis, world, requests, kind):
    kis.switch_on(kind, seconds=20.0, megabytes=3, path="/cards")
    started = asyncio.get_running_loop().time()
    with pytest.raises(Fatal if kind in FATAL else Retriable):
        await kis.under(kind).issue(requests)
    assert asyncio.get_running_loop().time() - started < 5.0  # where the longest fault lasts 20
    kis.switch_off()
    assert issued_once(world, requests, await kis.connector.issue(requests))


@pytest.mark.parametrize("kind", sorted(HARMLESS))
async def test_issuing_is_not_disturbed_by_order_and_repetition(kis, world, requests, kind):
    kis.switch_on(kind)
    assert issued_once(world, requests, await kis.connector.issue(requests))


async def test_a_lost_response_is_made_good_within_the_call(kis, world, requests):
    kis.switch_on(F.LOST_RESPONSE, times=2, path="/cards")
    assert issued_once(world, requests, await kis.connector.issue(requests))
    assert kis.happened(F.LOST_RESPONSE) == 2


def delivered(outcomes) -> bool:
    return outcomes == [
        *(DeliveryOutcome(match_reference=f"MR-{n}", is_accepted=True) for n in range(5)),
        DeliveryOutcome(match_reference="MR-5", is_accepted=False, reason="HOUSEHOLD_UNKNOWN"),
    ]


async def test_matches_are_delivered_and_their_outcomes_come_in_the_feed(district, world, matches):
    drained = await district.drain()
    assert delivered(await district.connector.deliver(matches))
    assert delivered(await district.connector.deliver(matches))
    answered = world.districts["35.10"].outcomes
    news = await district.drain(drained.cursor)
    assert set(news.records) == {f"MatchOutcomeRecord/{reference}" for reference in answered}
    assert news.records == {key: district.held[key] for key in news.records}
    assert len(answered) > 0


@pytest.mark.parametrize("kind", sorted(set(LASTING) - {F.WRONG_TYPES}))
async def test_delivering_under_a_lasting_fault_fails_and_can_be_repeated(district, world, matches, kind):
    district.switch_on(kind, seconds=20.0, megabytes=3)
    with pytest.raises(Fatal if kind in FATAL else Retriable):
        await district.under(kind).deliver(matches)
    district.switch_off()
    assert delivered(await district.connector.deliver(matches))
    assert len(world.districts["35.10"].deliveries) == 5


@pytest.mark.parametrize("code", ["KIS", "PKH"])
@pytest.mark.parametrize("kind", LASTING)
async def test_pools_under_a_lasting_fault_fail_as_a_whole(connect, simulation, code, kind):
    connector = connect(code, is_hasty=kind in NOTHING_COMES)
    clean = await connect(code).pools()
    fault = Fault(kind=kind, seconds=20.0, megabytes=3)
    simulation.faults.switch_on(code, fault)
    with pytest.raises(SourceError) as caught:
        await connector.pools()
    assert type(caught.value) is (Fatal if kind in {*FATAL, F.WRONG_TYPES} else Retriable)
    simulation.faults.switch_off()
    assert await connect(code).pools() == clean
