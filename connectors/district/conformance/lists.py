"""Checks of lists, of look-ups by id, and of `_entities`."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec

from connectors.district.conformance.asking import Refused
from connectors.district.conformance.model import Check, Problem, Skip, Subject
from connectors.district.conformance.moving import compared, difference

_LISTS = {
    "households": "HOUSEHOLDS",
    "caseFiles": "CASE_FILES",
    "villageServices": "VILLAGE_SERVICES",
    "villageProfiles": "VILLAGE_PROFILES",
    "povertySeries": "VILLAGE_PROFILES",
}
_TYPES = {
    "households": "Household",
    "caseFiles": "CaseFile",
    "villageServices": "VillageService",
    "villageProfiles": "VillageProfile",
    "povertySeries": "PovertySeries",
}
_WITH_KEY = ("households", "caseFiles", "villageServices")
"""Lists of types that `_entities` finds."""
_UNKNOWN_ID = "slrt-hub-conformance-no-such-id"
_MOST = 100
_MAX_STEPS = 20

_LIST = """
query HubList($regionCode: String, $after: String, $first: Int!) {
  page: %s(regionCode: $regionCode, after: $after, first: $first) { nodes { id regionCode } cursor hasMore }
}
"""
_ENTITIES = """
query HubEntities($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on District { id: regionCode }
    ... on Household { id }
    ... on CaseFile { id }
    ... on VillageService { id }
  }
}
"""


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    region_code: str

    @property
    def place(self) -> tuple[str, str]:
        return (self.region_code, self.id)


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    nodes: list[_Row]
    cursor: str | None
    has_more: bool


class _Data(msgspec.Struct, frozen=True):
    page: _Page


class _Entity(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="__typename")
    id: str


class _Entities(msgspec.Struct, frozen=True):
    entities: list[_Entity | None] = msgspec.field(name="_entities")


class _Found(msgspec.Struct, frozen=True):
    found: dict[str, str] | None


async def _page(subject: Subject, field: str, after: str | None, first: int, region: str | None = None) -> _Page:
    variables = {"regionCode": region, "after": after, "first": first}
    return (await subject.asker.ask(_LIST % field, variables, _Data)).page


async def is_complete(subject: Subject, field: str) -> Sequence[Problem]:
    """Many small pages hold the same as one large page."""
    rows, size = subject.limits.large_page, subject.limits.small_page

    async def whole() -> Sequence[_Row]:
        return (await _page(subject, field, None, rows)).nodes

    async def pieces() -> Sequence[_Row]:
        found: list[_Row] = []
        after = None
        for _ in range(_MAX_STEPS):
            page = await _page(subject, field, after, size)
            found += page.nodes
            after = page.cursor
            if len(found) >= rows or not page.has_more:
                break
        return found[:rows]

    different = difference(*await compared(whole, pieces))
    if not different:
        return []
    asked = f"the first {rows} rows of `{field}`, in pages of {size}"
    mend = "order by what is unique, and go on exactly after the last row of the page before"
    return [Problem(asked, different, "the rows of one large page, each once", mend, f"Query.{field}")]


async def is_its_own(subject: Subject, field: str) -> Sequence[Problem]:
    """Every row lies in the district's own regency; a region filter lets only what lies below it through."""
    rows = (await _page(subject, field, None, _MOST)).nodes
    path = f"{_TYPES[field]}.regionCode"
    strays = sum(not is_below(row.region_code, subject.code) for row in rows)
    if strays:
        came = f"{strays} of {len(rows)} rows lie elsewhere"
        mend = "serve the district's own records only, with Kemendagri codes with dots"
        return [Problem(f"`{field}`", came, f"codes that begin with {subject.code}.", mend, path)]
    if not rows:
        return []
    region = rows[-1].region_code
    narrowed = (await _page(subject, field, None, _MOST, region)).nodes
    wrong = sum(not is_below(row.region_code, region) for row in narrowed)
    if not wrong and narrowed:
        return []
    came = f"{wrong} of {len(narrowed)} rows lie elsewhere" if narrowed else "nothing, where such a row is known"
    mend = "compare codes part by part, so that 35.1 is not above 35.10"
    return [Problem(f"`{field}` of one village", came, "the rows of that village", mend, f"Query.{field}.regionCode")]


def is_below(code: str, above: str) -> bool:
    """Whether a region is another one or lies below it: part by part."""
    return f"{code}.".startswith(f"{above}.")


async def is_bounded(subject: Subject, field: str) -> Sequence[Problem]:
    """A page holds no more rows than were asked for, and no more than the contract allows."""
    page = await _page(subject, field, None, 1)
    if len(page.nodes) > 1:
        return [
            Problem(f"`{field}(first: 1)`", f"{len(page.nodes)} rows", "at most 1", "keep to `first`", f"Query.{field}")
        ]
    try:
        page = await _page(subject, field, None, _MOST + 1)
    except Refused:
        return []
    if len(page.nodes) <= _MOST:
        return []
    came = f"{len(page.nodes)} rows"
    return [
        Problem(
            f"`{field}(first: {_MOST + 1})`", came, f"an error, or at most {_MOST}", "bound `first`", f"Query.{field}"
        )
    ]


async def goes_by_region(subject: Subject, field: str) -> Sequence[Problem]:
    """By region, then by id; after a place, of which the row may be gone, come the rows strictly after it."""
    rows = (await _page(subject, field, None, _MOST)).nodes
    mend = 'order by regionCode, then by id, code point by code point (in PostgreSQL: collate "C")'
    if [row.place for row in rows] != sorted(row.place for row in rows):
        return [Problem(f"`{field}`", "rows in another order", "regionCode, then id, growing", mend, f"Query.{field}")]
    problems = []
    for at in rows[(len(rows) - 1) // 2 :][:1]:
        places = {f"{at.region_code}/{at.id}": at.place, f"{at.region_code}/": (at.region_code, "")}
        for after, place in places.items():
            expected = [row for row in rows if row.place > place]
            page = await _page(subject, field, after, _MOST)
            found = page.nodes
            followed = expected[: len(found)] if page.has_more else expected
            if any(row.place <= place for row in found) or found[: len(expected)] != followed:
                words = "the place of a row" if place[1] else "a place where no row stands"
                mend = "split `after` at its slash and compare (regionCode, id) as a whole with it"
                came = "rows before it, or without some that follow"
                wanted = "the rows strictly after it"
                problems.append(Problem(f"`{field}` after {words}", came, wanted, mend, f"Query.{field}.after"))
    return problems


async def finds_by_id(subject: Subject, field: str, source: str) -> Sequence[Problem]:
    """A known id gives the object, an unknown one null."""
    document = f"query HubFind($id: ID!) {{ found: {field}(id: $id) {{ id }} }}"
    problems = []
    known = await _ids(subject, source)
    asked: list[tuple[str, str, dict[str, str] | None]] = [(_UNKNOWN_ID, "an id that does not exist", None)]
    if known and field == "household":
        asked.append((known[-1], "an id that it gave", {"id": known[-1]}))
    for id_, words, wanted in asked:
        found = (await subject.asker.ask(document, {"id": id_}, _Found)).found
        if found != wanted:
            came = "null" if found is None else "another object"
            mend = "look up by exactly this id, and give null for one that is not there"
            problems.append(
                Problem(
                    f"`{field}` by {words}", came, "null" if wanted is None else "that object", mend, f"Query.{field}"
                )
            )
    return problems


async def _ids(subject: Subject, field: str) -> list[str]:
    if _LISTS[field] not in subject.capabilities:
        return []
    return [row.id for row in (await _page(subject, field, None, subject.limits.small_page)).nodes]


async def _known(subject: Subject) -> list[dict[str, str]]:
    """Representations of what is there, the district itself first."""
    district = [{"__typename": "District", "regionCode": subject.region_code or subject.code}]
    lists = [field for field in _WITH_KEY if _LISTS[field] in subject.capabilities]
    return district + [
        {"__typename": _TYPES[field], "id": id_} for field in lists for id_ in await _ids(subject, field)
    ]


async def _entities(subject: Subject, representations: Sequence[dict[str, str]]) -> list[_Entity | None]:
    variables = {"representations": representations}
    return (await subject.asker.ask(_ENTITIES, variables, _Entities)).entities


def _expected(representation: dict[str, str]) -> _Entity:
    kind = representation["__typename"]
    return _Entity(kind, representation["regionCode" if kind == "District" else "id"])


async def keeps_the_order(subject: Subject) -> Sequence[Problem]:
    """Each representation is answered at its own place, also backwards, and when it comes twice."""
    known = await _known(subject)
    asked = [*reversed(known), *known[:2]]
    found = await _entities(subject, asked)
    wrong = sum(a != b for a, b in zip(found, map(_expected, asked), strict=False)) + abs(len(found) - len(asked))
    if not wrong:
        return []
    mend = "resolve each representation by its key and put the answer where it was asked for"
    words = f"`_entities` of {len(asked)} representations, some of them twice"
    return [
        Problem(
            words,
            f"{wrong} answers are not what was asked for there",
            "one answer each, in their order",
            mend,
            "Query._entities",
        )
    ]


async def gives_null_for_unknown(subject: Subject) -> Sequence[Problem]:
    """An unknown key is null at its place, and the others are answered all the same."""
    known = await _known(subject)
    unknown = [{"__typename": item["__typename"], "id": _UNKNOWN_ID} for item in known[1:] if "id" in item][:1]
    if not unknown:
        raise Skip("the district gave no object that has an id")
    asked = "`_entities` of a known, an unknown and a known key"
    mend = "return null where the key is not known, instead of an error"
    try:
        found = await _entities(subject, [known[0], *unknown, known[1]])
    except Refused as refused:
        return [Problem(asked, refused.came, "the object, null, the object", mend, "Query._entities")]
    if found == [_expected(known[0]), None, _expected(known[1])]:
        return []
    return [Problem(asked, "another answer", "the object, null, the object", mend, "Query._entities")]


async def takes_many(subject: Subject) -> Sequence[Problem]:
    """A hundred representations in one call."""
    known = await _known(subject)
    asked = [known[place % len(known)] for place in range(_MOST)]
    found = await _entities(subject, asked)
    if len(found) == _MOST:
        return []
    mend = "answer all representations of a call"
    return [
        Problem(f"`_entities` of {_MOST} representations", f"{len(found)} answers", f"{_MOST}", mend, "Query._entities")
    ]


def _of(field: str, name: str) -> tuple[Check, ...]:
    def make(id_: str, title: str, run: Callable[..., Awaitable[Sequence[Problem]]], *after: str) -> Check:
        return Check(id_, title, partial(run, field=field), capability=_LISTS[field], after=("access.answers", *after))

    return (
        make(f"pages.{name}", f"no row of {field} is lost or doubled over pages", is_complete),
        make(f"region.{name}", f"{field} lie in its own regency", is_its_own, "district.itself"),
        make(f"bound.{name}", f"a page of {field} keeps to its size", is_bounded),
    )


def _by_region(field: str, name: str) -> Check:
    title = f"{field} go by region, after a place"
    run = partial(goes_by_region, field=field)
    return Check(f"place.{name}", title, run, capability=_LISTS[field], after=("access.answers", f"pages.{name}"))


CHECKS = (
    *_of("households", "households"),
    *_of("caseFiles", "case-files"),
    *_of("villageServices", "village-services"),
    _by_region("villageServices", "village-services"),
    *_of("villageProfiles", "village-profiles"),
    _by_region("villageProfiles", "village-profiles"),
    *_of("povertySeries", "poverty-series"),
    _by_region("povertySeries", "poverty-series"),
    Check(
        "lookup.household",
        "a household is found by its id",
        partial(finds_by_id, field="household", source="households"),
        capability="HOUSEHOLDS",
        after=("access.answers",),
    ),
    Check(
        "lookup.person",
        "a person that is not there is null",
        partial(finds_by_id, field="person", source="households"),
        capability="PERSONS",
        after=("access.answers",),
    ),
    Check("entities.order", "entities come in the order of their keys", keeps_the_order, after=("district.itself",)),
    Check("entities.unknown", "an unknown key is null", gives_null_for_unknown, after=("entities.order",)),
    Check("entities.batch", "a hundred keys in one call", takes_many, after=("entities.order",)),
)
