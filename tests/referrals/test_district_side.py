"""Referrals to a district with a system of its own, on a real socket: lost responses, repetitions, refusals, late answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from connectors.district.client import load_contract
from connectors.registry import ConnectorRegistry
from connectors.settings import DistrictSettings, HttpSettings
from hub.domain.district import DistrictCapability
from hub.domain.referrals import ReferralAction, ReferralStatus
from hub.domain.source import Connector
from hub.ingest.pull import Sync
from hub.store.database import Connection, Transaction
from hub.store.referrals_read import Referral
from resolvers.case_changes import note_changes
from resolvers.outbox_delivery import OutboxCounters, deliver_outbox
from resolvers.referral_updates import move_as_told
from simulators.district import DistrictSystem
from simulators.faults import Fault, FaultKind
from simulators.referral_desk import Moved
from simulators.regions import Regency, Subdistrict
from simulators.server import build, path_of
from simulators.serving import served
from simulators.simulation import Simulation
from simulators.world import make_world
from tests.referrals.stage import Stage
from tests.schema.world import clock
from tests.schema.world_records import FOREIGN, NOW

_A, _S = ReferralAction, ReferralStatus
REGENCY = Regency(FOREIGN, "Jember", 2_500_000, (Subdistrict("35.09.01", ("35.09.01.2001",)),))
HTTP = HttpSettings(deadline=10.0, attempts=1, breaker_threshold=1_000, calls_per_second=10_000)


@dataclass
class District:
    """35.09 with a system of its own, and the hub's two jobs for it."""

    stage: Stage
    simulation: Simulation
    connector: Connector

    @property
    def system(self) -> DistrictSystem:
        return self.simulation.world.districts[FOREIGN]

    async def deliver(self) -> OutboxCounters:
        """A pass of the outbox, whose waiting times are over."""
        await self.stage.execute("update outbox_message set next_attempt_at = $1 where status = 'PENDING'", NOW)
        return await deliver_outbox(self.stage.database.jobs, {FOREIGN: self.connector}, clock)

    async def sync(self) -> None:
        sync = Sync(self.stage.database.jobs, clock, move_referrals=move_as_told, note_changes=note_changes)
        assert (await sync.pull(self.connector)).error is None

    async def status(self, referral: Referral) -> str:
        return (await self.stage.read(referral)).status


@pytest.fixture
async def district(stage: Stage) -> AsyncIterator[District]:
    simulation = Simulation(make_world([REGENCY], households=5, seed=3))
    await stage.make_able(FOREIGN)
    async with served(build(simulation)) as port:
        settings = DistrictSettings(
            code=FOREIGN,
            url=f"http://127.0.0.1:{port}{path_of(FOREIGN)}/graphql",
            token=simulation.credentials.district_tokens[FOREIGN],
            capabilities=frozenset({DistrictCapability.CHANGES, DistrictCapability.REFERRALS}),
        )
        connector = ConnectorRegistry(contract=load_contract(), http=HTTP).build(settings)
        yield District(stage, simulation, connector)
        await connector.aclose()


async def test_a_referral_goes_out_is_served_there_and_comes_back_by_the_feed(stage: Stage, district: District) -> None:
    case = await stage.case()
    referral = await stage.do(_A.SEND, await stage.draft(case))
    assert referral.status == "SENT"
    assert (await district.deliver()).delivered == {FOREIGN: 1}
    assert await district.status(referral) == "DELIVERED"
    [taken] = district.system.referral_desk.referrals.values()
    assert (taken.reference, taken.purpose_code, taken.from_party) == (referral.reference, "HEALTH_TREATMENT", "35.10")
    assert taken.package == {name: _text(value) for name, value in referral.package.items()}
    assert await stage.case_status(case.case_file_id) == "REFERRED"
    await district.sync()
    found = await stage.read(referral)
    assert (found.status, found.outcome, found.reason) == ("COMPLETED", "COMPLETED", "SERVED")
    assert await stage.case_status(case.case_file_id) == "IN_PROGRESS"
    assert [(e.to_status, e.side, e.actor) for e in (await stage.history(referral))[3:]] == [
        ("ACCEPTED", "RECEIVER", "district:35.09"),
        ("IN_SERVICE", "RECEIVER", "district:35.09"),
        ("COMPLETED", "RECEIVER", "district:35.09"),
    ]
    await stage.do(_A.CLOSE, referral)
    await district.deliver()
    [taken] = district.system.referral_desk.referrals.values()
    assert (taken.status, taken.package) == ("CLOSED", {}), "nothing of a person goes out once it is over"


async def test_a_message_names_no_person(stage: Stage, district: District) -> None:
    referral = await stage.do(_A.SEND, await stage.draft())
    [[payload]] = await stage.fetch("select payload from outbox_message where kind = 'REFERRAL'")
    assert payload == {"reference": referral.reference, "version": 2, "status": "SENT"}


@pytest.mark.parametrize("kind", [FaultKind.LOST_RESPONSE, FaultKind.UNAVAILABLE, FaultKind.TRUNCATED])
async def test_what_was_lost_on_the_way_is_told_again_and_taken_once(
    stage: Stage, district: District, kind: FaultKind
) -> None:
    referral = await stage.do(_A.SEND, await stage.draft())
    district.simulation.faults.switch_on(FOREIGN, Fault(kind=kind, times=1))
    assert (await district.deliver()).delivered == {}
    assert await district.status(referral) == "SENT"
    await district.deliver()
    await district.deliver()
    assert await district.status(referral) == "DELIVERED"
    assert [u.move for u in district.system.referral_desk.updates.values()] == ["ACCEPTED", "IN_SERVICE", "COMPLETED"]


async def test_an_answer_that_comes_before_the_receipt_shows_that_it_was_delivered(
    stage: Stage, district: District
) -> None:
    referral = await stage.do(_A.SEND, await stage.draft())
    district.simulation.faults.switch_on(FOREIGN, Fault(kind=FaultKind.LOST_RESPONSE, times=1))
    await district.deliver()
    await district.sync()
    assert await district.status(referral) == "COMPLETED"
    assert (await district.deliver()).delivered == {FOREIGN: 1}
    assert await district.status(referral) == "COMPLETED"
    assert [e.to_status for e in await stage.history(referral)].count("DELIVERED") == 1


async def test_a_feed_that_is_read_twice_moves_once(stage: Stage, district: District) -> None:
    referral = await stage.do(_A.SEND, await stage.draft())
    await district.deliver()
    await district.sync()
    before = await stage.history(referral)
    await stage.execute("update source set cursor = null where source_code = $1", FOREIGN)
    await district.sync()
    assert await stage.history(referral) == before


async def test_an_answer_to_what_was_taken_back_stands_refused_in_the_case_file(
    stage: Stage, district: District
) -> None:
    case = await stage.case()
    referral = await stage.do(_A.SEND, await stage.draft(case))
    await district.deliver()
    await stage.do(_A.CLOSE, referral, reason="sudah sembuh")
    await district.sync()
    found = await stage.read(referral)
    assert (found.status, found.outcome) == ("CLOSED", "WITHDRAWN")
    refused = [e for e in await stage.case_history(case.case_file_id) if e.outcome == "REFUSED"]
    assert [(e.to_value, e.reason) for e in refused] == [
        (move, f"referral {referral.reference} is CLOSED and can move to nothing else, not {move}")
        for move in ("ACCEPTED", "IN_SERVICE", "COMPLETED")
    ]
    await district.sync()
    assert [e for e in await stage.case_history(case.case_file_id) if e.outcome == "REFUSED"] == refused


async def test_an_officer_there_passes_it_on_and_what_makes_no_sense_is_refused(
    stage: Stage, district: District
) -> None:
    desk = district.system.referral_desk
    desk.answers_at_once = False
    good = await stage.do(_A.SEND, await stage.draft())
    bad = await stage.do(_A.SEND, await stage.draft())
    await district.deliver()
    desk.move(
        Moved(key="a", reference=good.reference, move="REDIRECTED", reason="jauh", to_party="35.09/DINAS_KESEHATAN")
    )
    desk.move(Moved(key="b", reference=bad.reference, move="REDIRECTED", reason="jauh", to_party="35.10"))
    await district.sync()
    assert await district.status(good) == "REDIRECTED"
    [[leg]] = await stage.fetch("select status from referral where previous_referral_id = $1", good.referral_id)
    assert leg == "DELIVERED"
    assert await district.status(bad) == "DELIVERED"
    [line] = [e for e in await stage.case_history(bad.case_file_id) if e.outcome == "REFUSED"]
    assert line.reason == "35.10 has been a party of this referral already: decline it instead"


async def test_moves_of_referrals_to_others_are_passed_over(stage: Stage, district: District) -> None:
    other = await stage.walk(_S.DELIVERED, to_party="35.09/DINAS_KESEHATAN")
    system = district.system
    desk = system.referral_desk
    for reference in (other.reference, "R-0-0", "nonsense"):
        desk._note(Moved(key=reference, reference=reference, move="ACCEPTED"))
    await district.sync()
    assert await district.status(other) == "DELIVERED"


async def test_many_are_delivered_and_moved_with_a_fixed_number_of_statements(stage: Stage, district: District) -> None:
    counts: list[int] = []
    for number in (2, 12):
        cases = [await stage.case() for _ in range(number)]
        for case in cases:
            await stage.do(_A.SEND, await stage.draft(case))
        async with stage.database.jobs.connection() as connection:
            counts.append(await _deliver_by(connection, district))
    assert counts[0] == counts[1]
    await district.sync()
    assert await stage.fetch("select status, count(*) from referral where to_party = $1 group by 1", FOREIGN) == [
        ("COMPLETED", 14)
    ]


async def _deliver_by(connection: Connection, district: District) -> int:
    """How many statements a pass takes."""
    noted: list[str] = []
    with connection.query_logger(lambda record: noted.append(record.query)):
        await deliver_outbox(Transaction(connection), {FOREIGN: district.connector}, clock)
    return len(noted)


def _text(value: object) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
