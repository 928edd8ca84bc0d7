"""The state machine of a match [pencocokan]. The same transitions stand in the table match_transition; a test compares them."""

from enum import StrEnum


class MatchStatus(StrEnum):
    """Where a match stands."""

    PROPOSED = "PROPOSED"
    RESERVED = "RESERVED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    ISSUED = "ISSUED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    RELEASED = "RELEASED"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"


_S = MatchStatus
MATCH_TRANSITIONS: dict[MatchStatus, frozenset[MatchStatus]] = {
    _S.PROPOSED: frozenset({_S.RESERVED, _S.RELEASED, _S.SUPERSEDED}),
    _S.RESERVED: frozenset({_S.OFFERED, _S.RELEASED, _S.SUPERSEDED}),
    _S.OFFERED: frozenset({_S.ACCEPTED, _S.DECLINED, _S.EXPIRED, _S.RELEASED, _S.SUPERSEDED}),
    _S.ACCEPTED: frozenset({_S.ISSUED, _S.REJECTED, _S.RELEASED, _S.SUPERSEDED}),
    _S.ISSUED: frozenset({_S.REVOKED}),
}

SLOT_STATE_OF: dict[MatchStatus, str] = {
    _S.RESERVED: "RESERVED",
    _S.OFFERED: "OFFERED",
    _S.ACCEPTED: "OFFERED",
    _S.ISSUED: "ISSUED",
}
"""The state of the slot that a match of this status holds; other statuses hold none."""

ACTIVE = frozenset({_S.PROPOSED, _S.RESERVED, _S.OFFERED, _S.ACCEPTED, _S.ISSUED})
