"""Which households are one: from the links of their members, and from the family cards that they have or had."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.matching.linkage.assign import assign
from hub.matching.linkage.numbers import usable_kk
from hub.matching.linkage.score import LinkOutcome

_SAME_CARD, _FORMER_CARD = 3.0, 2.0
"""What a card is worth beside a linked member, who is worth 1: it decides to whom a household goes that its
members point away from.
"""


class HouseholdLinkMethod(StrEnum):
    """What speaks for it, the strongest first."""

    KK = "KK"
    KK_HISTORY = "KK_HISTORY"
    MEMBERS = "MEMBERS"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkableHousehold:
    """A household of one register: its current and former family cards, and the ids of its members there (or of
    the head alone).
    """

    household_id: str
    kk_number: str | None = None
    former_kk_numbers: tuple[str, ...] = ()
    member_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HouseholdLink:
    """Two households held to be one; `members` of them are linked persons."""

    left_id: str
    right_id: str
    method: HouseholdLinkMethod
    members: int
    outcome: LinkOutcome


def link_households(
    left: Collection[LinkableHousehold], right: Collection[LinkableHousehold], persons: Mapping[str, str]
) -> list[HouseholdLink]:
    """Link each household to at most one; `persons`: id of a left person to the id of the right one that it is linked to.

    LINKED: a card and a member agree; or the card agrees and no member says otherwise; or all members of the
    smaller household are
    linked, or most and at least two. Everything else that agrees in anything is for REVIEW: one member of several
    may have married,
    a card whose members are elsewhere may be mistyped. A card that two households of one register hold proves nothing.
    """
    evidence = list(_gather(left, right, persons))
    by_pair = {(each.left.household_id, each.right.household_id): each for each in evidence}
    ranked = sorted(((*pair, each.worth) for pair, each in by_pair.items()), key=lambda row: (-row[2], row[0], row[1]))
    return [by_pair[one, other].link() for one, other, _ in assign(ranked)]


@dataclass(slots=True)
class _Evidence:
    left: LinkableHousehold
    right: LinkableHousehold
    method: HouseholdLinkMethod = HouseholdLinkMethod.MEMBERS
    members: int = 0
    elsewhere: int = 0
    """Members of the left household who are linked to members of other households."""

    @property
    def worth(self) -> float:
        card = {HouseholdLinkMethod.KK: _SAME_CARD, HouseholdLinkMethod.KK_HISTORY: _FORMER_CARD}
        return self.members + card.get(self.method, 0.0)

    def link(self) -> HouseholdLink:
        linked = LinkOutcome.LINKED if self._is_certain() else LinkOutcome.REVIEW
        return HouseholdLink(self.left.household_id, self.right.household_id, self.method, self.members, linked)

    def _is_certain(self) -> bool:
        if self.method is not HouseholdLinkMethod.MEMBERS:
            return self.members > 0 or (self.method is HouseholdLinkMethod.KK and not self.elsewhere)
        smaller = min(len(self.left.member_ids), len(self.right.member_ids))
        return self.members == smaller or (self.members >= 2 and self.members * 2 > smaller)


class _Cards:
    """Family cards of one register by number; a number that several of its households hold is left out."""

    def __init__(self, households: Iterable[LinkableHousehold]) -> None:
        held: dict[str, set[str]] = {}
        self._current: dict[str, LinkableHousehold] = {}
        self._former: dict[str, LinkableHousehold] = {}
        for household in households:
            for number in household.former_kk_numbers:
                self._former[number] = household
                held.setdefault(number, set()).add(household.household_id)
            if household.kk_number is not None:
                self._current[household.kk_number] = household
                held.setdefault(household.kk_number, set()).add(household.household_id)
        self._held = held

    def is_own(self, number: str) -> bool:
        """Whether it can be a number at all and at most one household of this register holds it."""
        return usable_kk(number) is not None and len(self._held.get(number, ())) <= 1

    def current(self, number: str | None) -> LinkableHousehold | None:
        """The household that holds the card now."""
        return self._current.get(number) if number is not None and self.is_own(number) else None

    def ever(self, number: str) -> LinkableHousehold | None:
        """The household that holds the card or held it."""
        return (self._current.get(number) or self._former.get(number)) if self.is_own(number) else None


def _gather(
    left: Collection[LinkableHousehold], right: Collection[LinkableHousehold], persons: Mapping[str, str]
) -> Iterator[_Evidence]:
    home = {person: household for household in right for person in household.member_ids}
    ours, theirs = _Cards(left), _Cards(right)
    for household in left:
        found: dict[str, _Evidence] = {}
        for member in household.member_ids:
            other = home.get(persons.get(member, ""))
            if other is not None:
                found.setdefault(other.household_id, _Evidence(household, other)).members += 1
        linked = sum(each.members for each in found.values())
        for other, method in _by_card(household, ours, theirs):
            found.setdefault(other.household_id, _Evidence(household, other)).method = method
        for each in found.values():
            each.elsewhere = linked - each.members
        yield from found.values()


def _by_card(
    household: LinkableHousehold, ours: _Cards, theirs: _Cards
) -> Iterator[tuple[LinkableHousehold, HouseholdLinkMethod]]:
    """Households that share a card with this one, the current card last so that it counts where both do."""
    numbers = [*household.former_kk_numbers, *([household.kk_number] if household.kk_number else [])]
    for number in filter(ours.is_own, numbers):
        other = theirs.ever(number)
        if other is not None:
            yield other, HouseholdLinkMethod.KK_HISTORY
    same = theirs.current(household.kk_number) if household.kk_number and ours.is_own(household.kk_number) else None
    if same is not None:
        yield same, HouseholdLinkMethod.KK
