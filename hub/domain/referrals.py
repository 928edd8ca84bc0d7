"""The closed loop of a referral [rujukan]: its states, and who may move it. The same transitions stand in the table
referral_transition; a test compares them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.agencies import NATION, is_secretariat
from hub.domain.errors import CallerError, Conflict, Forbidden
from hub.domain.principal import Principal, Role


class ReferralStatus(StrEnum):
    """Where a referral stands."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    REDIRECTED = "REDIRECTED"
    IN_SERVICE = "IN_SERVICE"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CLOSED = "CLOSED"


class Side(StrEnum):
    """From which side a referral is moved."""

    SENDER = "SENDER"
    RECEIVER = "RECEIVER"
    HUB = "HUB"


class ReferralOutcome(StrEnum):
    """How a referral ended."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    DECLINED = "DECLINED"
    REDIRECTED = "REDIRECTED"
    WITHDRAWN = "WITHDRAWN"


_S = ReferralStatus
_SENDER, _RECEIVER, _HUB = (frozenset({side}) for side in Side)
REFERRAL_TRANSITIONS: dict[tuple[ReferralStatus, ReferralStatus], frozenset[Side]] = {
    (_S.DRAFT, _S.SENT): _SENDER | _HUB,
    (_S.DRAFT, _S.CLOSED): _SENDER,
    (_S.SENT, _S.DELIVERED): _HUB,
    (_S.SENT, _S.FAILED): _HUB,
    (_S.SENT, _S.CLOSED): _SENDER,
    (_S.DELIVERED, _S.ACCEPTED): _RECEIVER,
    (_S.DELIVERED, _S.DECLINED): _RECEIVER,
    (_S.DELIVERED, _S.REDIRECTED): _RECEIVER,
    (_S.DELIVERED, _S.CLOSED): _SENDER,
    (_S.ACCEPTED, _S.IN_SERVICE): _RECEIVER,
    (_S.ACCEPTED, _S.FAILED): _RECEIVER,
    (_S.IN_SERVICE, _S.COMPLETED): _RECEIVER,
    (_S.IN_SERVICE, _S.FAILED): _RECEIVER,
    (_S.DECLINED, _S.CLOSED): _SENDER,
    (_S.COMPLETED, _S.CLOSED): _SENDER,
    (_S.FAILED, _S.CLOSED): _SENDER,
    (_S.REDIRECTED, _S.CLOSED): _HUB,
}
"""The moves there are, each with the sides that may make it."""

OPEN = frozenset({_S.SENT, _S.DELIVERED, _S.ACCEPTED, _S.IN_SERVICE})
"""A referral of such a status keeps the sender's case file REFERRED."""
WITHDRAWABLE = frozenset({_S.DRAFT, _S.SENT, _S.DELIVERED})
"""Closing one of these takes it back: nobody accepted it yet."""
LEGS_MAX = 5


class ReferralAction(StrEnum):
    """What a party can do to a referral."""

    SEND = "SEND"
    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"
    REDIRECT = "REDIRECT"
    BEGIN = "BEGIN"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    CLOSE = "CLOSE"


_A = ReferralAction
TARGET: dict[ReferralAction, ReferralStatus] = {
    _A.SEND: _S.SENT,
    _A.ACCEPT: _S.ACCEPTED,
    _A.DECLINE: _S.DECLINED,
    _A.REDIRECT: _S.REDIRECTED,
    _A.BEGIN: _S.IN_SERVICE,
    _A.COMPLETE: _S.COMPLETED,
    _A.FAIL: _S.FAILED,
    _A.CLOSE: _S.CLOSED,
}
SIDE_OF: dict[ReferralAction, Side] = {
    action: Side.SENDER if action in {_A.SEND, _A.CLOSE} else Side.RECEIVER for action in ReferralAction
}
NEEDS_REASON = frozenset({_A.DECLINE, _A.REDIRECT, _A.COMPLETE, _A.FAIL})
"""Whoever does this says why, or what came of it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a referral may be moved."""

    reference: str
    status: ReferralStatus
    version: int
    from_party: str
    to_party: str
    from_regency_code: str
    to_regency_code: str


def sides_of(principal: Principal, standing: Standing) -> frozenset[Side]:
    """The sides on which a caller stands: with an agency on those of that agency, else on all of its regency, or of the nation.

    The secretariat of a regency also stands for the district as a whole, where it is not named itself.
    """
    if principal.role is Role.MINISTRY_ANALYST:
        home = NATION
    elif principal.role in {Role.DISTRICT_OFFICER, Role.DISTRICT_SYSTEM} and principal.regency_code is not None:
        home = principal.regency_code
    else:
        return frozenset()
    ends = (
        (standing.from_regency_code, standing.from_party, Side.SENDER),
        (standing.to_regency_code, standing.to_party, Side.RECEIVER),
    )
    own = {party: side for regency_code, party, side in ends if regency_code == home}
    agency = principal.agency_code
    if agency is None:
        return frozenset(own.values())
    speaks_for = agency if agency in own or not is_secretariat(agency) else home
    return frozenset(side for party, side in own.items() if party == speaks_for)


def check_move(
    standing: Standing, action: ReferralAction, sides: Collection[Side], expected_version: int | None
) -> None:
    """Return when the move may be made; else raise Forbidden or Conflict, which say why not."""
    refusal = _refusal(standing, action, sides, expected_version)
    if refusal is not None:
        raise refusal


def outcome_of(status: ReferralStatus, to: ReferralStatus) -> ReferralOutcome | None:
    """How a referral has ended with a move; None: it goes on, or had ended before."""
    if to is _S.CLOSED:
        return ReferralOutcome.WITHDRAWN if status in WITHDRAWABLE else None
    return ReferralOutcome(to) if to in {_S.COMPLETED, _S.FAILED, _S.DECLINED, _S.REDIRECTED} else None


def next_statuses(status: ReferralStatus) -> list[str]:
    """Where a referral of this status can go, whoever moves it."""
    return sorted(to for start, to in REFERRAL_TRANSITIONS if start is status)


def _refusal(
    standing: Standing, action: ReferralAction, sides: Collection[Side], expected_version: int | None
) -> CallerError | None:
    side, to = SIDE_OF[action], TARGET[action]
    if side not in sides:
        whose = standing.from_party if side is Side.SENDER else standing.to_party
        verb = action.lower()
        return Forbidden(f"to {verb} referral {standing.reference} is for its {side.lower()} {whose}, and not for you")
    if expected_version is not None and expected_version != standing.version:
        return Conflict(
            f"referral {standing.reference} has version {standing.version} by now, and you expected {expected_version}: "
            "read it again"
        )
    if side not in REFERRAL_TRANSITIONS.get((standing.status, to), ()):
        ways = ", ".join(next_statuses(standing.status)) or "nothing else"
        return Conflict(f"referral {standing.reference} is {standing.status} and can move to {ways}, not {to}")
    return None
