"""Working time: the office hours of working days as one line, on which limits are added and pauses subtracted.

`elapsed` counts what of that line lies before a moment, `moment` finds where so much of it has passed. Both never fall when
their argument rises; that due times never move backwards rests on it.
"""

from bisect import bisect_left
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Protocol

_FIRST, _LAST = date(1990, 1, 1), date(2060, 12, 31)
"""Beyond these days no calendar reaches; a moment beyond counts as the end that it is nearer to."""
_SATURDAY = 5
_EPOCH = datetime(_FIRST.year, _FIRST.month, _FIRST.day, tzinfo=UTC)
_END = datetime(_LAST.year, _LAST.month, _LAST.day, tzinfo=UTC)
_NOTHING = timedelta(0)


class Zone(StrEnum):
    """The time zones of Indonesia (Keputusan Presiden 41/1987); none has summer time."""

    WIB = "WIB"
    WITA = "WITA"
    WIT = "WIT"

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of UTC."""
        return timedelta(hours={Zone.WIB: 7, Zone.WITA: 8, Zone.WIT: 9}[self])


class Times(Protocol):
    """A line of time on which a clock runs."""

    def elapsed(self, moment: datetime) -> timedelta:
        """How much of it lies before the moment."""
        ...

    def moment(self, elapsed: timedelta) -> datetime:
        """The first moment before which so much of it lies."""
        ...


class AroundTheClock:
    """Every hour of every day."""

    def elapsed(self, moment: datetime) -> timedelta:
        """How much time lies before the moment."""
        return _clamped(moment) - _EPOCH

    def moment(self, elapsed: timedelta) -> datetime:
        """The moment before which so much time lies."""
        return _EPOCH + elapsed


class OfficeHours:
    """The hours from `opens` to `closes` of Monday to Friday, in a zone, but for days off."""

    def __init__(self, zone: Zone, opens: time, closes: time, days_off: Collection[date]) -> None:
        off = {day.toordinal() for day in days_off}
        self._days = [day for day in _weekdays() if day not in off]
        self._ahead = zone.ahead
        self._opens = _since_midnight(opens)
        self.length = _since_midnight(closes) - self._opens
        """Of one working day."""

    def elapsed(self, moment: datetime) -> timedelta:
        """How much office time lies before the moment."""
        local = (_clamped(moment) + self._ahead).replace(tzinfo=None)
        day = local.toordinal()
        place = bisect_left(self._days, day)
        whole = place * self.length
        if place == len(self._days) or self._days[place] != day:
            return whole
        return whole + min(max(_since_midnight(local.time()) - self._opens, _NOTHING), self.length)

    def moment(self, elapsed: timedelta) -> datetime:
        """The first moment before which so much office time lies: the end of a day, not the start of the next."""
        place, rest = divmod(max(elapsed, _NOTHING), self.length)
        if place >= len(self._days) or (place and not rest):
            place, rest = min(place, len(self._days)) - 1, self.length
        midnight = datetime.combine(date.fromordinal(self._days[place]), time(), UTC) - self._ahead
        return midnight + self._opens + rest


@cache
def _weekdays() -> tuple[int, ...]:
    days = range(_FIRST.toordinal(), _LAST.toordinal() + 1)
    return tuple(day for day in days if date.fromordinal(day).weekday() < _SATURDAY)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _clamped(moment: datetime) -> datetime:
    return min(max(moment, _EPOCH), _END).astimezone(UTC)
