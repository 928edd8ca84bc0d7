"""Checks of the search of case files: its order, places, filters and count."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from connectors.district.conformance.lists import is_below
from connectors.district.conformance.model import Check, Problem, Run, Skip, Subject
from connectors.district.conformance.moving import compared, difference
from connectors.wire import Moment

_SEARCH = """
query HubSearch($filter: CaseFileFilter!, $after: CaseFilePosition, $first: Int!) {
  caseFileSearch(filter: $filter, after: $after, first: $first) {
    nodes { id number category regionCode status receivedAt isSensitive }
    hasMore
  }
}
"""
_COUNT = "query HubCount($filter: CaseFileFilter!) { caseFileCount(filter: $filter) }"
_ORDERS = ("OLDEST_FIRST", "NEWEST_FIRST")
_FIELD = "Query.caseFileSearch"
_MOST = 100
_MAX_STEPS = 20

Filter = Mapping[str, object]


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    number: str
    category: str
    region_code: str
    status: str
    received_at: Moment
    is_sensitive: bool | None

    @property
    def place(self) -> tuple[datetime, str]:
        return (self.received_at, self.id)


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    nodes: list[_Row]
    has_more: bool


class _Data(msgspec.Struct, frozen=True, rename="camel"):
    case_file_search: _Page


class _Count(msgspec.Struct, frozen=True, rename="camel"):
    case_file_count: int


async def _search(subject: Subject, wanted: Filter, after: object = None, first: int = _MOST) -> _Page:
    variables = {"filter": dict(wanted), "after": after, "first": first}
    return (await subject.asker.ask(_SEARCH, variables, _Data)).case_file_search


def _after(row: _Row) -> dict[str, object]:
    return {"receivedAt": row.received_at, "id": row.id}


async def _sample(subject: Subject, order: str = "OLDEST_FIRST") -> _Page:
    page = await _search(subject, {"order": order})
    if not page.nodes:
        raise Skip("the district has no case file")
    return page


async def is_ordered(subject: Subject) -> Sequence[Problem]:
    """By the moment, then by id; the other order is the reverse."""
    problems = []
    for order in _ORDERS:
        rows = (await _sample(subject, order)).nodes
        places = [row.place for row in rows]
        if places == sorted(places, reverse=order == "NEWEST_FIRST") and len(set(places)) == len(places):
            continue
        mend = 'order by receivedAt, then by id, code point by code point (in PostgreSQL: collate "C")'
        wanted = "receivedAt, then id, " + ("falling" if order == "NEWEST_FIRST" else "growing")
        problems.append(Problem(f"`caseFileSearch` {order}", "rows in another order", wanted, mend, _FIELD))
    return problems


async def keeps_places(subject: Subject) -> Sequence[Problem]:
    """After a position come the rows strictly after it, with its id and without."""
    problems = []
    for order in _ORDERS:
        rows = (await _sample(subject, order)).nodes
        at = _telling(rows)
        for position, words in ((_after(at), "a row"), ({"receivedAt": at.received_at}, "a moment")):
            strictly = _follows(at, order, by_moment="id" not in position)
            expected = [row for row in rows if strictly(row)]
            found = (await _search(subject, {"order": order}, position)).nodes
            if any(not strictly(row) for row in found) or found[: len(expected)] != expected[: len(found)]:
                came = "rows before it, or without some that follow"
                mend = "compare (receivedAt, id) as a whole with the position; without an id compare receivedAt alone"
                asked = f"`caseFileSearch` {order} after the place of {words}"
                problems.append(Problem(asked, came, "the rows strictly after it", mend, f"{_FIELD}.after"))
    return problems


def _telling(rows: Sequence[_Row]) -> _Row:
    """A row that the next one shares its moment with, else the one in the middle: there a place without its id shows."""
    shared = (row for row, following in pairwise(rows) if row.received_at == following.received_at)
    return next(shared, rows[(len(rows) - 1) // 2])


def _follows(at: _Row, order: str, *, by_moment: bool) -> Callable[[_Row], bool]:
    def follows(row: _Row) -> bool:
        first, then = (row, at) if order == "NEWEST_FIRST" else (at, row)
        return first.received_at < then.received_at if by_moment else first.place < then.place

    return follows


async def is_complete(subject: Subject) -> Sequence[Problem]:
    """Many small pages hold the same as one large page."""
    rows, size = subject.limits.large_page, subject.limits.small_page

    async def whole() -> Sequence[_Row]:
        return (await _search(subject, {}, None, rows)).nodes

    async def pieces() -> Sequence[_Row]:
        found: list[_Row] = []
        for _ in range(_MAX_STEPS):
            page = await _search(subject, {}, _after(found[-1]) if found else None, size)
            found += page.nodes
            if len(found) >= rows or not page.has_more or not page.nodes:
                break
        return found[:rows]

    different = difference(*await compared(whole, pieces))
    if not different:
        return []
    asked = f"the first {rows} rows of `caseFileSearch`, in pages of {size}"
    mend = "say hasMore when a row follows, and go on strictly after the position"
    return [Problem(asked, different, "the rows of one large page, each once", mend, _FIELD)]


async def filters(subject: Subject) -> Sequence[Problem]:
    """Each filter lets exactly the rows through that it names."""
    sample = await _sample(subject)
    rows = sample.nodes
    middle = rows[len(rows) // 2]
    region = middle.region_code
    cases: list[tuple[str, Filter, list[_Row]]] = [
        ("statuses", {"statuses": [middle.status]}, [row for row in rows if row.status == middle.status]),
        ("statuses", {"statuses": []}, []),
        ("categories", {"categories": [middle.category]}, [row for row in rows if row.category == middle.category]),
        ("regionCode", {"regionCode": region}, [row for row in rows if is_below(row.region_code, region)]),
        (
            "receivedFrom",
            {"receivedFrom": middle.received_at},
            [r for r in rows if r.received_at >= middle.received_at],
        ),
        (
            "receivedBefore",
            {"receivedBefore": middle.received_at},
            [r for r in rows if r.received_at < middle.received_at],
        ),
        ("number", {"number": middle.number}, [row for row in rows if row.number == middle.number]),
        ("text", {"text": "slrt-hub-conformance-no-such-text"}, []),
        ("isSensitive", {"isSensitive": False}, [row for row in rows if not row.is_sensitive]),
    ]
    problems = []
    for name, wanted, expected in cases:
        found = (await _search(subject, wanted)).nodes
        within = [row for row in found if row.place <= rows[-1].place]
        if within == expected and (expected or not found):
            continue
        came = f"{len(within)} rows, not {len(expected)}" if len(within) != len(expected) else "other rows"
        mend = "apply the filter to every row, compare codes part by part, and let an empty list let nothing through"
        asked = f"`caseFileSearch` with `{name}`"
        problems.append(Problem(asked, came, "exactly the rows that it names", mend, f"CaseFileFilter.{name}"))
    return problems


async def counts(subject: Subject) -> Sequence[Problem]:
    """The count is the number of rows that the search has, and without sensitive ones where they are not wanted."""
    problems = []
    sample = await _sample(subject)
    cases: list[tuple[str, Filter, int]] = [
        ("all", {}, len(sample.nodes)),
        ("what is not sensitive", {"isSensitive": False}, sum(not row.is_sensitive for row in sample.nodes)),
    ]
    for words, wanted, seen in cases:
        counted = (await subject.asker.ask(_COUNT, {"filter": dict(wanted)}, _Count)).case_file_count
        if counted == seen or (sample.has_more and counted > seen):
            continue
        mend = "count with the same filter as the search"
        right = f"more than {seen}" if sample.has_more else str(seen)
        problems.append(Problem(f"`caseFileCount` of {words}", str(counted), right, mend, "Query.caseFileCount"))
    return problems


def _check(id_: str, title: str, run: Run, *after: str) -> Check:
    return Check(id_, title, run, capability="CASE_FILES", after=("access.answers", *after))


CHECKS = (
    _check("search.order", "a search is in its order", is_ordered),
    _check("search.position", "a search goes on after a place", keeps_places, "search.order"),
    _check("search.pages", "no case file is lost or doubled over pages", is_complete, "search.position"),
    _check("search.filter", "filters let through what they name", filters, "search.order"),
    _check("search.count", "case files are counted", counts),
)
