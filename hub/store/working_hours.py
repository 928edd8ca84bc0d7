"""The one calendar of all clocks: working days and office hours of regencies, by their zones, days off and policies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from hub.domain.clocks import ResponseHours, SlaTerms
from hub.domain.working_time import AroundTheClock, OfficeHours, Times, Zone
from hub.store.database import Session
from hub.store.queries import query

NATION = "ID"
"""In the calendar: every region."""
_PROVINCE = 2


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a regency answers and works, under the policy that was in force at a moment."""

    terms: SlaTerms
    answering: Times
    office: OfficeHours


class Calendar:
    """The lines of time of each regency, made when they are first asked for."""

    def __init__(self, days_off: dict[str, set[date]]) -> None:
        self._days_off = days_off
        self._made: dict[tuple[str, str, time, time], OfficeHours] = {}

    def working_hours(self, regency_code: str, zone: str, terms: SlaTerms) -> WorkingHours:
        """Those of a regency under a policy."""
        office = self._office_hours(regency_code, zone, terms.office_opens, terms.office_closes)
        is_around = terms.first_response_hours == ResponseHours.AROUND_THE_CLOCK
        return WorkingHours(terms, AroundTheClock() if is_around else office, office)

    def _office_hours(self, regency_code: str, zone: str, opens: time, closes: time) -> OfficeHours:
        regions = [code for code in (regency_code[:_PROVINCE], regency_code) if code in self._days_off]
        key = ("/".join(regions), zone, opens, closes)
        if key not in self._made:
            days = set[date]().union(*(self._days_off.get(code, ()) for code in (NATION, *regions)))
            self._made[key] = OfficeHours(Zone(zone), opens, closes, days)
        return self._made[key]


async def read_calendar(session: Session, regency_codes: Iterable[str]) -> Calendar:
    """The calendar of some regencies; ID is the nation."""
    codes = {NATION, *regency_codes, *(code[:_PROVINCE] for code in regency_codes)}
    days_off: dict[str, set[date]] = {}
    for row in await session.fetch(query("clock", "list_days_off"), region_codes=sorted(codes)):
        days_off.setdefault(row["region_code"], set()).add(row["day"])
    return Calendar(days_off)


async def read_terms(session: Session, policy_ids: Iterable[int]) -> dict[int, SlaTerms]:
    """What some policies promise."""
    rows = await session.fetch(query("clock", "list_terms"), policy_ids=sorted(policy_ids))
    return {row["policy_id"]: SlaTerms(*list(row)[1:]) for row in rows}


async def list_working_hours(session: Session, asked: Sequence[tuple[str, datetime]]) -> list[WorkingHours]:
    """For each regency those that were in force at a moment; three statements, however many are asked for."""
    places = await session.fetch(
        query("clock", "list_places"),
        regency_codes=[regency_code for regency_code, _ in asked],
        moments=[moment for _, moment in asked],
    )
    terms = await read_terms(session, {place["policy_id"] for place in places})
    calendar = await read_calendar(session, {regency_code for regency_code, _ in asked})
    return [
        calendar.working_hours(regency_code, place["zone"], terms[place["policy_id"]])
        for (regency_code, _), place in zip(asked, places, strict=True)
    ]
