"""The job of the hub from end to end: sync, link, judge, allocate, offer, issue, and back to the districts."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from hub.domain.errors import HubError, SetupError
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.source import Connector
from hub.ingest.pull import SourceReport
from hub.store import findings
from hub.store.coverage_job import refresh_coverage
from hub.store.database import Database
from hub.store.evaluation import find_last_day
from hub.store.finder import list_open_lines
from hub.store.pools import list_open_pools
from hub.store.runs import find_unfinished, list_runs_of_status
from resolvers.allocation import Asked, approve_run, create_run, execute_run, simulate_run
from resolvers.context import Clock, Context, context_of
from resolvers.findings import find_unused
from resolvers.lifecycle import Desk
from resolvers.matching import evaluate_all
from resolvers.runs import fairness_of
from server.demo.fairness import RunReport
from server.demo.progress import Progress
from server.demo.world import Score, SimulatedWorld
from server.sync import sync_of

PROGRAMMES = ("KIS_PBI", "PKH", "SEMBAKO", "PIP")
LINKED = frozenset({"KIS_PBI", "PKH"})

ANALYST = "demo-analyst"
APPROVER = "demo-approver"


@dataclass(frozen=True, slots=True)
class Job:
    """What the job works on."""

    database: Database
    connectors: Mapping[str, Connector]
    clock: Clock
    progress: Progress
    seed: int

    async def sync(self) -> list[SourceReport]:
        """Read every feed to its end."""
        with self.progress.step("Reading districts and national systems", "records") as step:
            sync = sync_of(self.database.jobs, self.clock, lambda _source, records: step.advance(records))
            reports = await sync.pull_all(self.connectors.values())
        for report in reports:
            if report.error is not None:
                self.progress.warn(f"{report.source_code}: {report.error.message}")
        return reports

    async def evaluate(self) -> None:
        """Link and judge everybody."""
        with self.progress.step("Linking rosters, judging every person and household", None):
            await evaluate_all(self.database.jobs, self.clock)

    async def find_unused(self) -> None:
        """What lies unused on the rosters, and what letters and cases announce."""
        with self.progress.step("Finding what lies unused", "findings") as step:
            counts = await find_unused(self.database.jobs, self.clock)
            step.advance(sum(found for found, _ in counts.values()))

    async def fairness(self) -> list[RunReport]:
        """What every run that was executed does to the regencies, the last 100 of them."""
        executed = await list_runs_of_status(self.database.jobs, ["EXECUTED"])
        found = await fairness_of(self._as(ANALYST), [run.run_id for run in executed])
        return list(zip(executed, found, strict=True))

    async def allocate(self) -> None:
        """One run for every programme and period that has free slots; an unfinished run is taken up."""
        for programme_code, period in await list_open_pools(self.database.jobs):
            with self.progress.step(f"Allocating {programme_code} {period}", "reserved") as step:
                run = await find_unfinished(self.database.jobs, programme_code, period)
                if run is None:
                    run = await create_run(self._as(ANALYST), Asked((programme_code,), period, self.seed))
                if run.status in ("DRAFT", "SIMULATED"):
                    run = await simulate_run(self._as(ANALYST), run.run_id)
                    run = await approve_run(self._as(APPROVER), run.run_id)
                await execute_run(self._as(ANALYST), run.run_id, step.advance)

    async def follow(self) -> None:
        """Offer, deliver, hear the districts' answers, issue; slots that come back go to the next in rank."""
        desk = Desk(self.database.jobs, self.clock, self.connectors, offer_stands=timedelta(0))
        with self.progress.step("Offering, issuing and following up", "matches") as step:
            while True:  # ends: a candidate gets one match of a run
                step.advance(await desk.offer_reserved())
                self._warn((await desk.deliver()).values())
                await self._hear()
                await self._issue(desk)
                expired = await desk.expire()
                self._warn((await desk.deliver()).values())
                if not await desk.refill() and not expired:
                    break
        await self._hear()
        await refresh_coverage(self.database.jobs, self.clock())

    async def _hear(self) -> None:
        reports = await sync_of(self.database.jobs, self.clock, reads_profiles=False).pull_all(self.connectors.values())
        self._warn(report.error for report in reports if report.error is not None)

    async def _issue(self, desk: Desk) -> None:
        try:
            await desk.issue_accepted()
            await desk.confirm_by_roster()
        except HubError as error:
            self._warn([error])

    def _warn(self, errors: Iterable[HubError]) -> None:
        for error in errors:
            self.progress.warn(error.message)

    def _as(self, client_id: str) -> Context:
        role = Role.MINISTRY_ANALYST
        principal = Principal(client_id, role, SCOPES_OF_ROLE[role])
        return context_of(self.database, principal, self.clock, self.connectors)


async def score(database: Database, world: SimulatedWorld) -> Score:
    """Hold what was found against the truth of the day as of which it was judged: a long job ends on another one."""
    judged_on = await find_last_day(database.jobs)
    if judged_on is None:
        raise SetupError("nothing was judged yet: let the job judge first")
    return await world.score(_findings(database), judged_on)


async def _findings(database: Database) -> AsyncIterator[bytes]:
    for programme_code in sorted(LINKED):
        yield _line("unused", programme_code, await list_open_lines(database.jobs, programme_code))
    kinds: tuple[findings.Finding, ...] = ("links", "reviews", "unserved", "matched")
    for programme_code in PROGRAMMES:
        for kind in kinds:
            if kind in ("links", "reviews") and programme_code not in LINKED:
                continue
            async for page in findings.list_findings(database.jobs, kind, programme_code):
                yield _line(kind, programme_code, page)


def _line(kind: str, programme_code: str, rows: object) -> bytes:
    return msgspec.json.encode({"kind": kind, "programme": programme_code, "rows": rows}) + b"\n"
