"""Households: their members say it, their cards say it, or a person is asked."""

import pytest

from hub.matching.linkage import HouseholdLink, HouseholdLinkMethod, LinkableHousehold, LinkOutcome, link_households

KK, OTHER_KK, NEW_KK = "3510011203150007", "3510011203150008", "3510010101240001"
PERSONS = {"a": "A", "b": "B", "c": "C", "d": "D"}


def household(name: str, members: str, kk: str | None = None, former: tuple[str, ...] = ()) -> LinkableHousehold:
    return LinkableHousehold(household_id=name, kk_number=kk, former_kk_numbers=former, member_ids=tuple(members))


@pytest.mark.parametrize(
    ("left", "right", "method", "members", "outcome"),
    [
        (household("h", "ab", KK), household("H", "AB", KK), "KK", 2, "LINKED"),
        (household("h", "ab", KK), household("H", "AX", KK), "KK", 1, "LINKED"),
        (household("h", "xy", KK), household("H", "ZW", KK), "KK", 0, "LINKED"),
        (household("h", "ab", NEW_KK, (KK,)), household("H", "AX", KK), "KK_HISTORY", 1, "LINKED"),
        (household("h", "ab", KK), household("H", "AX", NEW_KK, (KK,)), "KK_HISTORY", 1, "LINKED"),
        (household("h", "xy", NEW_KK, (KK,)), household("H", "ZW", KK), "KK_HISTORY", 0, "REVIEW"),
        (household("h", "abc", KK), household("H", "ABC", OTHER_KK), "MEMBERS", 3, "LINKED"),
        (household("h", "abxyz", KK), household("H", "ABZWV"), "MEMBERS", 2, "REVIEW"),
        (household("h", "axy"), household("H", "AZW"), "MEMBERS", 1, "REVIEW"),
        (household("h", "axy"), household("H", "A"), "MEMBERS", 1, "LINKED"),
    ],
)
def test_what_speaks_for_a_household(
    left: LinkableHousehold, right: LinkableHousehold, method: str, members: int, outcome: str
) -> None:
    expected = HouseholdLink("h", "H", HouseholdLinkMethod(method), members, LinkOutcome(outcome))
    assert link_households([left], [right], PERSONS) == [expected]


@pytest.mark.parametrize("number", ["0000000000000000", "9999999999999999", "35100112"])
def test_a_placeholder_for_a_card_links_nobody(number: str) -> None:
    assert link_households([household("h", "x", number)], [household("H", "Y", number)], PERSONS) == []


def test_a_card_that_two_households_hold_proves_nothing() -> None:
    left = [household("h", "x", KK)]
    assert link_households(left, [household("H", "Y", KK), household("I", "Z", KK)], PERSONS) == []
    assert link_households([*left, household("i", "y", KK)], [household("H", "Y", KK)], PERSONS) == []


def test_a_card_whose_members_are_elsewhere_is_for_review() -> None:
    links = link_households([household("h", "a", KK)], [household("H", "X", KK), household("I", "AB")], PERSONS)
    assert links == [HouseholdLink("h", "H", HouseholdLinkMethod.KK, 0, LinkOutcome.REVIEW)]


def test_a_household_that_split_goes_where_its_card_and_most_members_are() -> None:
    links = link_households(
        [household("h", "abcd", KK)], [household("H", "ABC", NEW_KK, (KK,)), household("I", "D")], PERSONS
    )
    assert links == [HouseholdLink("h", "H", HouseholdLinkMethod.KK_HISTORY, 3, LinkOutcome.LINKED)]


def test_no_household_is_linked_twice() -> None:
    left = [household("h", "ab", KK), household("i", "cd")]
    links = link_households(left, [household("H", "ABC", KK), household("I", "D")], PERSONS)
    assert sorted((link.left_id, link.right_id) for link in links) == [("h", "H"), ("i", "I")]
