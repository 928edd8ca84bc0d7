"""The tables of docs/reference/casework.md are those of the code."""

from collections.abc import Callable, Mapping

from hub.domain.casework import ASSIGNMENT_MOVES, CASE_MOVES, PRELIST_MOVES, WHO_MAY, CaseAction, Moving, Standing

TextOf = Callable[[str], str]
_ORDER = (
    Standing.SECRETARIAT,
    Standing.LEAD,
    Standing.SUPPORT,
    Standing.UNINVOLVED,
    Standing.DISTRICT_SYSTEM,
    Standing.MINISTRY,
)


def who_may() -> str:
    """Who may do what."""
    rows = [["action", *(f"`{standing}`" for standing in _ORDER)], ["---"] * (len(_ORDER) + 1)]
    for action in CaseAction:
        may = ("yes" if standing in WHO_MAY[action] else "" for standing in _ORDER)
        rows.append([f"`{action}`", *may])
    return _table(rows)


def moves(of: Mapping[CaseAction, Moving]) -> str:
    """From where to where each action leads."""
    rows = [["action", "from", "to"], ["---"] * 3]
    for action, moving in of.items():
        rows.append([f"`{action}`", ", ".join(sorted(moving.from_statuses)), moving.to_status])
    return _table(rows)


def _table(rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def test_the_page_shows_who_may_do_what(text_of: TextOf) -> None:
    assert who_may() in text_of("docs/reference/casework.md")


def test_the_page_shows_from_where_to_where_each_action_leads(text_of: TextOf) -> None:
    page = text_of("docs/reference/casework.md")
    for of in (CASE_MOVES, ASSIGNMENT_MOVES, PRELIST_MOVES):
        assert moves(of) in page
