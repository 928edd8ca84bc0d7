"""One day at the poverty desks [UGD Kemiskinan] of the districts: who reports what, and which agency answers when, drawn by seed.

The plan is the truth: what the hub counts of the day is held against it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec

from simulators.records import Household

REPORTS_A_HOUSEHOLD, FEWEST, MOST = 0.02, 12, 120
HOTLINE_SHARE = 0.25
"""Reports that come in at the hub, for a district to work."""
ELSEWHERE_SHARE = 0.6
REFERRED_FOR = frozenset({"FOOD", "HOUSING"})
ANSWERED_IN_TIME, ANSWERED_LATE = 0.72, 0.14
"""The rest is not answered on that day."""
FIRST_RESPONSE = timedelta(hours=4)
LEVELS = (
    ("REGENCY", timedelta(hours=3)),
    ("PROVINCE", timedelta(hours=4)),
    ("MINISTRY", timedelta(hours=6)),
)
"""To whom a report rises that nobody has answered for so long: 75, 100 and 150 % of the four hours."""
_OPENS, _CLOSES = 6 * 60, 20 * 60
_AGENCIES = {
    "HEALTH": "DINAS_KESEHATAN",
    "EDUCATION": "DINAS_PENDIDIKAN",
    "SOCIAL_ECONOMIC": "DINAS_SOSIAL",
    "FOOD": "DINAS_SOSIAL",
    "HOUSING": "DINAS_SOSIAL",
    "CIVIL_REGISTRATION": "DUKCAPIL",
}
_WORDS = {
    "HEALTH": "Sakit dan belum punya kartu KIS.",
    "EDUCATION": "Anak tidak masuk sekolah karena biaya.",
    "SOCIAL_ECONOMIC": "Kehilangan pekerjaan, belum ada bantuan.",
    "FOOD": "Persediaan beras habis.",
    "HOUSING": "Atap rumah roboh.",
    "CIVIL_REGISTRATION": "Kartu keluarga belum diperbarui.",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report of the day, and what becomes of it: None where nothing does on that day."""

    number: str
    district: str
    region_code: str
    household_id: str
    category: str
    summary: str
    is_hotline: bool
    refer_to: str | None
    """The district that is asked to help, for a report whose people are there for the time being."""
    received_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None

    @property
    def agency_code(self) -> str:
        """The agency that the district gives it to."""
        return f"{self.district}/{_AGENCIES[self.category]}"


class DayTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a district's reports by a moment; `escalated` counts reports by the level to which they rose."""

    reports: int
    answered_in_time: int
    answered_late: int
    unanswered: int
    breached: int
    escalated: dict[str, int]
    resolved: int
    referred: int = 0
    """To another district, by whom it was taken in."""
    served: int = 0
    """Of these, as the other district tells."""


def plan_day(
    seed: int, district: str, households: Sequence[Household], begins_at: datetime, neighbour: str | None = None
) -> list[Report]:
    """The reports of a day in the order in which they come in. The moments are whole minutes.

    `neighbour`: the district to which those are referred whose people are there.
    """
    rng = Random(f"{seed}/{district}/day")
    count = min(max(FEWEST, round(len(households) * REPORTS_A_HOUSEHOLD)), MOST, len(households))
    chosen = rng.sample(range(len(households)), count)
    minutes = sorted(rng.randrange(_OPENS, _CLOSES) for _ in chosen)
    return [
        _report(
            rng,
            f"{district}/{begins_at:%Y%m%d}/{number:03}",
            households[at],
            (district, neighbour),
            begins_at + timedelta(minutes=minute),
        )
        for number, (at, minute) in enumerate(zip(chosen, minutes, strict=True), 1)
    ]


def _report(
    rng: Random, number: str, household: Household, districts: tuple[str, str | None], received_at: datetime
) -> Report:
    category = rng.choice(sorted(_AGENCIES))
    acknowledged_at = _answer(rng, received_at)
    is_resolved = acknowledged_at is not None and rng.random() < 0.4
    is_hotline = rng.random() < HOTLINE_SHARE
    is_elsewhere = is_hotline and category in REFERRED_FOR and rng.random() < ELSEWHERE_SHARE
    return Report(
        number=number,
        district=districts[0],
        region_code=household.region_code,
        household_id=household.id,
        category=category,
        summary=_WORDS[category],
        is_hotline=is_hotline,
        refer_to=districts[1] if is_elsewhere else None,
        received_at=received_at,
        acknowledged_at=acknowledged_at,
        resolved_at=acknowledged_at + timedelta(minutes=rng.randrange(10, 300))
        if acknowledged_at is not None and is_resolved
        else None,
    )


def _answer(rng: Random, received_at: datetime) -> datetime | None:
    at = rng.random()
    if at < ANSWERED_IN_TIME:
        return received_at + timedelta(minutes=rng.randrange(5, 236))
    if at < ANSWERED_IN_TIME + ANSWERED_LATE:
        return received_at + timedelta(minutes=rng.randrange(245, 480))
    return None


def truth_of(reports: Iterable[Report], passes: Sequence[datetime]) -> DayTruth:
    """What there is to find at the last of the `passes`, the moments at which somebody looks for reports to be escalated."""
    until = passes[-1]
    came = [report for report in reports if report.received_at <= until]
    answered = [r for r in came if r.acknowledged_at is not None and r.acknowledged_at <= until]
    in_time = sum(r.acknowledged_at - r.received_at <= FIRST_RESPONSE for r in answered if r.acknowledged_at)
    late = len(answered) - in_time
    overdue = sum(r not in answered and r.received_at + FIRST_RESPONSE < until for r in came)
    return DayTruth(
        reports=len(came),
        answered_in_time=in_time,
        answered_late=late,
        unanswered=len(came) - len(answered),
        breached=late + overdue,
        escalated={level: sum(_rises(r, after, passes) for r in came) for level, after in LEVELS},
        resolved=sum(r.resolved_at is not None and r.resolved_at <= until for r in came),
    )


def _rises(report: Report, after: timedelta, passes: Sequence[datetime]) -> bool:
    """Whether a pass finds it unanswered for so long."""
    first = next((at for at in passes if at >= report.received_at + after), None)
    return first is not None and (report.acknowledged_at is None or report.acknowledged_at > first)
