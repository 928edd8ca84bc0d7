"""A day at the poverty desks in fast time: agencies answer or do not, clocks run, escalations rise, referrals close."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

import msgspec
from rich.table import Table

from hub.domain.agencies import Agencies
from hub.domain.errors import HubError
from hub.domain.ids import household_id
from hub.domain.principal import ONLY_IF_NAMED, SCOPES_OF_ROLE, Principal, Role
from hub.domain.referrals import ReferralAction
from hub.domain.source import Connector, regency_of
from hub.store.case_statistics import CaseStatistics
from hub.store.casework import Description
from hub.store.database import Database
from hub.store.referrals_read import Referral
from resolvers.assignments import assign_case
from resolvers.case_files import CaseFileDraft, create_case_file
from resolvers.case_statistics import StatisticsAsked, count_case_files_by
from resolvers.case_work import triage_case
from resolvers.context import Context, context_of
from resolvers.escalation import escalate_due
from resolvers.held_case import Step
from resolvers.outbox_delivery import deliver_outbox
from resolvers.referral_actions import ReferralStep, move_referral
from resolvers.referral_drafts import ReferralDraft, draft_referral
from resolvers.referrals import referrals_by_id
from server.demo.progress import Progress
from server.demo.world import CitizenReport, DayTruth, SimulatedWorld
from server.sync import sync_of

WIB = timezone(timedelta(hours=7))
TICK = timedelta(minutes=15)
"""How far the clock goes on between two looks."""
_HOURS = 24
_PURPOSES = {"FOOD": "FOOD_AID", "HOUSING": "HOUSING_REPAIR"}


class FastClock:
    """A clock that is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The moment at which it was set."""
        return self.now


class DayCounts(msgspec.Struct, frozen=True):
    """Reports of a day in one district: by whether an agency answered within four hours, how far they rose, and how many were
    referred to another district and served there.
    """

    reports: int
    answered_in_time: int
    breached: int
    to_regency: int
    to_province: int
    to_ministry: int
    resolved: int
    referred: int
    served: int


class DistrictDay(msgspec.Struct, frozen=True):
    """What the hub counted, and what was so."""

    regency_code: str
    found: DayCounts
    truth: DayCounts


@dataclass(frozen=True, slots=True)
class DayReport:
    """The whole day, by district."""

    day: date
    districts: Sequence[DistrictDay]

    @property
    def is_exact(self) -> bool:
        """The hub counted what was so."""
        return all(district.found == district.truth for district in self.districts)


class Day:
    """The day before the world was made, from midnight to midnight in West Indonesia."""

    def __init__(
        self,
        database: Database,
        connectors: Mapping[str, Connector],
        world: SimulatedWorld,
        progress: Progress,
        day: date,
    ) -> None:
        self._day = day - timedelta(days=1)
        self._begins_at = datetime.combine(self._day, time(), WIB).astimezone(UTC)
        self._clock = FastClock(self._begins_at)
        self._database = database
        self._districts = {code: one for code, one in connectors.items() if regency_of(code) is not None}
        self._world = world
        self._progress = progress
        self._referrals: dict[int, str] = {}
        """Who sent each referral of the day."""

    async def live(self) -> DayReport:
        """Let it go by; what went by in an earlier demo is met and changes nothing."""
        ends_at = self._begins_at + timedelta(hours=_HOURS)
        passes: list[datetime] = []
        with self._progress.step(
            f"A day at the desks, {self._day:%d %B %Y}, {_HOURS} hours in fast time", "reports"
        ) as step:
            while self._clock.now < ends_at:
                to = self._begins_at + TICK * (len(passes) + 1)
                step.advance(await self._tick(to))
                passes.append(to)
            await self._tick(ends_at)
        return await self._report(passes)

    async def _tick(self, to: datetime) -> int:
        """What happens up to a moment; returns how many reports the hub's hotline took."""
        reports = await self._world.pass_day(self._begins_at, self._clock.now, to)
        for report in reports:
            self._clock.now = report.received_at
            await self._take(report)
        self._clock.now = to
        await deliver_outbox(self._database.jobs, self._districts, self._clock)
        sync = sync_of(self._database.jobs, self._clock, reads_profiles=False)
        for source in await sync.pull_all(self._districts.values()):
            self._warn(source.error)
        await escalate_due(self._database.jobs, self._clock)
        await self._close_ended()
        return len(reports)

    async def _take(self, report: CitizenReport) -> None:
        """The ministry's hotline takes a report down; the district's secretariat gives it to the agency that the rules name."""
        draft = CaseFileDraft(
            region_code=report.region_code,
            household_id=household_id(report.district, report.household_id),
            number=report.number,
            type="NEED",
            category=report.category,
            channel="PHONE",
            summary=report.summary,
        )
        try:
            case_file = await create_case_file(self._as(Role.MINISTRY_ANALYST, None), draft, report.number)
            secretariat = self._as(Role.DISTRICT_OFFICER, report.district)
            await triage_case(secretariat, Step(case_file.case_file_id, f"triage {report.number}"), Description())
            await assign_case(secretariat, Step(case_file.case_file_id, f"assign {report.number}"), Agencies())
            if report.refer_to is not None:
                await self._refer(secretariat, case_file.case_file_id, report, report.refer_to)
        except HubError as error:
            self._warn(error)

    async def _refer(self, secretariat: Context, case_file_id: int, report: CitizenReport, receiver: str) -> None:
        draft = ReferralDraft(case_file_id, _PURPOSES[report.category], receiver)
        referral = await draft_referral(secretariat, draft, f"refer {report.number}")
        step = ReferralStep(ReferralAction.SEND, referral.referral_id, None)
        await move_referral(secretariat, step, f"send {report.number}")
        self._referrals[referral.referral_id] = report.district

    async def _close_ended(self) -> None:
        """The sender takes note of how a referral ended."""
        for referral in await self._read_referrals():
            if referral.outcome is not None and referral.closed_at is None:
                sender = self._as(Role.DISTRICT_OFFICER, referral.from_regency_code)
                step = ReferralStep(ReferralAction.CLOSE, referral.referral_id, None)
                await move_referral(sender, step, f"close {referral.reference}")

    async def _read_referrals(self) -> Sequence[Referral]:
        found = await referrals_by_id(self._as(Role.MINISTRY_ANALYST, None), list(self._referrals))
        return [referral for referral in found if referral is not None]

    def _as(self, role: Role, regency_code: str | None) -> Context:
        scopes = SCOPES_OF_ROLE[role] - ONLY_IF_NAMED.get(role, frozenset())
        principal = Principal(f"demo-{role.value.lower().replace('_', '-')}", role, scopes, regency_code)
        return context_of(self._database, principal, self._clock, self._districts)

    def _warn(self, error: HubError | None) -> None:
        if error is not None:
            self._progress.warn(error.message)

    async def _report(self, passes: Sequence[datetime]) -> DayReport:
        asked = StatisticsAsked("DISTRICT", None, self._begins_at, passes[-1])
        rows = await count_case_files_by(self._as(Role.MINISTRY_ANALYST, None), asked)
        referrals = await self._read_referrals()
        found = {row.code: _found(row, [one for one in referrals if one.from_party == row.code]) for row in rows}
        truth = await self._world.day_truth(self._begins_at, passes)
        nothing = DayCounts(0, 0, 0, 0, 0, 0, 0, 0, 0)
        return DayReport(
            self._day, [DistrictDay(code, found.get(code, nothing), _true(own)) for code, own in sorted(truth.items())]
        )


def _found(row: CaseStatistics, referrals: Sequence[Referral]) -> DayCounts:
    return DayCounts(
        reports=row.received,
        answered_in_time=row.answered_in_time or 0,
        breached=row.response_breached or 0,
        to_regency=row.escalated_to_regency or 0,
        to_province=row.escalated_to_province or 0,
        to_ministry=row.escalated_to_ministry or 0,
        resolved=row.resolved_in_time or 0,
        referred=sum(one.delivered_at is not None for one in referrals),
        served=sum(one.outcome == "COMPLETED" and one.closed_at is not None for one in referrals),
    )


def _true(truth: DayTruth) -> DayCounts:
    return DayCounts(
        reports=truth.reports,
        answered_in_time=truth.answered_in_time,
        breached=truth.breached,
        to_regency=truth.escalated["REGENCY"],
        to_province=truth.escalated["PROVINCE"],
        to_ministry=truth.escalated["MINISTRY"],
        resolved=truth.resolved,
        referred=truth.referred,
        served=truth.served,
    )


_COLUMNS: tuple[tuple[str, Callable[[DayCounts], int]], ...] = (
    ("Reports", lambda counts: counts.reports),
    ("Within 4 h", lambda counts: counts.answered_in_time),
    ("Breached", lambda counts: counts.breached),
    ("To regency", lambda counts: counts.to_regency),
    ("To province", lambda counts: counts.to_province),
    ("To ministry", lambda counts: counts.to_ministry),
    ("Resolved", lambda counts: counts.resolved),
    ("Referred", lambda counts: counts.referred),
    ("Served there", lambda counts: counts.served),
)


def day_table(report: DayReport) -> Table:
    """For a person: each district as the hub counted it, and as it was."""
    table = Table(
        title=f"A day at the desks, {report.day:%d %B %Y}: answered, breached, escalated, and what the truth says"
    )
    table.add_column("District")
    table.add_column("")
    for title, _ in _COLUMNS:
        table.add_column(title, justify="right")
    for district in report.districts:
        table.add_row(district.regency_code, "found", *(f"{count(district.found):,}" for _, count in _COLUMNS))
        table.add_row("", "truth", *(f"{count(district.truth):,}" for _, count in _COLUMNS))
    return table


def day_summary(report: DayReport) -> dict[str, object]:
    """For a program: by district."""
    return {
        "on": report.day.isoformat(),
        "districts": {
            district.regency_code: {
                "found": msgspec.to_builtins(district.found),
                "truth": msgspec.to_builtins(district.truth),
            }
            for district in report.districts
        },
        "is_exact": report.is_exact,
    }
