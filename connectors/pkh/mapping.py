"""The wire format of PKH (docs/reference/national-systems.md) and what it means to the hub."""

from datetime import date
from typing import Literal

import msgspec

from connectors.decode import RecordShape
from connectors.wire import Moment, Pool, Revision, describe_roster
from hub.domain.records import RosterRecord, Sex

PROGRAMME = "PKH"


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """One household on the roster; `amount` is rupiah a year."""

    id: str
    kk_number: str | None = None
    head_nik: str | None = None
    head_name: str | None = None
    head_birth_date: date | None = None
    head_sex: Sex | None = None
    region: str | None = None
    status: Literal["ACTIVE", "INACTIVE"]
    components: dict[str, int] = {}
    amount: int | None = None
    revision: Revision
    observed_at: Moment


class HouseholdsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the snapshot."""

    entries: list[msgspec.Raw] = msgspec.field(name="households")
    next_cursor: str | None
    changes_cursor: str


class QuotasAnswer(msgspec.Struct, frozen=True):
    """All quotas."""

    quotas: list[Pool]


def roster_record(recipient: Recipient) -> RosterRecord:
    """The household in the hub's words: its head stands for the person."""
    return RosterRecord(
        source_record_id=recipient.id,
        revision=recipient.revision,
        observed_at=recipient.observed_at,
        programme_code=PROGRAMME,
        status=recipient.status,
        nik=recipient.head_nik,
        kk_number=recipient.kk_number,
        name=recipient.head_name,
        birth_date=recipient.head_birth_date,
        sex=recipient.head_sex,
        region_code=recipient.region,
        components=recipient.components,
        amount=recipient.amount,
    )


RECIPIENT = RecordShape(decoder=msgspec.json.Decoder(Recipient), to_record=roster_record, describe=describe_roster)
