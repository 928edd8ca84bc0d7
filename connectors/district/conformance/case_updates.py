"""Checks of case files that both sides write. All but the first write: case files that say that they are tests."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any
from uuid import uuid4

import msgspec

from connectors.district import query
from connectors.district.conformance.model import Check, Problem, Run, Skip, Subject
from connectors.district.wire import CaseUpdateResult, CaseUpdateResults

_AGENCY = "DINAS_SOSIAL"
_AT = "2026-01-01T00:00:00Z"
_TEST = "slrt-hub conformance test"
_MAX_PAGES = 100
_PAGE = 1_000
_DELIVER = "Mutation.caseUpdatesDeliver"
_REPORT = """
mutation HubReport($update: CaseUpdateInput!) { caseUpdateReport(update: $update) { key version } }
"""
_TAIL = """
query HubTail($after: String, $first: Int!) {
  changes(after: $after, first: $first) {
    nodes { entity { __typename ... on CaseUpdate { name: key decision } ... on CaseFile { name: id statusVersion } } }
    cursor
    hasMore
  }
}
"""

Fields = Mapping[str, object]


class _Reported(msgspec.Struct, rename="camel"):
    case_update_report: dict[str, object]


class _Entity(msgspec.Struct, rename="camel"):
    kind: str = msgspec.field(name="__typename")
    name: str | None = None
    decision: str | None = None
    status_version: int | None = None


class _Node(msgspec.Struct):
    entity: _Entity


class _Page(msgspec.Struct, rename="camel"):
    nodes: list[_Node]
    cursor: str
    has_more: bool


class _Changes(msgspec.Struct):
    changes: _Page


class _Case:
    """A test case file: makes updates of it, each with a key of its own."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.reference = f"slrt-hub-test-{uuid4().hex}"
        self._numbers = count(1)

    def update(self, field_group: str, item: str = "", base_version: int | None = None, **values: object) -> Fields:
        return {
            "key": f"{self.reference}/{next(self._numbers)}",
            "hubReference": self.reference,
            "fieldGroup": field_group,
            "item": item,
            "baseVersion": base_version,
            "values": values,
            "actor": _TEST,
            "actorRole": "TEST",
            "happenedAt": _AT,
        }

    def opening(self) -> Fields:
        code = self._subject.code
        texts: dict[str, Any] = {
            "number": self.reference,
            "channel": "TEST",
            "regionCode": code,
            "receivedAt": _AT,
            "summary": _TEST,
        }
        return self.update("OPENING", type="QUESTION", category="HEALTH", **texts)

    def description(self, base_version: int | None = None) -> Fields:
        return self.update("DESCRIPTION", base_version=base_version, type="QUESTION", category="FOOD", summary=_TEST)

    def status(self, status: str) -> Fields:
        return self.update("STATUS", status=status)

    def assignment(self, kind: str, status: str, role: str = "LEAD") -> Fields:
        values: dict[str, Any] = {"assignmentRole": role, "assignmentStatus": status, "assignedAt": _AT}
        return self.update("ASSIGNMENT", f"{self._subject.code}/{kind}", **values)


async def _deliver(subject: Subject, updates: Sequence[Fields]) -> list[CaseUpdateResult]:
    answer = await subject.asker.ask(query.CASE_UPDATES, {"updates": list(updates)}, CaseUpdateResults)
    return answer.case_updates_deliver


def _brief(results: Sequence[CaseUpdateResult]) -> list[str]:
    return [f"taken as version {one.version}" if one.is_accepted else f"{one.refusal}" for one in results]


def _unless(asked: str, came: Sequence[str], wanted: Sequence[str], mend: str, path: str = _DELIVER) -> list[Problem]:
    if list(came) == list(wanted):
        return []
    return [Problem(asked, ", ".join(came) or "nothing", ", ".join(wanted), mend, path)]


async def answers_nothing(subject: Subject) -> Sequence[Problem]:
    """A delivery of no update is answered with no result: the mutation is there, and nothing is written."""
    came = _brief(await _deliver(subject, []))
    return _unless("`caseUpdatesDeliver` of no update", came, [], "answer with an empty list")


async def decides_once(subject: Subject) -> Sequence[Problem]:
    """An update that comes again, in the same call or in another, is answered as before and in effect once."""
    case = _Case(subject)
    opening, moved, next_ = case.opening(), case.status("TRIAGED"), case.status("ASSIGNED")
    first = await _deliver(subject, [opening, moved])
    again = await _deliver(subject, [opening, moved, moved, next_])
    came = _brief([*first[1:], *again[1:]])
    wanted = ["taken as version 2"] * 3 + ["taken as version 3"]
    mend = "keep each decision by the key of its update, in the transaction that writes the case file; answer from it"
    ids = {one.case_file_id for one in (*first, *again)}
    problems = _unless("a new case file and a move, twice, and a further move", came, wanted, mend)
    if not problems and len(ids) != 1:
        problems = [Problem("an opening, twice", f"{len(ids)} case files", "one case file", mend, _DELIVER)]
    return problems


async def keeps_order(subject: Subject) -> Sequence[Problem]:
    """Updates of one call are decided on one after the other, and the hub's earlier ones make none of its later ones stale."""
    case = _Case(subject)
    moves = [case.status("TRIAGED"), case.status("ASSIGNED"), case.status("IN_PROGRESS")]
    described = [case.description(), case.description()]
    came = _brief((await _deliver(subject, [case.opening(), *moves, *described]))[1:])
    wanted = [f"taken as version {version}" for version in (2, 3, 4, 2, 3)]
    mend = "decide in the order of the list; a base is stale only when your own people changed the group after it"
    return _unless("an opening, three moves and two descriptions of one base, in one call", came, wanted, mend)


async def refuses_what_may_not_be(subject: Subject) -> Sequence[Problem]:
    """Moves that are not allowed, a second lead, an agency twice, and an unknown case file are refused, each with its word."""
    case, nobody = _Case(subject), _Case(subject)
    updates = [
        case.opening(),
        case.status("CLOSED"),
        case.assignment(_AGENCY, "ASSIGNED"),
        case.assignment(_AGENCY, "ASSIGNED", "SUPPORT"),
        case.assignment("DINAS_KESEHATAN", "ASSIGNED"),
        case.assignment("DINAS_KESEHATAN", "ACKNOWLEDGED"),
        case.assignment(_AGENCY, "COMPLETED"),
        case.assignment(_AGENCY, "ACKNOWLEDGED"),
        nobody.status("TRIAGED"),
    ]
    came = _brief((await _deliver(subject, updates))[1:])
    wanted = [
        "MOVE_NOT_ALLOWED",
        "taken as version 1",
        "ALREADY_ASSIGNED",
        "LEAD_TAKEN",
        "NOT_ASSIGNED",
        "MOVE_NOT_ALLOWED",
        "taken as version 2",
        "CASE_UNKNOWN",
    ]
    mend = "judge each update by the rule of its field group, as CaseFieldGroup says"
    return _unless("moves and assignments of which some may not be", came, wanted, mend)


async def refuses_stale_bases(subject: Subject) -> Sequence[Problem]:
    """A description of a base that the district's people changed meanwhile is refused; a move is taken whatever its base."""
    case = _Case(subject)
    await _deliver(subject, [case.opening()])
    for own in (case.description(), case.status("TRIAGED")):
        await subject.asker.ask(_REPORT, {"update": own}, _Reported)
    stale, fresh = case.description(1), case.description(2)
    came = _brief(await _deliver(subject, [stale, fresh, case.status("ASSIGNED")]))
    wanted = ["STALE_BASE", "taken as version 3", "taken as version 3"]
    mend = "keep the version that each group had after your own people's last change, and refuse a base before it"
    return _unless("two descriptions and a move after `caseUpdateReport`", came, wanted, mend)


async def tells_in_the_feed(subject: Subject) -> Sequence[Problem]:
    """Each decision comes in the feed, taken or refused, and after it the case file as it is then."""
    if "CHANGES" not in subject.capabilities:
        raise Skip("the district does not have the capability CHANGES")
    end = await _end(subject)
    case = _Case(subject)
    updates = [case.opening(), case.status("TRIAGED"), case.status("CLOSED")]
    results = await _deliver(subject, updates)
    page = (await subject.asker.ask(_TAIL, {"after": end, "first": _PAGE}, _Changes)).changes
    known = {str(update["key"]) for update in updates} | {results[0].case_file_id}
    entities = [node.entity for node in page.nodes if node.entity.name in known]
    came = [one.decision or f"a case file of version {one.status_version}" for one in entities]
    wanted = ["APPLIED", "APPLIED", "REFUSED", "a case file of version 2"]
    mend = "put each decision into `changes`, and after it the case file with a new revision, also when it is as before"
    return _unless("`changes` after an opening, a move and a refused move", came, wanted, mend, "Query.changes")


async def _end(subject: Subject) -> str | None:
    """The cursor after all that is in the feed."""
    after = None
    for _ in range(_MAX_PAGES):
        page = (await subject.asker.ask(_TAIL, {"after": after, "first": _PAGE}, _Changes)).changes
        after = page.cursor
        if not page.has_more:
            return after
    raise Skip(f"the feed has more than {_MAX_PAGES * _PAGE:,} entries")


def _writing(id_: str, title: str, run: Run) -> Check:
    return Check(id_, title, run, capability="CASE_UPDATES", after=("updates.answers",), writes=True)


CHECKS = (
    Check(
        "updates.answers",
        "answers an empty delivery of updates",
        answers_nothing,
        capability="CASE_UPDATES",
        after=("access.answers",),
    ),
    _writing("updates.repeat", "decides on an update once", decides_once),
    _writing("updates.order", "decides in order", keeps_order),
    _writing("updates.refusals", "refuses what may not be, with its word", refuses_what_may_not_be),
    _writing("updates.stale", "refuses stale bases", refuses_stale_bases),
    _writing("updates.feed", "tells of decisions in its feed", tells_in_the_feed),
)
