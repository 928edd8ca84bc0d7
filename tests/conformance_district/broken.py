"""Ways in which a district system can be wrong, each with what the suite has to find, and nothing else."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.district.client import load_contract
from connectors.district.conformance.asking import Limits
from tests.conformance_district.example import TOKEN

Change = Callable[[ModuleType, Any, dict[str, Any]], None]
"""Changes the root fields (by name) of an example with these records."""


def _unchanged(_example: ModuleType, _records: Any, _root: dict[str, Any]) -> None:
    return


@dataclass(frozen=True)
class Broken:
    """What is changed of the example, and the findings (check, path) that it has to cause."""

    name: str
    found: set[tuple[str, str]]
    change: Change = _unchanged
    contract: tuple[str, str] = ("", "")
    around: Callable[[ASGIApp], ASGIApp] | None = None
    limits: Limits | None = None
    writes: bool = False
    code: str = "35.10"

    def app(self, example: ModuleType, records: Any) -> ASGIApp:
        """The broken system."""
        old, new = self.contract
        contract = load_contract()
        assert old in contract
        served = contract.replace(old, new, 1)

        class Changed(example.District):
            def __init__(inner, *arguments: Any) -> None:  # noqa: N805 -- self is the variant
                super().__init__(*arguments)
                self.change(example, records, inner.root)

        original, example.District = example.District, Changed
        try:
            app: ASGIApp = example.make_app(records, served, TOKEN)
        finally:
            example.District = original
        return app if self.around is None else self.around(app)


def _around(name: str, wrap: Callable[..., Any]) -> Change:
    """Replace a root field by one that is given the right answer too."""

    def change(_example: ModuleType, records: Any, root: dict[str, Any]) -> None:
        right = root[name]
        root[name] = lambda info, **asked: wrap(lambda **other: right(info, **(asked | other)), asked, records)

    return change


def _reversed_feed(right: Any, _asked: Any, _records: Any) -> Any:
    page = right()
    return page | {"nodes": page["nodes"][::-1]}


def _from_the_beginning(right: Any, _asked: Any, _records: Any) -> Any:
    return right(after=None)


def _skips_one(right: Any, _asked: Any, _records: Any) -> Any:
    page = right()
    return page | {"cursor": str(int(page["cursor"]) + 1)}


def _gives_the_last_again(right: Any, asked: Any, records: Any) -> Any:
    page = right()
    if asked.get("after") is None:
        return page
    return page | {"nodes": [records.one("Household", asked["after"]), *page["nodes"][:-1]]}


def _loses_one(right: Any, asked: Any, _records: Any) -> Any:
    page = right()
    return page | {"nodes": page["nodes"][1:]} if asked.get("after") else page


def _backwards(right: Any, _asked: Any, _records: Any) -> Any:
    return right()[::-1]


def _fails_for_unknown(right: Any, asked: Any, records: Any) -> Any:
    found = right()
    if None in found:
        raise LookupError("no such id")
    return found


def _any_cursor(right: Any, asked: Any, _records: Any) -> Any:
    after = asked.get("after")
    return right(after=after if after is None or after.isdigit() else None)


def _no_position(right: Any, _asked: Any, _records: Any) -> Any:
    return right(after=None)


def _without_place_of_id(right: Any, asked: Any, _records: Any) -> Any:
    after = asked.get("after")
    return right(after=None if after is None else {"receivedAt": after["receivedAt"]})


def _every_status(right: Any, asked: Any, _records: Any) -> Any:
    return right(filter={**asked["filter"], "statuses": None})


def _sensitive_too(right: Any, asked: Any, _records: Any) -> Any:
    return right(filter={**asked["filter"], "isSensitive": None})


def _by_id_alone(right: Any, asked: Any, _records: Any) -> Any:
    rows = sorted(right(after=None, first=100)["nodes"], key=lambda row: row["id"])
    rows = [row for row in rows if row["id"] > (asked.get("after") or "")]
    nodes = rows[: asked["first"]]
    return {"nodes": nodes, "cursor": nodes[-1]["id"] if nodes else None, "hasMore": len(rows) > len(nodes)}


def _after_regions_alone(right: Any, asked: Any, _records: Any) -> Any:
    after = asked.get("after") or ""
    return right(after=after if not after.endswith("/") else after + "~")


def _ends_at_a_place(right: Any, asked: Any, _records: Any) -> Any:
    page = right()
    return page if asked.get("after") is None else {**page, "nodes": page["nodes"][:-1], "hasMore": False}


def _one_too_many(right: Any, _asked: Any, _records: Any) -> Any:
    return right() + 1


def _without_bound(right: Any, asked: Any, _records: Any) -> Any:
    return right(first=100) if asked["first"] == 1 else right()


def _flips(right: Any, asked: Any, records: Any) -> Any:
    records.times = getattr(records, "times", 0) + 1
    return [{**result, "isAccepted": bool((records.times + place) % 2)} for place, result in enumerate(right())]


def _decides_again(right: Any, asked: Any, records: Any) -> Any:
    for update in asked["updates"]:
        records.db.execute("delete from record where kind = 'CaseUpdate' and id = ?", (update["key"],))
    return right()


def _last_first(right: Any, asked: Any, _records: Any) -> Any:
    openings = [update for update in asked["updates"] if update["fieldGroup"] == "OPENING"]
    others = [update for update in asked["updates"] if update["fieldGroup"] != "OPENING"]
    decided = {one["key"]: one for one in right(updates=[*openings, *others[::-1]])}
    return [decided[update["key"]] for update in asked["updates"]]


def _of_base(base: int) -> Callable[..., Any]:
    def wrap(right: Any, asked: Any, _records: Any) -> Any:
        return right(updates=[update | {"baseVersion": base} for update in asked["updates"]])

    return wrap


def _own_ones_are_stale(right: Any, asked: Any, records: Any) -> Any:
    decided = []
    for update in asked["updates"]:
        found = records.rows(
            "json_extract(body, '$.hubReference') = ? and kind = 'CaseFile'", (update["hubReference"],)
        )
        version = found[0]["descriptionVersion"] if found else 1
        is_stale = update["fieldGroup"] == "DESCRIPTION" and (update.get("baseVersion") or 1) < version
        decided += right(updates=[update | {"baseVersion": -1} if is_stale else update])
    return decided


def _says_no(right: Any, _asked: Any, _records: Any) -> Any:
    return [one | {"refusal": one["refusal"] and "NO"} for one in right()]


def _keeps_decisions_to_itself(right: Any, _asked: Any, _records: Any) -> Any:
    page = right()
    return page | {"nodes": [node for node in page["nodes"] if node["entity"]["__typename"] != "CaseUpdate"]}


def _abroad(_example: ModuleType, records: Any, _root: dict[str, Any]) -> None:
    abroad = records.one("VillageService", "s006") | {"regionCode": "35.09.01.2001"}
    records.put("VillageService", "s006", {k: v for k, v in abroad.items() if k not in {"__typename", "isRemoved"}})


def _abroad_in_the_feed(right: Any, _asked: Any, _records: Any) -> Any:
    page = right()
    for node in page["nodes"]:
        if node["revision"] == 2:
            node["entity"]["regionCode"] = "35.09.01.2001"
    return page


def _impossible_day(_example: ModuleType, records: Any, _root: dict[str, Any]) -> None:
    household = records.one("Household", "h001")
    household["members"][0]["birthDate"] = "1985-13-45"
    records.db.execute(
        "update record set body = ? where kind = 'Household' and id = 'h001'",
        (json.dumps({k: v for k, v in household.items() if k not in {"__typename", "isRemoved", "id", "revision"}}),),
    )


def _anybody(app: ASGIApp) -> ASGIApp:
    """Every caller is taken for the hub."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
        await app({**scope, "headers": [*headers, (b"authorization", f"Bearer {TOKEN}".encode())]}, receive, send)

    return serve


def _page_for_errors(app: ASGIApp) -> ASGIApp:
    """What fails is a web page, with status 200."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        is_error = False

        async def page(message: Any) -> None:
            nonlocal is_error
            if message["type"] == "http.response.start":
                is_error = message["status"] == 400
                if is_error:
                    message = {**message, "status": 200, "headers": [(b"content-type", b"text/html")]}
            elif is_error:
                message = {**message, "body": b"<html><body>Terjadi kesalahan</body></html>"}
            await send(message)

        await app(scope, receive, page)

    return serve


def _slow(app: ASGIApp) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.06)
        await app(scope, receive, send)

    return serve


SEARCH, UPDATES = "Query.caseFileSearch", "Mutation.caseUpdatesDeliver"

VARIANTS = [
    Broken("a field is missing", {("contract.fits", "Household.kkNumber")}, contract=("  kkNumber: String\n", "")),
    Broken(
        "null where the contract has none",
        {("contract.fits", "CaseFile.number")},
        contract=("  number: String!\n", "  number: String\n"),
    ),
    Broken("another type", {("contract.fits", "Household.decile")}, contract=("  decile: Int\n", "  decile: String\n")),
    Broken(
        "an argument that the contract does not know",
        {("contract.fits", "Query.villageServices.year")},
        contract=("villageServices(regionCode", "villageServices(year: Int!, regionCode"),
    ),
    Broken(
        "a root field of a capability that it has",
        {("contract.fits", "Query.caseFileCount")},
        contract=("caseFileCount(filter: CaseFileFilter!)", "caseFilesCounted(filter: CaseFileFilter!)"),
    ),
    Broken("a feed without order", {("feed.order", "Change.revision")}, _around("changes", _reversed_feed)),
    Broken("a feed that does not resume", {("feed.resume", "Query.changes")}, _around("changes", _from_the_beginning)),
    Broken("a feed that loses entries", {("feed.pages", "Query.changes")}, _around("changes", _skips_one)),
    Broken("a feed that takes any cursor", {("feed.cursor", "Query.changes")}, _around("changes", _any_cursor)),
    Broken("values that cannot be", {("feed.values", "members[0].birthDate")}, _impossible_day),
    Broken(
        "rows twice over pages",
        {("pages.households", "Query.households")},
        _around("households", _gives_the_last_again),
    ),
    Broken("rows lost over pages", {("pages.case-files", "Query.caseFiles")}, _around("caseFiles", _loses_one)),
    Broken("pages without bound", {("bound.households", "Query.households")}, _around("households", _without_bound)),
    Broken("entities in another order", {("entities.order", "Query._entities")}, _around("_entities", _backwards)),
    Broken(
        "an error for an unknown key",
        {("entities.unknown", "Query._entities")},
        _around("_entities", _fails_for_unknown),
    ),
    Broken("no token needed", {("access.token", "")}, around=_anybody),
    Broken("a web page for an error", {("errors.shape", "")}, around=_page_for_errors),
    Broken("rows of another regency", {("region.village-services", "VillageService.regionCode")}, _abroad),
    Broken("entries of another regency", {("feed.region", "Query.changes")}, _around("changes", _abroad_in_the_feed)),
    Broken(
        "a position that is not looked at",
        {("search.position", f"{SEARCH}.after")},
        _around("caseFileSearch", _no_position),
    ),
    Broken(
        "a position without its id",
        {("search.position", f"{SEARCH}.after")},
        _around("caseFileSearch", _without_place_of_id),
    ),
    Broken(
        "a filter that is not applied",
        {("search.filter", "CaseFileFilter.statuses")},
        _around("caseFileSearch", _every_status),
    ),
    Broken(
        "a filter that lets sensitive ones through",
        {("search.filter", "CaseFileFilter.isSensitive")},
        _around("caseFileSearch", _sensitive_too),
    ),
    Broken(
        "a count with sensitive ones",
        {("search.count", "Query.caseFileCount")},
        _around("caseFileCount", _sensitive_too),
    ),
    Broken(
        "services by their ids alone",
        {("place.village-services", "Query.villageServices.after")},
        _around("villageServices", _by_id_alone),
    ),
    Broken(
        "a place that is known only where a row stands",
        {("place.village-profiles", "Query.villageProfiles.after")},
        _around("villageProfiles", _after_regions_alone),
    ),
    Broken(
        "rows that a place loses",
        {("place.poverty-series", "Query.povertySeries.after")},
        _around("povertySeries", _ends_at_a_place),
    ),
    Broken("another count", {("search.count", "Query.caseFileCount")}, _around("caseFileCount", _one_too_many)),
    Broken("too slow", {("latency.p99", "")}, around=_slow, limits=Limits(p99=0.05, deadline=60.0)),
    Broken(
        "an answer that is another the second time",
        {("delivery.repeat", "")},
        _around("matchesDeliver", _flips),
        writes=True,
    ),
    Broken(
        "an update that is decided on each time that it comes",
        {("updates.repeat", UPDATES)},
        _around("caseUpdatesDeliver", _decides_again),
        writes=True,
    ),
    Broken(
        "updates that are decided on in another order",
        {("updates.order", UPDATES), ("updates.refusals", UPDATES), ("updates.feed", "Query.changes")},
        _around("caseUpdatesDeliver", _last_first),
        writes=True,
    ),
    Broken(
        "a stale base that is taken",
        {("updates.stale", UPDATES)},
        _around("caseUpdatesDeliver", _of_base(10**6)),
        writes=True,
    ),
    Broken(
        "the hub's own updates that make its later ones stale",
        {("updates.order", UPDATES)},
        _around("caseUpdatesDeliver", _own_ones_are_stale),
        writes=True,
    ),
    Broken(
        "refusals without the word of the contract",
        {("updates.refusals", UPDATES), ("updates.stale", UPDATES)},
        _around("caseUpdatesDeliver", _says_no),
        writes=True,
    ),
    Broken(
        "decisions that do not come in the feed",
        {("updates.feed", "Query.changes")},
        _around("changes", _keeps_decisions_to_itself),
        writes=True,
    ),
    Broken("another district than was meant", {("district.itself", "District.regionCode")}, code="35.09"),
]
