"""Events: what happened to a match, a case file or a referral, as those who follow are told of it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.errors import Invalid
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange, Scope


class Topic(StrEnum):
    """What an event is about."""

    MATCH = "MATCH"
    CASE = "CASE"
    REFERRAL = "REFERRAL"


SCOPE_OF_TOPIC: dict[Topic, Scope] = {
    Topic.MATCH: Scope.MATCH_READ,
    Topic.CASE: Scope.CASE_READ,
    Topic.REFERRAL: Scope.REFERRAL_READ,
}
"""What a follower needs for each topic."""

_KINDS = {Topic.MATCH: Kind.MATCH, Topic.CASE: Kind.CASE_FILE, Topic.REFERRAL: Kind.REFERRAL}
_CURSOR = "events:"
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Interest:
    """Which events somebody follows: topics, a range of regions, and whether those of sensitive case files."""

    topics: frozenset[Topic]
    regions: RegionRange
    with_sensitive: bool

    def covers(self, topic: str, regency_codes: tuple[str, ...], *, is_sensitive: bool) -> bool:
        """Whether an event is for this follower."""
        if topic not in self.topics or (is_sensitive and not self.with_sensitive):
            return False
        start, end = self.regions.start, self.regions.end
        return any(start <= code < end for code in regency_codes)


def subject_name(topic: str, subject_id: int) -> str:
    """The opaque id of what an event is about."""
    return opaque_id(_KINDS[Topic(topic)], subject_id)


def event_name(event_id: int) -> str:
    """What names an event for good: the same in a subscription and in a webhook's `webhook-id`, however often it is told."""
    return f"evt_{event_id}"


def cursor_of(position: int) -> str:
    """The cursor from which telling goes on after this position."""
    return urlsafe_b64encode(f"{_CURSOR}{position}".encode()).rstrip(b"=").decode()


def read_cursor(text: str) -> int:
    """The position in a cursor; raises Invalid when it was not made by `cursor_of`."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        prefix, number = urlsafe_b64decode(padded).decode("ascii").split(":")
        position = int(number)
    except ValueError:
        raise _no_cursor(text) from None
    if prefix + ":" != _CURSOR or not 0 <= position < _LARGEST or cursor_of(position) != text:
        raise _no_cursor(text)
    return position


def _no_cursor(text: str) -> Invalid:
    return Invalid(f"{text[:50]!r} is no cursor of events: use the `cursor` of an event that you were told", ("after",))
