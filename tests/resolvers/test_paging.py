import pytest

from hub.domain.errors import Invalid
from resolvers.paging import Key, Page, window


def _page(first: int, items: list[int], after: str | None = None, *filters: object) -> Page[int]:
    return window(first, after, *filters).page(items, _key)


def _key(item: int) -> Key:
    return (item,)


def test_a_page_reads_one_row_more_and_says_that_there_is_a_next_one() -> None:
    assert window(2, None, "list").limit == 3
    page = _page(2, [1, 2, 3], None, "list")
    assert page.nodes == [1, 2]
    assert page.page_info.has_next_page
    assert not page.page_info.has_previous_page
    assert not _page(2, [1, 2], None, "list").page_info.has_next_page


def test_an_empty_page_has_no_cursors() -> None:
    info = _page(2, [], None, "list").page_info
    assert (info.start_cursor, info.end_cursor, info.has_next_page) == (None, None, False)


def test_the_cursor_of_a_page_leads_behind_it() -> None:
    page = _page(2, [7, 9, 11], None, "list", "35.10")
    cursor = page.page_info.end_cursor
    assert cursor == page.edges[-1].cursor
    assert window(2, cursor, "list", "35.10").after == (9,)
    assert _page(2, [11], cursor, "list", "35.10").page_info.has_previous_page


@pytest.mark.parametrize("filters", [("list",), ("list", "35.09"), ("other", "35.10"), ("list", "35.10", None)])
def test_a_cursor_of_another_list_or_other_filters_is_stale(filters: tuple[object, ...]) -> None:
    cursor = _page(1, [7], None, "list", "35.10").page_info.end_cursor
    with pytest.raises(Invalid, match="stale cursor") as raised:
        window(1, cursor, *filters)
    assert raised.value.path == ("after",)


@pytest.mark.parametrize("cursor", ["", "x", "====", "ä", "AAAAAAAAAAAAAAAA", "a" * 5000])
def test_a_garbled_cursor_is_stale(cursor: str) -> None:
    with pytest.raises(Invalid, match="stale cursor"):
        window(1, cursor, "list")


def test_every_single_changed_character_of_a_cursor_is_noticed() -> None:
    cursor = _page(1, [1234567], None, "list").page_info.end_cursor
    assert cursor is not None
    for position, old in enumerate(cursor):
        new = "A" if old != "A" else "B"
        with pytest.raises(Invalid, match="stale cursor"):
            window(1, cursor[:position] + new + cursor[position + 1 :], "list")


@pytest.mark.parametrize("first", [0, -1, 101])
def test_first_is_1_to_100(first: int) -> None:
    with pytest.raises(Invalid, match=f"first: {first} is not allowed, ask for 1 to 100"):
        window(first, None, "list")
