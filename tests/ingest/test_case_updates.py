"""Case files that both sides write, from the hub to a real district system and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from connectors.district.client import load_contract
from connectors.registry import ConnectorRegistry
from connectors.settings import DistrictSettings, HttpSettings
from hub.domain.ids import case_file_id
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.domain.source import Connector
from hub.ingest.pull import SourceReport, Sync
from hub.store import outbox
from hub.store.case_history import NewCaseEvent, list_events
from hub.store.database import Access, Database, open_database
from resolvers.case_changes import note_changes
from resolvers.outbox_delivery import MOST_ATTEMPTS, deliver_outbox
from simulators.serving import served
from tests.conformance_district.example import TOKEN, load_example
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HTTP = HttpSettings(attempts=1, breaker_threshold=1_000)
AGENCY = "35.10/DINAS_SOSIAL"
OWN = 7_000
CASE = {
    "observedAt": "2026-06-01T00:00:00Z",
    "number": "BWI/1",
    "type": "NEED",
    "category": "HEALTH",
    "channel": "WALK_IN",
    "regionCode": "35.10.01.2001",
    "householdId": None,
    "status": "RECEIVED",
    "summary": "Butuh beras",
    "receivedAt": "2026-06-01T00:00:00Z",
    "closedAt": None,
}


@dataclass
class Both:
    """A hub's database and the example of a district on a socket."""

    database: Database
    example: Any
    records: Any
    connector: Connector
    refusing: dict[str, int] = field(default_factory=dict)
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    async def pull(self, batch_records: int = 100) -> SourceReport:
        sync = Sync(self.database.jobs, self.clock, batch_records=batch_records, note_changes=note_changes)
        report = await sync.pull(self.connector)
        assert report.error is None
        return report

    async def deliver(self) -> Any:
        return await deliver_outbox(self.database.jobs, {"35.10": self.connector}, self.clock)

    async def change(self, number: int, group: str, statement: str = "", **event: Any) -> None:
        """A change in the hub, with its history."""
        async with self.database.jobs.transaction() as transaction, transaction.connection() as connection:
            if statement:
                await connection.execute(statement)
            new = NewCaseEvent(
                case_file_id=number,
                event_key=event.pop("key"),
                field_group=group,
                happened_at=self.now,
                actor="analyst",
                actor_role="MINISTRY_ANALYST",
                **event,
            )
            await note_changes(transaction, [new], self.now)

    async def open(self, number: int = OWN, regency: str = "35.10") -> None:
        await self.change(
            number,
            "OPENING",
            "insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at,"
            " regency_code, region_code, number, type, category, channel, status, summary, received_at)"
            f" values ({number}, 'HUB', '{number}', 1, now(), now(), '{regency}', '{regency}.01.2001', 'HUB-{number}', 'NEED',"
            " 'HEALTH', 'HUB', 'RECEIVED', 'Atap bocor', '2026-06-30T00:00:00Z')",
            key="open",
        )

    async def move(self, number: int, status: str, key: str) -> None:
        statement = f"update case_file set status = '{status}', status_version = status_version + 1 where case_file_id = {number}"
        await self.change(number, "STATUS", statement, key=key, to_value=status)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.database.jobs.connection() as connection:
            return [tuple(row) for row in await connection.fetch(statement)]

    def officer_changes(self, case: str, group: str, key: str, item: str = "", **values: Any) -> None:
        made = {"actor": "officer", "actorRole": "DISTRICT_OFFICER", "happenedAt": "2026-07-01T00:00:00Z"}
        update = {"key": key, "caseFileId": case, "fieldGroup": group, "item": item, "values": values}
        self.example.casework.change(self.records, update | made)


@pytest.fixture
async def both(database: Database) -> AsyncIterator[Both]:
    example = load_example()
    records = example.Records("35.10", "Banyuwangi")
    records.put("CaseFile", "c1", CASE)
    made = example.make_app(records, load_contract(), TOKEN)
    stage = Both(database, example, records, None)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        status, times = next(iter(stage.refusing.items()), (200, 0))
        if not times:
            await made(scope, receive, send)
            return
        stage.refusing = {status: times - 1}
        await JSONResponse({"errors": []}, status)(scope, receive, send)

    await join_districts(database.jobs, ["35.10", "35.09"], NOW)
    async with served(app) as port:
        settings = DistrictSettings(code="35.10", url=f"http://127.0.0.1:{port}/graphql", token=TOKEN, page_size=2)
        stage.connector = ConnectorRegistry(contract=load_contract(), http=HTTP).build(settings)
        yield stage
        await stage.connector.aclose()
    records.db.close()


STATE = "select status, summary, source_code, status_version, description_version from case_file where case_file_id = "
C1 = case_file_id("35.10", "c1")


async def test_a_change_of_the_hub_is_shown_at_once_and_stands_when_the_district_took_it(both: Both) -> None:
    await both.pull()
    await both.move(C1, "TRIAGED", "m1")
    assert await both.rows(STATE + str(C1)) == [("TRIAGED", "Butuh beras", "35.10", 2, 1)]
    await both.pull()
    assert both.records.one("CaseFile", "c1")["status"] == "RECEIVED"
    await both.deliver()
    await both.pull()
    assert both.records.one("CaseFile", "c1")["status"] == "TRIAGED"
    assert await both.rows(STATE + str(C1)) == [("TRIAGED", "Butuh beras", "35.10", 2, 1)]
    assert await both.rows("select status, payload, answered_at is not null from outbox_message") == [
        ("DELIVERED", {}, True)
    ]
    assert [event.event_key for event in (await list_events(both.database.jobs, [C1]))[0]] == ["m1"]


async def test_what_the_district_refuses_is_taken_back_and_stays_in_history_with_its_reason(both: Both) -> None:
    await both.pull()
    both.officer_changes("c1", "DESCRIPTION", "d1", type="NEED", category="FOOD", summary="Beras habis")
    statement = f"update case_file set summary = 'Atap', description_version = 2 where case_file_id = {C1}"
    await both.change(C1, "DESCRIPTION", statement, key="h1")
    await both.deliver()
    await both.pull()
    assert await both.rows(STATE + str(C1)) == [("RECEIVED", "Beras habis", "35.10", 1, 2)]
    events = (await list_events(both.database.jobs, [C1]))[0]
    assert [(e.event_key, e.outcome, e.reason, e.version) for e in events] == [
        ("h1", "APPLIED", None, None),
        ("35.10/d1", "APPLIED", None, 2),
        ("h1/refused", "REFUSED", "STALE_BASE", None),
    ]
    assert await both.rows("select status, reason_code from outbox_message") == [("REFUSED", "STALE_BASE")]


async def test_other_changes_of_the_district_leave_what_waits_in_the_hub_in_sight(both: Both) -> None:
    await both.pull()
    await both.move(C1, "TRIAGED", "m1")
    both.officer_changes("c1", "DESCRIPTION", "d1", type="NEED", category="FOOD", summary="Beras habis")
    await both.pull()
    assert await both.rows(STATE + str(C1)) == [("TRIAGED", "Beras habis", "35.10", 1, 2)]


@pytest.mark.parametrize("batch_records", [1, 100])
async def test_a_case_file_that_was_opened_in_the_hub_becomes_the_districts_under_the_same_id(
    both: Both, batch_records: int
) -> None:
    await both.open()
    await both.move(OWN, "TRIAGED", "m1")
    await both.deliver()
    await both.pull(batch_records)
    (found,) = [row for row in both.records.rows("kind = 'CaseFile'", ()) if row["id"] != "c1"]
    assert (found["hubReference"], found["status"]) == (opaque_id(Kind.CASE_FILE, OWN), "TRIAGED")
    assert await both.rows(
        "select case_file_id, source_code, source_record_id, status from case_file order by case_file_id"
    ) == sorted([(OWN, "35.10", found["id"], "TRIAGED"), (C1, "35.10", "c1", "RECEIVED")])
    both.officer_changes(found["id"], "STATUS", "s1", status="ASSIGNED")
    await both.pull(batch_records)
    events = (await list_events(both.database.jobs, [OWN]))[0]
    assert [event.event_key for event in events] == ["open", "m1", "35.10/s1"]
    assert await both.rows(STATE + str(OWN)) == [("ASSIGNED", "Atap bocor", "35.10", 3, 1)]


async def test_a_district_cannot_take_a_case_file_of_another_regency_or_district_over(both: Both) -> None:
    await both.open(8_000, "35.09")
    both.records.put("CaseFile", "c1", CASE | {"hubReference": opaque_id(Kind.CASE_FILE, 8_000)})
    await both.pull()
    assert await both.rows("select case_file_id, source_code from case_file order by 1") == sorted(
        [(8_000, "HUB"), (C1, "35.10")]
    )


async def test_changes_that_come_before_their_case_file_wait_for_it(both: Both) -> None:
    for number, status in enumerate(("TRIAGED", "ASSIGNED", "IN_PROGRESS")):
        both.officer_changes("c1", "STATUS", f"s{number}", status=status)
    await both.pull(batch_records=1)
    events = (await list_events(both.database.jobs, [C1]))[0]
    assert [(e.event_key, e.to_value, e.version) for e in events] == [
        ("35.10/s0", "TRIAGED", 2),
        ("35.10/s1", "ASSIGNED", 3),
        ("35.10/s2", "IN_PROGRESS", 4),
    ]
    assert await both.rows("select count(*) from early_case_update") == [(0,)]


async def test_a_feed_that_is_read_again_writes_history_once(both: Both) -> None:
    both.officer_changes("c1", "STATUS", "s1", status="TRIAGED")
    assert (await both.pull()).updates == 1
    async with both.database.jobs.connection() as connection:
        await connection.execute("update source set cursor = null where source_code = '35.10'")
    assert (await both.pull()).updates == 0
    assert len((await list_events(both.database.jobs, [C1]))[0]) == 1


async def test_assignments_of_the_district_are_taken_over_also_those_that_hand_the_lead_over(both: Both) -> None:
    at = {"assignedAt": "2026-07-01T00:00:00Z"}
    both.officer_changes("c1", "ASSIGNMENT", "a1", AGENCY, assignmentRole="LEAD", assignmentStatus="ASSIGNED", **at)
    await both.pull()
    await both.change(
        C1,
        "ASSIGNMENT",
        f"update case_assignment set status = 'ACKNOWLEDGED', acknowledged_at = '{NOW}' where case_file_id = {C1}",
        key="ack",
        item=AGENCY,
        to_value="ACKNOWLEDGED",
    )
    both.officer_changes("c1", "ASSIGNMENT", "a2", AGENCY, assignmentRole="LEAD", assignmentStatus="HANDED_OVER", **at)
    other = "35.10/DINAS_KESEHATAN"
    both.officer_changes("c1", "ASSIGNMENT", "a3", other, assignmentRole="LEAD", assignmentStatus="ASSIGNED", **at)
    await both.deliver()
    await both.pull()
    statement = "select agency_code, role, status, version from case_assignment order by agency_code"
    assert await both.rows(statement) == [(other, "LEAD", "ASSIGNED", 1), (AGENCY, "LEAD", "HANDED_OVER", 2)]
    assert await both.rows("select reason_code from outbox_message") == [("MOVE_NOT_ALLOWED",)]


async def test_a_district_that_was_away_gets_everything_in_order(both: Both) -> None:
    await both.pull()
    both.refusing = {503: 3}
    for number, status in enumerate(("TRIAGED", "ASSIGNED", "IN_PROGRESS", "RESOLVED")):
        await both.move(C1, status, f"m{number}")
    told = await both.deliver()
    assert (told.failed["35.10"], told.backlog[0].pending) == (1, 4)
    assert (await both.deliver()).failed["35.10"] == 0, "it is not asked again before its time"
    for _ in range(3):
        both.now += timedelta(hours=8)
        told = await both.deliver()
    assert (told.delivered["35.10"], told.backlog) == (4, ())
    feed = both.records.rows("kind = 'CaseUpdate'", (), "order by revision")
    assert [row["values"]["status"] for row in feed] == ["TRIAGED", "ASSIGNED", "IN_PROGRESS", "RESOLVED"]
    assert [row["decision"] for row in feed] == ["APPLIED"] * 4


async def test_a_message_that_cannot_be_told_is_dead_with_its_reason_and_holds_up_its_own_case_file_only(
    both: Both,
) -> None:
    both.records.put("CaseFile", "c2", CASE)
    await both.pull()
    c2 = case_file_id("35.10", "c2")
    await both.move(C1, "TRIAGED", "m1")
    await both.move(C1, "ASSIGNED", "m2")
    await both.move(c2, "TRIAGED", "m3")
    both.refusing = {422: MOST_ATTEMPTS}
    for _ in range(MOST_ATTEMPTS):
        await both.deliver()
        both.now += timedelta(hours=1)
    await both.deliver()
    statement = "select status, reason_code, attempts from outbox_message order by message_id"
    assert await both.rows(statement) == [
        ("DEAD", "REFUSED", MOST_ATTEMPTS),
        ("PENDING", None, 0),
        ("DELIVERED", None, 1),
    ]
    assert await outbox.retry(both.database.jobs, "35.10", None, both.now) == 2
    await both.deliver()
    assert [row[0] for row in await both.rows(statement)] == ["DELIVERED"] * 3
    assert both.records.one("CaseFile", "c1")["status"] == "ASSIGNED"


async def test_dead_messages_can_be_given_up_and_what_waits_behind_them_goes_on(both: Both) -> None:
    await both.pull()
    await both.move(C1, "TRIAGED", "m1")
    await both.move(C1, "ASSIGNED", "m2")
    async with both.database.jobs.connection() as connection:
        await connection.execute("update outbox_message set status = 'DEAD', settled_at = now() where key like '%m1'")
    await both.deliver()
    ids = [row[0] for row in await both.rows("select message_id from outbox_message where status = 'DEAD'")]
    assert await outbox.give_up(both.database.jobs, "35.10", ids, "no use") == 1
    await both.deliver()
    assert await both.rows("select status, reason_code from outbox_message order by message_id") == [
        ("REFUSED", "GIVEN_UP"),
        ("REFUSED", "MOVE_NOT_ALLOWED"),
    ]


async def test_a_destination_that_another_process_is_delivering_to_is_left_alone(both: Both, database_url: str) -> None:
    await both.pull()
    await both.move(C1, "TRIAGED", "m1")
    async with held(database_url):
        assert (await both.deliver()).delivered["35.10"] == 0
    assert (await both.deliver()).delivered["35.10"] == 1


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """Another process in the middle of its call."""
    async with open_database(url, connections=1) as other, other.jobs.transaction() as transaction:
        assert await outbox.try_to_hold(transaction, "35.10")
        yield


async def test_a_caller_of_the_regency_puts_messages_with_the_rights_of_a_caller(both: Both) -> None:
    await both.pull()
    session = both.database.caller(Access(RegionRange.under("35.10"), "officer"))
    async with session.transaction() as transaction, transaction.connection() as connection:
        await connection.execute("update case_file set status = 'TRIAGED' where case_file_id = $1", C1)
        event = NewCaseEvent(
            case_file_id=C1,
            event_key="m1",
            field_group="STATUS",
            to_value="TRIAGED",
            happened_at=NOW,
            actor="officer",
            actor_role="DISTRICT_OFFICER",
        )
        await note_changes(transaction, [event], NOW)
    assert (await both.deliver()).delivered["35.10"] == 1
    assert both.records.one("CaseFile", "c1")["status"] == "TRIAGED"


async def test_a_caller_cannot_take_an_assignment_over_past_its_transitions(both: Both) -> None:
    session = both.database.caller(Access(RegionRange.under("35.10"), "officer"))
    async with session.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("update case_assignment set status = 'COMPLETED', owner_revision = 1")


async def test_a_message_of_a_kind_that_nobody_carries_holds_up_no_other(both: Both) -> None:
    await both.pull()
    other = outbox.NewMessage("35.10", "PIGEON", C1, "p1", {}, "35.10")
    await outbox.put(both.database.jobs, [other], NOW)
    await both.move(C1, "TRIAGED", "m1")
    assert (await both.deliver()).delivered["35.10"] == 1


async def test_a_district_without_the_capability_is_told_nothing(both: Both) -> None:
    async with both.database.jobs.connection() as connection:
        await connection.execute("update district_system set capabilities = '{CHANGES}'")
    await both.open()
    assert await both.rows("select * from outbox_message") == []
