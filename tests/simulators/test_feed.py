"""The feed: in order, resumable, each entity as it is now."""

import msgspec
import pytest

from simulators.feed import CursorExpired, Feed


class Row(msgspec.Struct, frozen=True):
    id: str
    revision: int


def feed_of(count: int) -> Feed[Row]:
    feed: Feed[Row] = Feed()
    for revision in range(1, count + 1):
        feed.append(Row(f"r{revision}", revision))
    return feed


def test_pages_follow_each_other_in_order_without_gap_or_overlap() -> None:
    feed, cursor, seen, more = feed_of(7), None, [], True
    while more:
        values, cursor, more = feed.page(cursor, 3)
        seen.append([value.revision for value in values])

    assert seen == [[1, 2, 3], [4, 5, 6], [7]]


def test_an_entity_stands_only_where_it_changed_last() -> None:
    feed = feed_of(3)
    feed.append(Row("r1", 4), replaces=1)

    values, _, more = feed.page(None, 10)

    assert [(value.id, value.revision) for value in values] == [("r2", 2), ("r3", 3), ("r1", 4)]
    assert not more


def test_a_drained_feed_goes_on_with_what_came_since() -> None:
    feed = feed_of(2)
    _, cursor, _ = feed.page(None, 10)
    assert feed.page(cursor, 10) == ([], cursor, False)

    feed.append(Row("r3", 3))

    assert feed.page(cursor, 10)[0] == [Row("r3", 3)]


def test_a_revision_out_of_line_is_refused() -> None:
    with pytest.raises(ValueError, match="revision 4 cannot follow 2"):
        feed_of(2).append(Row("r4", 4))


@pytest.mark.parametrize("cursor", ["x", "GE5DC", "é", feed_of(9).cursor(9)])
def test_a_cursor_that_the_feed_did_not_give_is_expired(cursor: str) -> None:
    with pytest.raises(CursorExpired):
        feed_of(2).page(cursor, 10)


def test_cursors_can_be_expired() -> None:
    feed = feed_of(2)
    cursor = feed.cursor(1)
    feed.expire_cursors()

    with pytest.raises(CursorExpired):
        feed.page(cursor, 10)
    assert len(feed.page(None, 10)[0]) == 2
