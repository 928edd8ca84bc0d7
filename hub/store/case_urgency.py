"""Work lists by urgency: case files whose clock is at risk or breached, the most urgent first."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hub.domain.principal import EVERYWHERE, RegionRange
from hub.store.case_files import CaseFile
from hub.store.database import Row, Session
from hub.store.queries import query

_FIRST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Urgent:
    """A case file with the moment since which its clock is at risk."""

    at_risk_at: datetime
    case_file: CaseFile


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Which: by which clock, as of when, after which (moment, case file), how many, where."""

    kind: str
    now: datetime
    after: tuple[datetime, int] | None
    first: int
    regions: RegionRange = EVERYWHERE

    def values(self) -> dict[str, object]:
        """As parameters of a query."""
        at, case_file_id = self.after or (_FIRST, 0)
        return {
            "kind": self.kind,
            "now": self.now,
            "after_at": at,
            "after_id": case_file_id,
            "first": self.first,
            "region_from": self.regions.start,
            "region_to": self.regions.end,
        }


async def list_at_risk(session: Session, wanted: AtRisk) -> list[Urgent]:
    """Of a range of regions."""
    return _read(await session.fetch(query("case_urgency", "list_at_risk"), **wanted.values()))


async def list_at_risk_of_regency(session: Session, regency_code: str, wanted: AtRisk) -> list[Urgent]:
    """Of one regency, or a range of regions in it."""
    values = wanted.values() | {"regency_code": regency_code}
    return _read(await session.fetch(query("case_urgency", "list_at_risk_of_regency"), **values))


async def list_at_risk_of_agency(session: Session, agency_code: str, wanted: AtRisk) -> list[Urgent]:
    """Of what an agency works on."""
    values = wanted.values() | {"agency_code": agency_code}
    return _read(await session.fetch(query("case_urgency", "list_at_risk_of_agency"), **values))


def _read(rows: list[Row]) -> list[Urgent]:
    return [Urgent(row[0], CaseFile(*list(row)[1:])) for row in rows]
