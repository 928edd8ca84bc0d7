"""Questions whether a person is covered: what is needed to answer, and the note of who asked for what."""

from dataclasses import asdict, dataclass
from datetime import datetime

from hub.store.database import Session
from hub.store.queries import query


@dataclass(frozen=True, slots=True)
class RosterState:
    """Whether a programme has a roster, and whether it was read to its end."""

    has_roster: bool
    is_read: bool


@dataclass(frozen=True, slots=True)
class CheckNote:
    """Who asked, for what, what allows it, and what was answered; the person by the hub's id, if one was found."""

    client_id: str
    purpose: str
    basis: str
    basis_reference: str
    programme_code: str
    person_id: int | None
    answer: str
    asked_at: datetime


async def find_roster_state(session: Session, programme_code: str) -> RosterState | None:
    """None when there is no such programme."""
    row = await session.fetch_row(query("link_review", "find_roster_state"), programme_code=programme_code)
    return None if row is None else RosterState(row["has_roster"], row["is_read"])


async def list_active_programmes(session: Session, household_id: int, person_id: int) -> list[str]:
    """The programmes on which a person or the person's household is now."""
    rows = await session.fetch(
        query("link_review", "list_active_programmes"), household_id=household_id, person_id=person_id
    )
    return [row["programme_code"] for row in rows]


async def note_check(session: Session, note: CheckNote) -> None:
    """Keep the question; it is never changed."""
    await session.execute(query("link_review", "note_coverage_check"), **asdict(note))
