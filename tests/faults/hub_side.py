"""The process of a hub whose people change case files while it tells the district and reads its feed.

    python -m tests.faults.hub_side DATABASE_URL DISTRICT_URL PHASE_FILE SEED

In the phase `storm` it changes; in `drain` it changes nothing more, and ends when all is told and read.
"""

import random
import secrets

from hub.domain.cases import CASE_TRANSITIONS
from hub.domain.ids import household_id, stable_id
from hub.ingest.pull import Sync
from hub.store.case_history import NewCaseEvent
from hub.store.database import Connection, Database, Transaction
from resolvers.case_changes import note_changes
from tests.faults.district_side import AGENCIES
from tests.faults.hub_loop import CODE, clock, main

_MOVES = {
    "ASSIGNED": ("ACKNOWLEDGED", "DECLINED", "HANDED_OVER", "WITHDRAWN"),
    "ACKNOWLEDGED": ("COMPLETED", "HANDED_OVER", "WITHDRAWN"),
}
_MOST_OPENED = 12


class People:
    """Analysts who change what they meet, each change with its history in one transaction."""

    def __init__(self, database: Database, seed: int) -> None:
        self._database = database
        self._rng = random.Random(seed)

    async def do_something(self) -> None:
        async with self._database.jobs.transaction() as transaction, transaction.connection() as connection:
            opened = await connection.fetchval("select count(*) from case_event where field_group = 'OPENING'")
            if opened < _MOST_OPENED and self._rng.random() < 0.2:
                await self._open(transaction, connection)
                return
            ids = [row[0] for row in await connection.fetch("select case_file_id from case_file order by 1")]
            if not ids:
                return
            case = await connection.fetchrow(
                "select * from case_file where case_file_id = $1 for update", self._rng.choice(ids)
            )
            group = self._rng.choice(("DESCRIPTION", "SUBJECT", "STATUS", "STATUS", "ASSIGNMENT", "ASSIGNMENT", "NOTE"))
            made = await getattr(self, f"_{group.lower()}_of")(connection, case)
            if made is not None:
                await self._note(transaction, case["case_file_id"], group, **made)

    async def _note(self, transaction: Transaction, case_file_id: int, group: str, **more: object) -> None:
        key = secrets.token_hex(12)
        event = NewCaseEvent(
            case_file_id=case_file_id,
            event_key=key,
            field_group=group,
            happened_at=clock(),
            actor="analyst",
            actor_role="MINISTRY_ANALYST",
            **more,
        )
        await note_changes(transaction, [event], clock())

    async def _open(self, transaction: Transaction, connection: Connection) -> None:
        record_id = secrets.token_hex(8)
        number = stable_id("case_file", "HUB", record_id)
        await connection.execute(
            "insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at,"
            " regency_code, region_code, number, type, category, channel, status, summary, received_at)"
            " values ($1, 'HUB', $2, 1, $3, $3, '35.10', '35.10.01.2001', $2, 'NEED', 'HEALTH', 'HUB', 'RECEIVED', 'x', $3)",
            number,
            record_id,
            clock(),
        )
        await self._note(transaction, number, "OPENING")

    async def _description_of(self, connection: Connection, case: dict[str, object]) -> dict[str, object]:
        await connection.execute(
            "update case_file set summary = $2, description_version = description_version + 1 where case_file_id = $1",
            case["case_file_id"],
            f"hub {self._rng.random()}",
        )
        return {}

    async def _subject_of(self, connection: Connection, case: dict[str, object]) -> dict[str, object]:
        record = self._rng.choice((None, "h001", "h002", "h003"))
        await connection.execute(
            "update case_file set household_id = $2, subject_version = subject_version + 1 where case_file_id = $1",
            case["case_file_id"],
            None if record is None else household_id(CODE, record),
        )
        return {}

    async def _status_of(self, connection: Connection, case: dict[str, object]) -> dict[str, object] | None:
        status = str(case["status"])
        ways = sorted(CASE_TRANSITIONS[status])
        if not ways:
            return None
        to = self._rng.choice(ways)
        await connection.execute(
            "update case_file set status = $2, status_version = status_version + 1 where case_file_id = $1",
            case["case_file_id"],
            to,
        )
        return {"from_value": status, "to_value": to, "changes": {"resolution": None}}

    async def _assignment_of(self, connection: Connection, case: dict[str, object]) -> dict[str, object] | None:
        number, agency = case["case_file_id"], self._rng.choice(AGENCIES)
        rows = await connection.fetch("select * from case_assignment where case_file_id = $1", number)
        open_ = [row for row in rows if row["ended_at"] is None]
        held = next((row for row in open_ if row["agency_code"] == agency), None)
        if held is not None:
            to = self._rng.choice(_MOVES[held["status"]])
            await connection.execute(
                "update case_assignment set status = $3, ended_at = case when $3 <> 'ACKNOWLEDGED' then $4::timestamptz end"
                " where case_file_id = $1 and assignment_no = $2",
                number,
                held["assignment_no"],
                to,
                clock(),
            )
            return {"item": agency, "to_value": to}
        role = "SUPPORT" if any(row["role"] == "LEAD" for row in open_) else "LEAD"
        await connection.execute(
            "insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, regency_code, assigned_at)"
            " values ($1, $2, $3, $4, 'ASSIGNED', '35.10', $5)",
            number,
            max((row["assignment_no"] for row in rows), default=0) + 1,
            agency,
            role,
            clock(),
        )
        return {"item": agency, "to_value": "ASSIGNED"}

    async def _note_of(self, _connection: Connection, _case: dict[str, object]) -> dict[str, object]:
        return {"changes": {"text": "called"}}


def _sync_of(database: Database) -> Sync:
    return Sync(database.jobs, clock, batch_records=10, note_changes=note_changes)


if __name__ == "__main__":
    main(People, _sync_of)
