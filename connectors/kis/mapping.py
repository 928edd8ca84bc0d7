"""The wire format of KIS (docs/reference/national-systems.md) and what it means to the hub."""

from contextlib import suppress
from datetime import date
from typing import Literal

import msgspec

from connectors.decode import RecordShape
from connectors.wire import Moment, Pool, Revision, describe_roster
from hub.domain.records import EnrolmentStatus, RosterRecord, Sex
from hub.domain.source import IssueOutcome, IssueRequest

PROGRAMME = "KIS_PBI"


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the roster."""

    id: str
    nik: str | None = None
    name: str | None = None
    birth_date: date | None = None
    sex: Sex | None = None
    region: str | None = None
    segment: Literal["PBI", "PPU", "PBPU"] | None = None
    status: EnrolmentStatus
    revision: Revision
    observed_at: Moment


class ParticipantsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the snapshot."""

    entries: list[msgspec.Raw] = msgspec.field(name="participants")
    changes_cursor: str
    next_cursor: str | None


class PoolsAnswer(msgspec.Struct, frozen=True):
    """All pools."""

    pools: list[Pool]


class CardRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for one card."""

    key: str
    nik: str | None
    name: str | None
    birth_date: date | None
    pool_region: str | None


class CardRequests(msgspec.Struct, frozen=True):
    """The body of one call."""

    items: list[CardRequest]


class Issued(msgspec.Struct, frozen=True, tag_field="status", tag="ISSUED"):
    """A card was issued."""

    key: str
    card_number: str


class Refused(msgspec.Struct, frozen=True, tag_field="status", tag="REFUSED"):
    """No card: `reason_code` says why."""

    key: str
    reason_code: str


class CardResults(msgspec.Struct, frozen=True):
    """The answer to one call; each result is read by itself."""

    results: list[msgspec.Raw]


def roster_record(participant: Participant) -> RosterRecord:
    """The participant in the hub's words."""
    return RosterRecord(
        source_record_id=participant.id,
        revision=participant.revision,
        observed_at=participant.observed_at,
        programme_code=PROGRAMME,
        status=participant.status,
        nik=participant.nik,
        name=participant.name,
        birth_date=participant.birth_date,
        sex=participant.sex,
        region_code=participant.region,
        segment=participant.segment,
    )


PARTICIPANT = RecordShape(decoder=msgspec.json.Decoder(Participant), to_record=roster_record, describe=describe_roster)


def card_request(request: IssueRequest) -> CardRequest:
    """The request in the words of KIS."""
    return CardRequest(
        key=request.key,
        nik=request.nik,
        name=request.name,
        birth_date=request.birth_date,
        pool_region=request.pool_region_code,
    )


def read_results(answer: CardResults) -> list[IssueOutcome]:
    """The results that can be read, in the hub's words; the others count as missing."""
    outcomes: list[IssueOutcome] = []
    for raw in answer.results:
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            outcomes.append(_outcome(msgspec.json.decode(raw, type=Issued | Refused)))
    return outcomes


def _outcome(result: Issued | Refused) -> IssueOutcome:
    if isinstance(result, Issued):
        return IssueOutcome(key=result.key, status="ISSUED", reference=result.card_number)
    return IssueOutcome(key=result.key, status="REFUSED", reason_code=result.reason_code)
