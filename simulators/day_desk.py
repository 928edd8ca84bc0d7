"""Lets a planned day happen: citizens come to the districts' desks, agencies answer, as the clock is moved on."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from simulators.calls import Call
from simulators.case_desk import Asked, Refused
from simulators.day import DayTruth, Report, plan_day, truth_of
from simulators.district import DistrictSystem
from simulators.records import CaseAssignment, CaseFile, CaseValues
from simulators.world import World

_DESK, _AGENCY = "desk", "agency"


class DayPassed(Call, frozen=True, tag="day"):
    """A day went on, to a moment of it."""

    begins_at: datetime
    to: datetime


class _Happening(NamedTuple):
    at: datetime
    number: str
    what: str
    report: Report


class DayDesk:
    """One day of all districts of a world. What happened once does not happen again."""

    def __init__(self, world: World, begins_at: datetime) -> None:
        self._world = world
        self.begins_at = begins_at
        codes = list(world.districts)
        self._reports = {
            code: plan_day(
                world.settings.seed,
                code,
                list(world.population.settlements[code].households.values()),
                begins_at,
                neighbour=None if len(codes) == 1 else codes[(at + 1) % len(codes)],
            )
            for at, code in enumerate(codes)
        }
        self._coming = sorted(_happenings(report for reports in self._reports.values() for report in reports))
        self._waiting: list[_Happening] = []

    def pass_to(self, to: datetime) -> None:
        """All that is planned up to a moment happens, in order; what needs a report of the hub happens once that is here."""
        self._world.recorder(DayPassed(self.begins_at, to))
        due = sum(happening.at <= to for happening in self._coming)
        ready, self._coming = [*self._waiting, *self._coming[:due]], self._coming[due:]
        self._waiting = [happening for happening in ready if not self._happen(happening)]

    def hotline(self, after: datetime, to: datetime) -> list[Report]:
        """What citizens tell the hub's hotline in a stretch of time, the oldest first."""
        told = (
            r for reports in self._reports.values() for r in reports if r.is_hotline and after < r.received_at <= to
        )
        return sorted(told, key=lambda report: (report.received_at, report.number))

    def truth(self, passes: Sequence[datetime]) -> dict[str, DayTruth]:
        """What became of the reports of each district by the last pass."""
        return {
            code: replace(
                truth_of(reports, passes),
                referred=self._referred_by(code, None),
                served=self._referred_by(code, "COMPLETED"),
            )
            for code, reports in self._reports.items()
        }

    def _referred_by(self, code: str, move: str | None) -> int:
        """How many referrals of a district all others took in, or moved so."""
        desks = [district.referral_desk for district in self._world.districts.values()]
        own = {reference for desk in desks for reference, one in desk.referrals.items() if one.from_party == code}
        moved = {update.reference for desk in desks for update in desk.updates.values() if update.move == move}
        return len(own if move is None else own & moved)

    def _happen(self, happening: _Happening) -> bool:
        """Whether it could happen."""
        report, district = happening.report, self._world.districts[happening.report.district]
        if happening.what == "RECEIVED":
            if not report.is_hotline:
                _take(district, report)
            return True
        case_file = _find(district, report.number)
        lead = None if case_file is None else _lead(case_file)
        if case_file is None or lead is None:
            return False
        steps = _ACKNOWLEDGED if happening.what == "ACKNOWLEDGED" else _RESOLVED
        for group, word in steps:
            with suppress(Refused):  # somebody else moved it there before
                _change(district, case_file.id, happening, lead, (group, word))
        return True


def day_of(world: World, begins_at: datetime) -> DayDesk:
    """The day that begins then, as far as it has gone."""
    if begins_at not in world.days:
        world.days[begins_at] = DayDesk(world, begins_at)
    return world.days[begins_at]


_ACKNOWLEDGED = (("ASSIGNMENT", "ACKNOWLEDGED"), ("STATUS", "IN_PROGRESS"))
_RESOLVED = (("STATUS", "RESOLVED"), ("ASSIGNMENT", "COMPLETED"))


def _happenings(reports: Iterable[Report]) -> Iterator[_Happening]:
    for report in reports:
        moments = (
            ("RECEIVED", report.received_at),
            ("ACKNOWLEDGED", report.acknowledged_at),
            ("RESOLVED", report.resolved_at),
        )
        for what, at in moments:
            if at is not None:
                yield _Happening(at, report.number, what, report)


def _find(district: DistrictSystem, number: str) -> CaseFile | None:
    return next((case for case in district.case_files.values() if case.number == number), None)


def _lead(case_file: CaseFile) -> CaseAssignment | None:
    return next((one for one in case_file.assignments if one.role == "LEAD" and one.ended_at is None), None)


def _take(district: DistrictSystem, report: Report) -> None:
    """Somebody comes to the district's own desk: the report is taken down, triaged, and given to an agency."""
    case_file = CaseFile(
        id=f"D{report.number.replace('/', '-')}",
        revision=district.next_revision,
        observed_at=report.received_at,
        number=report.number,
        type="NEED",
        category=report.category,
        channel="VILLAGE_DESK",
        region_code=report.region_code,
        household_id=report.household_id,
        status="RECEIVED",
        summary=report.summary,
        received_at=report.received_at,
        closed_at=None,
    )
    district.put_case_file(case_file)
    lead = CaseAssignment(
        agency_code=report.agency_code, role="LEAD", status="ASSIGNED", version=1, assigned_at=report.received_at
    )
    happening = _Happening(report.received_at, report.number, "RECEIVED", report)
    for step in (("STATUS", "TRIAGED"), ("ASSIGNMENT", "ASSIGNED"), ("STATUS", "ASSIGNED")):
        _change(district, case_file.id, happening, lead, step)


def _change(
    district: DistrictSystem, case_file_id: str, happening: _Happening, lead: CaseAssignment, step: tuple[str, str]
) -> None:
    group, word = step
    values = (
        CaseValues(
            assignment_role="LEAD",
            assignment_status=word,
            assigned_at=lead.assigned_at,
            result="Selesai." if word == "COMPLETED" else None,
        )
        if group == "ASSIGNMENT"
        else CaseValues(status=word, resolution="Ditangani." if word == "RESOLVED" else None)
    )
    is_agency = happening.what != "RECEIVED"
    district.case_desk.make(
        Asked(
            key=f"{happening.number}/{word.lower()}/{group.lower()}",
            field_group=group,
            item=lead.agency_code if group == "ASSIGNMENT" else "",
            values=values,
            actor=_AGENCY if is_agency else _DESK,
            actor_role="AGENCY_OFFICER" if is_agency else "DISTRICT_OFFICER",
            agency_code=lead.agency_code if is_agency else f"{district.code}/KESRA",
            happened_at=happening.at,
            case_file_id=case_file_id,
        )
    )
