"""What a live answer holds, and what it lacks and why: part of every answer that districts gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.domain.errors import CoverageTooLow
from hub.domain.records import Reject
from hub.federation.gather import Failed

REJECTS_SHOWN = 100
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Gap:
    """A district that did not answer now. `as_of`: its rows are the replica's of that moment; None: its rows are missing."""

    regency_code: str
    reason: str
    message: str
    as_of: datetime | None

    @property
    def is_in_replica(self) -> bool:
        """Whether the replica stands in for it."""
        return self.as_of is not None


@dataclass(frozen=True, slots=True)
class LiveReject:
    """A row that a district sent and that is left out of the answer; its value is not shown."""

    regency_code: str
    record_id: str
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete an answer is. Districts are those that joined for the regions asked."""

    asked: int
    unavailable: tuple[Gap, ...]
    rejects: tuple[LiveReject, ...]
    """At most 100 of them."""
    reject_count: int

    @property
    def answered(self) -> int:
        """Districts whose rows are of now."""
        return self.asked - len(self.unavailable)

    @property
    def in_replica(self) -> int:
        """Districts whose rows are the replica's."""
        return sum(gap.is_in_replica for gap in self.unavailable)

    @property
    def missing(self) -> int:
        """Districts whose rows are not in the answer."""
        return len(self.unavailable) - self.in_replica

    @property
    def coverage(self) -> float:
        """Share of the districts that answered now; 1 when none had to be asked."""
        return self.answered / self.asked if self.asked else 1.0

    @property
    def is_complete(self) -> bool:
        """Whether every district answered now, and none of its rows was left out."""
        return not self.unavailable and not self.reject_count

    def require(self, minimum_coverage: float | None) -> None:
        """Raise CoverageTooLow when fewer answered than the caller demands."""
        if minimum_coverage is None or self.coverage >= minimum_coverage:
            return
        named = ", ".join(f"{gap.regency_code} {gap.reason}" for gap in self.unavailable[:_NAMED])
        more = f" and {len(self.unavailable) - _NAMED} more" if len(self.unavailable) > _NAMED else ""
        message = (
            f"{self.answered} of {self.asked} districts answered, and minimumCoverage is {minimum_coverage}: "
            f"ask again or lower it; without an answer: {named}{more}"
        )
        raise CoverageTooLow(self.unavailable[0].regency_code, message, reason=self.unavailable[0].reason)


def completeness_of(
    asked: int,
    failures: Mapping[str, Failed],
    as_of: Mapping[str, datetime | None],
    rejects: Mapping[str, list[Reject]],
) -> Completeness:
    """From what went wrong with each district and when its replica was last whole."""
    named = [
        LiveReject(code, reject.source_record_id, reject.field, reject.code)
        for code in sorted(rejects)
        for reject in rejects[code]
    ]
    unavailable = tuple(
        Gap(code, failure.reason, failure.message, as_of.get(code)) for code, failure in sorted(failures.items())
    )
    return Completeness(asked, unavailable, tuple(named[:REJECTS_SHOWN]), len(named))
