"""Referrals to a district: they are taken in, and answered as its people would."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple, Protocol

import msgspec

from simulators.calls import Call, Recorder
from simulators.records import ReferralUpdate

ACCEPTED_SHARE, FAILED_SHARE = 0.85, 0.1
"""Of all referrals, and of those that were accepted."""
_AFTER: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "": frozenset({"ACCEPTED", "DECLINED", "REDIRECTED"}),
        "ACCEPTED": frozenset({"IN_SERVICE", "FAILED"}),
        "IN_SERVICE": frozenset({"COMPLETED", "FAILED"}),
    }
)


class Referred(msgspec.Struct, frozen=True, kw_only=True):
    """A referral as the hub delivered it."""

    reference: str
    version: int
    status: str
    purpose_code: str
    from_party: str
    package: dict[str, str | None]
    sent_at: datetime
    reason: str | None = None
    accept_by: datetime | None = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A move of the district's people, as it was asked for."""

    key: str
    reference: str
    move: str
    reason: str | None = None
    to_party: str | None = None


class ReferralsDelivered(Call, frozen=True, tag="referrals"):
    """A call with referrals for a district."""

    district: str
    referrals: Sequence[Referred]


class ReferralMoved(Call, frozen=True, tag="referral_move"):
    """A call of a district's officer with a move of a referral."""

    district: str
    move: Moved


class ReferralReceipt(NamedTuple):
    """Whether a referral was taken in, and why not."""

    reference: str
    is_accepted: bool
    reason: str | None


class UnknownReferral(Exception):
    """No referral of this reference was delivered to the district, or the move is none of its state."""


class Owner(Protocol):
    """The district system that the desk is part of."""

    code: str
    recorder: Recorder

    @property
    def next_revision(self) -> int:
        """The revision of the next change."""
        ...

    def put_referral_update(self, update: ReferralUpdate) -> None:
        """Put a move into the feed."""
        ...


class ReferralDesk:
    """Takes referrals in and answers them. `answers_at_once` False: only its officers' calls move them."""

    def __init__(self, owner: Owner, seed: int, now: datetime) -> None:
        self._owner = owner
        self._seed = seed
        self._now = now
        self.answers_at_once = True
        self.referrals: dict[str, Referred] = {}
        self.updates: dict[str, ReferralUpdate] = {}
        self._standing: dict[str, str] = {}

    def deliver(self, referrals: Sequence[Referred]) -> list[ReferralReceipt]:
        """Take referrals in, the greatest version of each; a new one is answered. Safe to repeat."""
        if any(self._is_news(referral) for referral in referrals):
            self._owner.recorder(ReferralsDelivered(self._owner.code, referrals))
        return [self._take(referral) for referral in referrals]

    def move(self, asked: Moved) -> ReferralUpdate:
        """A move of the district's people; one that is known by its key changes nothing."""
        known = self.updates.get(asked.key)
        if known is not None:
            return known
        if asked.move not in _AFTER.get(self._standing.get(asked.reference, "unknown"), frozenset()):
            raise UnknownReferral(asked.reference)
        self._owner.recorder(ReferralMoved(self._owner.code, asked))
        return self._note(asked)

    def _is_news(self, referral: Referred) -> bool:
        known = self.referrals.get(referral.reference)
        return known is None or known.version < referral.version

    def _take(self, referral: Referred) -> ReferralReceipt:
        if self._is_news(referral):
            is_first = referral.reference not in self.referrals
            self.referrals[referral.reference] = referral
            if is_first:
                self._standing[referral.reference] = ""
            if is_first and referral.status == "SENT" and self.answers_at_once:
                self._answer(referral)
        return ReferralReceipt(referral.reference, True, None)

    def _answer(self, referral: Referred) -> None:
        who = (referral.purpose_code, referral.package.get("name") or referral.package.get("household_head") or "")
        if _chance(self._seed, self._owner.code, *who) >= ACCEPTED_SHARE:
            self._note(_made(referral, "DECLINED", "NO_CAPACITY"))
            return
        self._note(_made(referral, "ACCEPTED", None))
        self._note(_made(referral, "IN_SERVICE", None))
        is_failed = _chance(self._seed, "failed", self._owner.code, *who) < FAILED_SHARE
        self._note(_made(referral, "FAILED", "NOT_FOUND") if is_failed else _made(referral, "COMPLETED", "SERVED"))

    def _note(self, asked: Moved) -> ReferralUpdate:
        update = ReferralUpdate(
            key=asked.key,
            revision=self._owner.next_revision,
            observed_at=self._now,
            reference=asked.reference,
            move=asked.move,
            reason=asked.reason,
            to_party=asked.to_party,
        )
        self.updates[asked.key] = update
        self._standing[asked.reference] = asked.move
        self._owner.put_referral_update(update)
        return update


def _made(referral: Referred, move: str, reason: str | None) -> Moved:
    return Moved(key=f"{referral.reference}/{move}", reference=referral.reference, move=move, reason=reason)


def _chance(*parts: object) -> float:
    digest = blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
