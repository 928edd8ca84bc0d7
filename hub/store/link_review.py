"""Links as people see and decide them: the review queue, decisions, and the matches that a decision put to review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from hub.domain.nik import mask
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.store.database import Row, Session
from hub.store.queries import query
from hub.store.rows import SourceStamp, by_key, grouped, read

LinkStatus = Literal["LINKED", "REVIEW", "REJECTED", "UNDONE"]
Cause = Literal["LINK_MADE", "LINK_UNDONE"]


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """What one comparison of two records found, and what it weighs in bits."""

    comparison: str
    level: str
    bits: float


class Link(msgspec.Struct, frozen=True):
    """A roster line and a person or household, held to be one or waiting for somebody to say so."""

    link_id: int
    programme_code: str
    household_id: int
    person_id: int | None
    member_id: int | None
    regency_code: str
    status: str
    found_by: str
    weight: float | None
    weights_version: str | None
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    version: int
    source_code: str
    source_record_id: str
    comparisons: tuple[Comparison, ...]

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.LINK, self.link_id)

    @property
    def entry(self) -> tuple[str, str]:
        """What names the roster line."""
        return (self.source_code, self.source_record_id)

    @property
    def method(self) -> str:
        """How it is known: REVIEWED once somebody said that it holds, else how it was found."""
        return "REVIEWED" if self.status == "LINKED" and self.decided_by is not None else self.found_by


class RosterEntry(msgspec.Struct, frozen=True, gc=False):
    """A line of a national roster that is, or may be, somebody of the caller's regions."""

    source_code: str
    source_record_id: str
    programme_code: str
    status: str
    name: str | None
    sex: str | None
    birth_date: date | None
    region_code: str | None
    segment: str | None
    observed_at: datetime
    fetched_at: datetime
    kk_number: str | None
    nik: str | None

    @property
    def source_stamp(self) -> SourceStamp:
        """Where this comes from."""
        return SourceStamp(self.source_code, self.source_record_id, self.observed_at, self.fetched_at)


class LinkEvent(msgspec.Struct, frozen=True, gc=False):
    """One change of a link. `to_status` None: what found the pair does not find it any more."""

    link_id: int
    version: int
    from_status: str | None
    to_status: str | None
    method: str
    weight: float | None
    weights_version: str | None
    actor: str
    reason: str | None
    moved_at: datetime


class MatchReview(msgspec.Struct, frozen=True, gc=False):
    """A match whose ground a decision about a link took away."""

    review_id: int
    household_id: int
    match_id: int
    link_id: int
    regency_code: str
    cause: str
    raised_by: str
    raised_at: datetime
    resolution: str | None
    resolved_by: str | None
    resolved_at: datetime | None
    reason: str | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.MATCH_REVIEW, self.review_id)


class ActiveMatch(msgspec.Struct, frozen=True, gc=False):
    """A match of a household that is on its way or issued."""

    match_id: int
    person_id: int | None
    programme_code: str
    status: str
    national_reference: str | None


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """Which links: of these regencies and this status."""

    regencies: RegionRange
    status: LinkStatus

    def values(self) -> dict[str, object]:
        """As parameters of a query."""
        return {
            "region_from": self.regencies.start,
            "region_to": self.regencies.end,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody says of a pair, and when."""

    status: LinkStatus
    decided_by: str
    decided_at: datetime
    reason: str


async def find_links(session: Session, link_ids: Sequence[int]) -> list[Link | None]:
    """The link of each id."""
    rows = await session.fetch(query("link_review", "find_links"), link_ids=list(link_ids))
    return by_key(link_ids, ((row["link_id"], _link(row)) for row in rows))


async def list_oldest(session: Session, wanted: LinkFilter, *, after_id: int, first: int) -> list[Link]:
    """A page of links in the order in which they were found."""
    rows = await session.fetch(query("link_review", "list_oldest"), **wanted.values(), after_id=after_id, first=first)
    return [_link(row) for row in rows]


async def list_surest(session: Session, wanted: LinkFilter, *, after: tuple[float, int], first: int) -> list[Link]:
    """A page of links, those first for which most speaks; `after` is the weight and id of a link."""
    rows = await session.fetch(
        query("link_review", "list_surest"), **wanted.values(), after_weight=after[0], after_id=after[1], first=first
    )
    return [_link(row) for row in rows]


async def find_roster_entries(
    session: Session, keys: Sequence[tuple[str, str]], *, whole: bool
) -> list[RosterEntry | None]:
    """The roster line of each key, if the caller may see it; `whole` False masks its numbers."""
    rows = await session.fetch(
        query("link_review", "find_roster_entries"),
        source_codes=[code for code, _ in keys],
        record_ids=[record for _, record in keys],
    )
    return by_key(keys, (((row[0], row[1]), _entry(row, whole=whole)) for row in rows))


async def list_link_events(session: Session, link_ids: Sequence[int]) -> list[list[LinkEvent]]:
    """The history of each link."""
    rows = await session.fetch(query("link_review", "list_link_events"), link_ids=list(link_ids))
    return grouped(link_ids, ((event.link_id, event) for event in read(LinkEvent, rows)))


async def lock_link(session: Session, link_id: int) -> Link | None:
    """The link, locked with its roster line until the transaction ends."""
    row = await session.fetch_row(query("link_review", "lock_link"), link_id=link_id)
    return None if row is None else _link(row)


async def find_linked_elsewhere(session: Session, link_id: int) -> int | None:
    """The link that holds its roster line for another unit."""
    found: int | None = await session.fetch_value(query("link_review", "find_linked_elsewhere"), link_id=link_id)
    return found


async def decide(session: Session, link_id: int, decision: Decision) -> int:
    """Record what somebody says; returns the link's version."""
    version: int = await session.fetch_value(
        query("link_review", "decide"),
        link_id=link_id,
        status=decision.status,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        reason=decision.reason,
    )
    return version


async def list_verdicts(session: Session, household_id: int) -> dict[tuple[int | None, str], str]:
    """The recorded verdicts of a household and its members, by (person or None, programme)."""
    rows = await session.fetch(query("link_review", "list_verdicts"), household_id=household_id)
    return {(row["person_id"], row["programme_code"]): row["status"] for row in rows}


async def list_active_matches(session: Session, household_id: int) -> list[ActiveMatch]:
    """The matches of a household that are on their way or issued, locked."""
    return read(
        ActiveMatch, await session.fetch(query("link_review", "list_active_matches"), household_id=household_id)
    )


async def put_to_review(
    session: Session, match_ids: Sequence[int], link_id: int, cause: Cause, raised: tuple[str, datetime]
) -> None:
    """Matches wait for a person on duty; `raised` is by whom and when."""
    await session.execute(
        query("link_review", "put_to_review"),
        match_ids=list(match_ids),
        link_id=link_id,
        cause=cause,
        raised_by=raised[0],
        raised_at=raised[1],
    )


async def settle_reviews_of(session: Session, link_id: int, cause: Cause, decision: Decision) -> None:
    """The decision that put matches to review was taken back."""
    await session.execute(
        query("link_review", "settle_reviews_of"),
        link_id=link_id,
        cause=cause,
        resolved_by=decision.decided_by,
        resolved_at=decision.decided_at,
        reason=decision.reason,
    )


async def find_match_reviews(session: Session, review_ids: Sequence[int]) -> list[MatchReview | None]:
    """The review of each id."""
    rows = await session.fetch(query("link_review", "find_match_reviews"), review_ids=list(review_ids))
    return by_key(review_ids, ((review.review_id, review) for review in read(MatchReview, rows)))


async def list_match_reviews(
    session: Session, regencies: RegionRange, *, after_id: int, first: int
) -> list[MatchReview]:
    """A page of open reviews, the oldest first."""
    rows = await session.fetch(
        query("link_review", "list_match_reviews"),
        region_from=regencies.start,
        region_to=regencies.end,
        after_id=after_id,
        first=first,
    )
    return read(MatchReview, rows)


async def list_open_reviews_of(session: Session, match_ids: Sequence[int]) -> list[MatchReview | None]:
    """The open review of each match."""
    rows = await session.fetch(query("link_review", "list_open_reviews_of"), match_ids=list(match_ids))
    return by_key(match_ids, ((review.match_id, review) for review in read(MatchReview, rows)))


async def lock_match_review(session: Session, review_id: int) -> MatchReview | None:
    """The review, locked until the transaction ends."""
    row = await session.fetch_row(query("link_review", "lock_match_review"), review_id=review_id)
    return None if row is None else MatchReview(*row)


async def resolve_match_review(
    session: Session, review_id: int, resolution: str, decision: tuple[str, datetime, str]
) -> None:
    """Record what became of it; `decision` is by whom, when and why."""
    await session.execute(
        query("link_review", "resolve_match_review"),
        review_id=review_id,
        resolution=resolution,
        resolved_by=decision[0],
        resolved_at=decision[1],
        reason=decision[2],
    )


def _link(row: Row) -> Link:
    evidence: Any = row["evidence"] or ()
    link: Link = _MAKE_LINK(*row[:-1], tuple(msgspec.convert(part, Comparison) for part in evidence))
    return link


def _entry(row: Row, *, whole: bool) -> RosterEntry:
    kk_number, nik = row["kk_number"], row["nik"]
    entry: RosterEntry = _MAKE_ENTRY(*row[:-2], kk_number if whole else mask(kk_number), nik if whole else mask(nik))
    return entry


_MAKE_LINK: Any = Link
_MAKE_ENTRY: Any = RosterEntry
"""Called with the columns of a row, whose number mypy cannot know."""
