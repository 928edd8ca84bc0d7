"""Checks of the feed of changes: its order, that it can be resumed, that nothing is lost or doubled over pages."""

from collections.abc import Sequence

import msgspec

from connectors.decode import error_path
from connectors.district import query
from connectors.district.conformance.asking import Refused
from connectors.district.conformance.lists import is_below
from connectors.district.conformance.model import Check, Problem, Run, Skip, Subject
from connectors.district.conformance.moving import compared, difference
from connectors.district.wire import Change, Changes

_KEYS = """
query HubFeed($after: String, $first: Int!) {
  changes(after: $after, first: $first) {
    nodes {
      revision
      entity {
        __typename
        ... on Household { id regionCode }
        ... on CaseFile { id regionCode }
        ... on VillageService { id regionCode }
        ... on MatchOutcome { id: matchReference }
        ... on ReferralUpdate { id: key }
        ... on CaseUpdate { id: key }
      }
    }
    cursor
    hasMore
  }
}
"""
_MAX_STEPS = 20


class _Entity(msgspec.Struct, frozen=True, rename="camel"):
    kind: str = msgspec.field(name="__typename")
    id: str
    region_code: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    revision: int
    entity: _Entity


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    nodes: list[_Entry]
    cursor: str
    has_more: bool


class _Data(msgspec.Struct, frozen=True):
    changes: _Page


async def _page(subject: Subject, after: str | None, first: int) -> _Page:
    return (await subject.asker.ask(_KEYS, {"after": after, "first": first}, _Data)).changes


async def is_ordered(subject: Subject) -> Sequence[Problem]:
    """Revisions never fall from one entry to the next."""
    first = subject.limits.large_page
    page = await _page(subject, None, first)
    falls = _falls([entry.revision for entry in page.nodes])
    if not falls:
        return []
    came = f"entry {falls[0]} has a smaller revision than the one before, as {len(falls) - 1} others"
    mend = "order the feed by the revision, and give an entity that changes a new one that is greater than all"
    return [Problem(f"`changes(first: {first})`", came, "revisions that never fall", mend, "Change.revision")]


def _falls(revisions: Sequence[int]) -> list[int]:
    return [place for place in range(1, len(revisions)) if revisions[place] < revisions[place - 1]]


async def can_be_resumed(subject: Subject) -> Sequence[Problem]:
    """After a cursor comes what follows it, each time that it is asked; and a feed that goes on moves its cursor."""
    size = subject.limits.small_page
    start = await _page(subject, None, size)
    if not start.nodes:
        raise Skip("the feed is empty")
    asked = f"`changes(first: {size})` twice after the cursor of the first page"
    reached = start.nodes[-1].revision
    if start.has_more and not start.cursor:
        return [_not_resumed(asked, "an empty cursor")]
    for _ in range(2):
        again = await _page(subject, start.cursor, size)
        if any(entry.revision < reached or entry in start.nodes for entry in again.nodes):
            return [_not_resumed(asked, "entries that came before the cursor")]
        if start.has_more and not again.nodes and not again.has_more:
            return [_not_resumed(asked, "nothing, where the first page said that more follows")]
        if again.has_more and again.cursor == start.cursor:
            return [_not_resumed(asked, "a cursor that does not move")]
    return []


def _not_resumed(asked: str, came: str) -> Problem:
    mend = "read from the place that the cursor names: the revision of the last entry that was given"
    return Problem(asked, came, "the entries that follow the cursor", mend, "Query.changes")


async def is_complete(subject: Subject) -> Sequence[Problem]:
    """Many small pages hold the same as one large page."""
    rows, size = subject.limits.large_page, subject.limits.small_page

    async def whole() -> Sequence[_Entry]:
        return (await _page(subject, None, rows)).nodes

    async def pieces() -> Sequence[_Entry]:
        found: list[_Entry] = []
        after = None
        for _ in range(_MAX_STEPS):
            page = await _page(subject, after, size)
            found += page.nodes
            after = page.cursor
            if len(found) >= rows or not page.has_more:
                break
        return found[:rows]

    different = difference(*await compared(whole, pieces))
    if not different:
        return []
    asked = f"the first {rows} entries of `changes`, in pages of {size}"
    mend = "go on exactly after the last entry of the page before: no offset, no second order"
    return [Problem(asked, different, "the entries of one large page, each once", mend, "Query.changes")]


async def is_its_own(subject: Subject) -> Sequence[Problem]:
    """Every entity lies in the district's own regency."""
    nodes = (await _page(subject, None, subject.limits.large_page)).nodes
    codes = [entry.entity.region_code for entry in nodes if entry.entity.region_code is not None]
    strays = sum(not is_below(code, subject.code) for code in codes)
    if not strays:
        return []
    came = f"{strays} of {len(codes)} entries lie elsewhere"
    mend = "serve the district's own records only, with Kemendagri codes with dots"
    return [Problem("`changes`", came, f"codes that begin with {subject.code}.", mend, "Query.changes")]


async def is_bounded(subject: Subject) -> Sequence[Problem]:
    """A page holds no more entries than were asked for."""
    page = await _page(subject, None, 1)
    if len(page.nodes) <= 1:
        return []
    return [
        Problem("`changes(first: 1)`", f"{len(page.nodes)} entries", "at most 1", "keep to `first`", "Query.changes")
    ]


async def expires_cursors(subject: Subject) -> Sequence[Problem]:
    """A cursor that the system does not know is answered with the code CURSOR_EXPIRED."""
    asked = "`changes` after a cursor that was never given out"
    mend = "raise an error with `extensions: {code: CURSOR_EXPIRED}`, so that the hub reads from the beginning"
    try:
        page = await _page(subject, "slrt-hub-conformance-no-such-cursor", 1)
    except Refused as refused:
        if refused.code == "CURSOR_EXPIRED":
            return []
        return [Problem(asked, refused.came, "an error with the code CURSOR_EXPIRED", mend, "Query.changes")]
    return [
        Problem(asked, f"{len(page.nodes)} entries", "an error with the code CURSOR_EXPIRED", mend, "Query.changes")
    ]


async def can_be_read(subject: Subject) -> Sequence[Problem]:
    """Each entry has the contract's fields with values of their types."""
    variables = {"after": None, "first": subject.limits.large_page}
    nodes = (await subject.asker.ask(query.CHANGES, variables, Changes)).changes.nodes
    paths: dict[str, int] = {}
    for node in nodes:
        try:
            msgspec.json.decode(node, type=Change)
        except msgspec.ValidationError as error:
            path = error_path(error).removeprefix("entity.") or "entity"
            paths[path] = paths.get(path, 0) + 1
    mend = "send null for what is not known, words of the enum, days as 2026-01-31, moments with their zone"
    return [
        Problem(
            "`changes` with all fields",
            f"{count} entries with another value",
            "values of the contract's types",
            mend,
            path,
        )
        for path, count in sorted(paths.items())
    ]


def _check(id_: str, title: str, run: Run, *after: str) -> Check:
    return Check(id_, title, run, capability="CHANGES", after=("access.answers", *after))


CHECKS = (
    _check("feed.order", "the feed is in the order of revisions", is_ordered),
    _check("feed.resume", "the feed goes on after a cursor", can_be_resumed, "feed.order"),
    _check("feed.pages", "no entry is lost or doubled over pages", is_complete, "feed.resume"),
    _check("feed.region", "what changes lies in its own regency", is_its_own, "district.itself"),
    _check("feed.bound", "a page keeps to its size", is_bounded),
    _check("feed.cursor", "an unknown cursor is expired", expires_cursors, "feed.resume"),
    _check("feed.values", "entries can be read", can_be_read, "contract.fits"),
)
