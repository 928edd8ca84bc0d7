"""From what each clause makes of a unit to its verdict; hub/store/sql/eligibility.sql judges sets by the same order."""

from collections.abc import Sequence
from enum import StrEnum

from hub.matching.rules import Rule


class VerdictStatus(StrEnum):
    """What a rule says of a unit."""

    ELIGIBLE = "ELIGIBLE"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    UNKNOWN = "UNKNOWN"
    EXCLUDED = "EXCLUDED"
    ALREADY_ENROLLED = "ALREADY_ENROLLED"


class Outcome(StrEnum):
    """What a clause makes of a unit."""

    PASS = "PASS"  # noqa: S105 -- an outcome, no password
    FAIL = "FAIL"
    MISSING = "MISSING"


def outcome_of(met: bool | None) -> Outcome:
    """True passes, False fails, None is missing."""
    if met is None:
        return Outcome.MISSING
    return Outcome.PASS if met else Outcome.FAIL


def judge(rule: Rule, outcomes: Sequence[bool | None], *, is_enrolled: bool) -> VerdictStatus:
    """The verdict: enrolled first, then what failed, then what is not known; missing data is never a "no"."""
    failed = [clause for clause, met in zip(rule.clauses, outcomes, strict=True) if met is False]
    if is_enrolled:
        return VerdictStatus.ALREADY_ENROLLED
    if failed:
        required = any(not clause.excludes for clause in failed)
        return VerdictStatus.NOT_ELIGIBLE if required else VerdictStatus.EXCLUDED
    return VerdictStatus.UNKNOWN if None in outcomes else VerdictStatus.ELIGIBLE
