"""A complete district system: the contract of SLRT hub over SQLite, for a district's developers to copy.

    python district.py --contract district.graphql --token-file token.txt --region 35.10 --data records.json --port 8100

Every record stands in one table with the revision of its last change. Whoever writes calls `put` or `remove`; the feed,
the lists and the search are queries over that table. The contract's file is the schema: what it says is what is served.
Case files that the hub changes too are in casework.py, referrals in referrals.py.
"""

import argparse
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import casework
import graphql
import referrals as desk
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MAX_CHANGES, MAX_PAGE, MAX_DELIVERIES, MAX_BODY, MAX_TOKENS = 1_000, 100, 500, 1_000_000, 5_000
BELOW = "instr(region_code || '.', ?) = 1"
CAPABILITIES = (
    "HOUSEHOLDS", "PERSONS", "CASE_FILES", "VILLAGE_SERVICES", "VILLAGE_PROFILES", "CHANGES", "MATCH_DELIVERY", "CASE_UPDATES",
    "REFERRALS",
)  # fmt: skip
BY_REGION = {"villageServices": "VillageService", "villageProfiles": "VillageProfile", "povertySeries": "PovertySeries"}
LISTS = {"households": "Household", "caseFiles": "CaseFile"} | BY_REGION
NOT_IN_FEED = "('VillageProfile', 'PovertySeries')"
TABLES = """
create table if not exists record (
    kind text not null,
    id text not null,
    revision integer not null unique,
    is_removed integer not null,
    region_code text,
    received_at text,
    body text not null,
    primary key (kind, id)
);
create index if not exists record_place on record (kind, region_code, id);
create index if not exists record_received on record (kind, received_at, id);
create index if not exists record_hub_reference on record (json_extract(body, '$.hubReference')) where kind = 'CaseFile';
create table if not exists delivery (match_reference text primary key, household_id text not null, status text not null);
"""

FEDERATION = """
scalar _Any
type _Service { sdl: String! }
union _Entity = District | Household | Person | CaseFile | CaseUpdate | VillageService | MatchOutcome | ReferralUpdate
extend type Query { _service: _Service!  _entities(representations: [_Any!]!): [_Entity]! }
"""


def refusal(code: str, message: str) -> graphql.GraphQLError:
    """An error that the hub understands by its code."""
    return graphql.GraphQLError(message, extensions={"code": code})


def moment(text: str) -> str:
    """A moment as it is kept: UTC, always with six digits of the second, so that texts compare as moments do."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise refusal("BAD_USER_INPUT", "write a moment as 2026-07-01T08:00:00Z") from None
    if parsed.tzinfo is None:
        raise refusal("BAD_USER_INPUT", "a moment needs its zone, such as 2026-07-01T08:00:00Z")
    return parsed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def bounded(first: int, most: int) -> int:
    """How many rows to read: one more than asked, to know whether more follow."""
    if not 1 <= first <= most:
        raise refusal("BAD_USER_INPUT", f"first is {first}; write a number from 1 to {most}")
    return first + 1


class Records:
    """The district's records, each at the revision of its last change."""

    def __init__(self, region_code: str, name: str, path: str = ":memory:") -> None:
        self.region_code = region_code
        self.name = name
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.create_function("fold", 1, str.casefold, deterministic=True)
        self.db.executescript(TABLES)
        self.db.execute(desk.TABLE)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written in the block is there as a whole, or not at all, whatever ends the process."""
        if self.db.in_transaction:  # of a block around this one
            yield
        else:
            with self.db:
                self.db.execute("begin immediate")
                yield

    def put(self, kind: str, id_: str, fields: dict[str, Any]) -> None:
        """Keep a record as it is now; only one that is new or differs gets a new revision, and so comes into the feed."""
        known = self.db.execute("select body, is_removed from record where kind = ? and id = ?", (kind, id_)).fetchone()
        body = json.dumps(fields, sort_keys=True)
        if known != (body, 0):
            self._write(kind, id_, fields, body, is_removed=False)

    def remove(self, kind: str, id_: str) -> None:
        """Say once in the feed that a record is gone."""
        known = self.db.execute(
            "select body from record where kind = ? and id = ? and not is_removed", (kind, id_)
        ).fetchone()
        if known is not None:
            self._write(kind, id_, json.loads(known[0]), known[0], is_removed=True)

    def _write(self, kind: str, id_: str, fields: dict[str, Any], body: str, *, is_removed: bool) -> None:
        received_at = moment(fields["receivedAt"]) if "receivedAt" in fields else None
        with self.together():
            self.db.execute(
                "insert into record select ?, ?, coalesce(max(revision), 0) + 1, ?, ?, ?, ? from record where true"
                " on conflict (kind, id) do update set revision = excluded.revision, is_removed = excluded.is_removed,"
                " region_code = excluded.region_code, received_at = excluded.received_at, body = excluded.body",
                (kind, id_, is_removed, fields.get("regionCode"), received_at, body),
            )

    def rows(self, where: str, values: Sequence[Any], rest: str = "") -> list[dict[str, Any]]:
        """Records as the contract has them."""
        found = self.db.execute(f"select kind, id, revision, is_removed, body from record where {where} {rest}", values)
        return [
            {"__typename": kind, key(kind): id_, "revision": revision, "isRemoved": bool(gone), **json.loads(body)}
            for kind, id_, revision, gone, body in found
        ]

    def one(self, kind: str, id_: str) -> dict[str, Any] | None:
        """A record that is there."""
        return next(iter(self.rows("kind = ? and id = ? and not is_removed", (kind, id_))), None)


def key(kind: str) -> str:
    """The name of the field that the contract finds a record by."""
    return {"MatchOutcome": "matchReference", "CaseUpdate": "key", "ReferralUpdate": "key"}.get(kind, "id")


class District:
    """The root fields of the contract."""

    def __init__(self, records: Records, sdl: str, capabilities: Sequence[str]) -> None:
        self.records = records
        self.capabilities = capabilities
        self.root = {
            "district": lambda _: self.itself(),
            "changes": self.changes,
            "household": lambda _, id: records.one("Household", id),
            "person": lambda _, id: self.person(id),
            **{name: partial(self.page, kind) for name, kind in LISTS.items()},
            "caseFileSearch": self.search,
            "caseFileCount": self.count,
            "matchesDeliver": self.deliver,
            "matchOutcomeReport": self.report,
            "caseUpdatesDeliver": self.take_updates,
            "caseUpdateReport": self.change_case,
            "referralsDeliver": lambda _, referrals: desk.deliver(records, referrals),
            "referralMove": lambda _, key, **asked: desk.move(records, key, asked),
            "_service": lambda _: {"sdl": sdl},
            "_entities": lambda _, representations: [self.entity(asked) for asked in representations],
        }

    def itself(self) -> dict[str, Any]:
        return {
            "__typename": "District",
            "regionCode": self.records.region_code,
            "name": self.records.name,
            "contractVersion": 1,
            "capabilities": self.capabilities,
        }

    def changes(self, _: Any, first: int, after: str | None = None) -> dict[str, Any]:
        """The cursor is the revision of the last entry; one that is no number was never given out."""
        if after is not None and not (after.isascii() and after.isdigit()):
            raise refusal("CURSOR_EXPIRED", "the cursor is not known: start without it")
        found = self.records.rows(
            f"revision > ? and kind not in {NOT_IN_FEED}",
            (int(after or 0),),
            f"order by revision limit {bounded(first, MAX_CHANGES)}",
        )
        nodes = [{"revision": row["revision"], "isRemoved": row["isRemoved"], "entity": row} for row in found[:first]]
        cursor = str(nodes[-1]["revision"]) if nodes else after or "0"
        return {"nodes": nodes, "cursor": cursor, "hasMore": len(found) > first}

    def page(self, kind: str, _: Any, first: int, after: str = "", regionCode: str | None = None) -> dict[str, Any]:
        """By id; what belongs to a village by region and id: its place is both, with a slash between them."""
        is_by_region = kind in BY_REGION.values()
        start = "region_code" if is_by_region else "''"
        region, _, id_ = (after or "" if is_by_region else f"/{after or ''}").partition("/")
        where, values = f"kind = ? and not is_removed and ({start}, id) > (?, ?)", [kind, region, id_]
        if regionCode is not None:
            where, values = f"{where} and {BELOW}", [*values, f"{regionCode}."]
        found = self.records.rows(where, values, f"order by {start}, id limit {bounded(first, MAX_PAGE)}")
        cursors = [f"{row['regionCode']}/{row['id']}" if is_by_region else row["id"] for row in found[:first]]
        return {"nodes": found[:first], "cursor": cursors[-1] if cursors else None, "hasMore": len(found) > first}

    def search(self, _: Any, filter: dict[str, Any], first: int, after: dict[str, Any] | None = None) -> dict[str, Any]:
        where, values = narrowed(filter)
        newest = filter["order"] == "NEWEST_FIRST"
        if after is not None:
            sign = "<" if newest else ">"
            is_row = after.get("id") is not None
            where += f" and (received_at, id) {sign} (?, ?)" if is_row else f" and received_at {sign} ?"
            values += [moment(after["receivedAt"]), *([after["id"]] if is_row else [])]
        way = "desc" if newest else "asc"
        order = f"order by received_at {way}, id {way} limit {bounded(first, MAX_PAGE)}"
        found = self.records.rows(where, values, order)
        return {"nodes": found[:first], "hasMore": len(found) > first}

    def count(self, _: Any, filter: dict[str, Any]) -> int:
        where, values = narrowed(filter)
        return int(self.records.db.execute(f"select count(*) from record where {where}", values).fetchone()[0])

    def person(self, id_: str) -> dict[str, Any] | None:
        row = self.records.db.execute(
            "select member.value from record, json_each(record.body, '$.members') member"
            " where kind = 'Household' and not is_removed and json_extract(member.value, '$.id') = ?",
            (id_,),
        ).fetchone()
        return None if row is None else {"__typename": "Person", **json.loads(row[0])}

    def entity(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        kind = asked["__typename"]
        if kind == "District":
            return self.itself() if asked.get("regionCode") == self.records.region_code else None
        id_ = str(asked.get(key(kind), ""))
        return self.person(id_) if kind == "Person" else self.records.one(kind, id_)

    def deliver(self, _: Any, matches: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Keep the newest status of each match; here the officers' screens would show it."""
        if len(matches) > MAX_DELIVERIES:
            raise refusal("BAD_USER_INPUT", f"{len(matches)} matches; at most {MAX_DELIVERIES}")
        results = []
        for match in matches:
            is_known = self.records.one("Household", match["householdId"]) is not None
            if is_known:
                with self.records.together():
                    self.records.db.execute(
                        "insert or replace into delivery values (?, ?, ?)",
                        (match["matchReference"], match["householdId"], match["status"]),
                    )
            reason = None if is_known else "HOUSEHOLD_UNKNOWN"
            results.append({"matchReference": match["matchReference"], "isAccepted": is_known, "reason": reason})
        return results

    def take_updates(self, _: Any, updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One decision after the other, in their order: see casework.py."""
        if len(updates) > MAX_DELIVERIES:
            raise refusal("BAD_USER_INPUT", f"{len(updates)} updates; at most {MAX_DELIVERIES}")
        return [casework.decide(self.records, update) for update in updates]

    def change_case(self, _: Any, update: dict[str, Any]) -> dict[str, Any] | None:
        """An officer changes a case file."""
        try:
            return casework.change(self.records, update)
        except casework.Refused as error:
            raise refusal("BAD_USER_INPUT", str(error)) from None

    def report(self, _: Any, matchReference: str, outcome: str, reason: str | None = None) -> dict[str, Any] | None:
        """An officer says what the household decided: it then stands in the feed."""
        known = self.records.db.execute(
            "select 1 from delivery where match_reference = ?", (matchReference,)
        ).fetchone()
        if known is None:
            raise refusal("NOT_FOUND", "no match of this reference was delivered here")
        observed_at = datetime.now(UTC).isoformat()  # noqa: TID251 -- a system of its own has a clock of its own
        self.records.put(
            "MatchOutcome", matchReference, {"outcome": outcome, "reason": reason, "observedAt": observed_at}
        )
        return self.records.one("MatchOutcome", matchReference)


SEARCHED = "fold(json_extract(body, '$.number') || char(10) || coalesce(json_extract(body, '$.summary'), ''))"
CONDITIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "statuses": ("json_extract(body, '$.status') in (select value from json_each(?))", json.dumps),
    "categories": ("json_extract(body, '$.category') in (select value from json_each(?))", json.dumps),
    "regionCode": (BELOW, "{}.".format),
    "receivedFrom": ("received_at >= ?", moment),
    "receivedBefore": ("received_at < ?", moment),
    "isSensitive": ("coalesce(json_extract(body, '$.isSensitive'), 0) = ?", int),
    "number": ("json_extract(body, '$.number') = ?", str),
    "text": (f"instr({SEARCHED}, ?) > 0", str.casefold),
}


def narrowed(wanted: dict[str, Any]) -> tuple[str, list[Any]]:
    """The rows that a filter lets through, as a condition with its values; what is null does not narrow."""
    given = {name: wanted[name] for name in CONDITIONS if wanted.get(name) is not None}
    conditions = [CONDITIONS[name][0] for name in given]
    values = [CONDITIONS[name][1](value) for name, value in given.items()]
    return " and ".join(["kind = 'CaseFile' and not is_removed", *conditions]), values


def read_schema(contract: str) -> graphql.GraphQLSchema:
    """The contract with what every Federation v2 subgraph serves."""
    return graphql.build_schema(contract + FEDERATION, assume_valid=True)


class Able(graphql.Visitor):
    """Leaves out what belongs to other capabilities: the contract says in the description of a root field to which one."""

    def __init__(self, capabilities: Sequence[str]) -> None:
        super().__init__()
        self.able = tuple(f"Capability {capability}." for capability in capabilities)

    def enter_field_definition(self, node: graphql.FieldDefinitionNode, *_: Any) -> Any:
        text = node.description.value if node.description else ""
        return graphql.REMOVE if text.startswith("Capability ") and not text.startswith(self.able) else None

    def leave_object_type_definition(self, node: graphql.ObjectTypeDefinitionNode, *_: Any) -> Any:
        return None if node.fields else graphql.REMOVE

    def enter_operation_type_definition(self, node: graphql.OperationTypeDefinitionNode, *_: Any) -> Any:
        taking = ("MATCH_DELIVERY", "CASE_UPDATES", "REFERRALS")
        has_mutations = any(f"Capability {one}." in self.able for one in taking)
        return None if has_mutations or node.operation.value == "query" else graphql.REMOVE


def make_app(records: Records, contract: str, token: str, capabilities: Sequence[str] = CAPABILITIES) -> Starlette:
    """`POST /graphql` with a bearer token."""
    sdl = graphql.print_ast(graphql.visit(graphql.parse(contract), Able(capabilities)))
    schema = read_schema(sdl)
    root = District(records, sdl, capabilities).root

    @lru_cache(maxsize=200)
    def understood(query: str) -> graphql.DocumentNode:
        """The query, parsed and valid; it is read once, for the hub asks the same ones all the time."""
        document = graphql.parse(query, max_tokens=MAX_TOKENS)
        for error in graphql.validate(schema, document):
            raise error
        return document

    async def serve(request: Request) -> Response:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(given.encode(), token.encode()):
            return failed(401, "UNAUTHENTICATED", "the token is missing or wrong")
        try:
            asked = json.loads(await body_of(request))
            document = understood(asked["query"])
            variables = dict(asked.get("variables") or {})
        except graphql.GraphQLError as error:
            return failed(400, "GRAPHQL_VALIDATION_FAILED", error.message)
        except (ValueError, KeyError, TypeError, RecursionError):
            return failed(400, "BAD_REQUEST", "send JSON with `query`, and `variables` when it has some")
        result = graphql.execute_sync(
            schema, document, root, variable_values=variables, operation_name=asked.get("operationName")
        )
        return JSONResponse(result.formatted)

    return Starlette(routes=[Route("/graphql", serve, methods=["POST"])])


async def body_of(request: Request) -> bytes:
    """The body, up to a bound."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise ValueError
    return body


def failed(status: int, code: str, message: str) -> Response:
    """A GraphQL answer without data."""
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": code}}]}, status)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--contract", type=Path, required=True, help="the hub's schema/district.graphql")
    parser.add_argument("--token-file", type=Path, required=True, help="holds the token that the hub was given")
    parser.add_argument("--region", required=True, help="code of the regency or city, such as 35.10")
    parser.add_argument("--name", default="", help="its name")
    parser.add_argument("--data", type=Path, help="records to begin with: a JSON list of [kind, id, fields]")
    parser.add_argument("--database", default=":memory:", help="file of the SQLite database")
    parser.add_argument("--port", type=int, default=8100)
    options = parser.parse_args()
    records = Records(options.region, options.name, options.database)
    if options.data is not None:
        for kind, id_, fields in json.loads(options.data.read_text(encoding="utf-8")):
            records.put(kind, id_, fields)
    token = options.token_file.read_text(encoding="utf-8").strip()
    app = make_app(records, options.contract.read_text(encoding="utf-8"), token)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
