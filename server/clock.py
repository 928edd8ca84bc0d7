"""Where time comes in."""

from datetime import UTC, datetime


def clock() -> datetime:
    """The time in UTC: the one clock of a running hub."""
    return datetime.now(UTC)  # noqa: TID251 -- here is where time comes in
