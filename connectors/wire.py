"""Parts of the wire format that several systems share."""

from datetime import datetime
from typing import Annotated

import msgspec

from hub.domain.records import PoolRecord

Revision = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""64-bit order of changes."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that says its zone."""


class Pool(msgspec.Struct, frozen=True):
    """Entitlements of a programme; `region` None is the nation."""

    programme: str
    region: str | None
    period: str
    total: int
    revision: Revision
    observed_at: Moment


def pool_record(pool: Pool) -> PoolRecord:
    """The pool in the hub's words."""
    return PoolRecord(
        programme_code=pool.programme,
        region_code=pool.region,
        period=pool.period,
        total=pool.total,
        revision=pool.revision,
        observed_at=pool.observed_at,
    )


def describe_roster(entry: object) -> tuple[str, str]:
    """Kind and id of a line of a roster that does not fit."""
    return "ROSTER", id_in(entry, "id")


def id_in(entry: object, *names: str) -> str:
    """The first of the fields that holds a text; "" when there is none."""
    if not isinstance(entry, dict):
        return ""
    return next((value for name in names if isinstance(value := entry.get(name), str)), "")
