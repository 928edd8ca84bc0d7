"""The districts that are asked live: one way to each, made when it is first asked and again when its entry changes."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from connectors.decode import RecordShape, read_each
from connectors.district import query
from connectors.district.client import district_system
from connectors.district.graphql import Request, read_data
from connectors.district.mapping import CASE_FILE, HOUSEHOLD, POVERTY_SERIES, VILLAGE_PROFILE, VILLAGE_SERVICE
from connectors.district.wire import (
    After,
    Count,
    Entities,
    Filter,
    Listed,
    MomentPlace,
    RegionPlace,
    Search,
)
from connectors.errors import of_condition
from connectors.http import Channel, Observer, unobserved
from connectors.kept_connections import KeptConnections
from connectors.line import Call
from connectors.pooled_line import PooledLine
from connectors.settings import HttpSettings
from hub.domain.case_search import CaseFileOrder
from hub.domain.errors import Fatal
from hub.domain.records import Reject
from hub.federation.directory import Shard
from hub.federation.places import Position
from hub.federation.questions import (
    CaseFileCount,
    CaseFileFilter,
    CaseFileSearch,
    HouseholdLookup,
    Misfit,
    PovertySeriesList,
    Question,
    Rows,
    VillageProfileList,
    VillageServiceList,
)

A = TypeVar("A")

MAX_ANSWER_BYTES = 4 * 2**20
"""Of one answer: a hundred households with all their members take a tenth of it."""
MAX_ENTITIES = 1_000
_SPOKEN = 16
"""Questions whose text is kept: one question goes to many districts at the same time."""

_NULL = b"null"


class _Way(NamedTuple):
    shard: Shard
    token: str
    headers: Mapping[str, str]
    channel: Channel


class LiveDistricts:
    """The Transport of the federation; `token_of` gives the token of a district's regency code, None when it has none."""

    def __init__(
        self,
        token_of: Callable[[str], str | None],
        http: HttpSettings,
        tls: ssl.SSLContext | None = None,
        observe: Observer = unobserved,
    ) -> None:
        self._observe = observe
        self._token_of = token_of
        self._http = http
        self._tls = tls
        self._ways: dict[str, _Way] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def ask(self, shard: Shard, question: Question[A], deadline_at: float) -> A:
        """One attempt; the answer is decoded row by row, and what does not fit is a Misfit."""
        way = self._way(shard)
        spoken = _spoken(question)
        call = Call(
            operation=spoken.operation,
            method="POST",
            path="",
            is_repeatable=True,
            headers=way.headers,
            body=spoken.body,
        )
        return cast(A, await way.channel.send(call, spoken.read, deadline_at))

    async def aclose(self) -> None:
        """Give back connections."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*(way.channel.aclose() for way in self._ways.values()))
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _way(self, shard: Shard) -> _Way:
        token = self._token_of(shard.regency_code)
        if token is None:
            message = f"No token of District {shard.regency_code} is known here: give the hub its credentials"
            raise Fatal(shard.regency_code, message, reason="CREDENTIALS")
        way = self._ways.get(shard.regency_code)
        if way is None or (way.shard.endpoint, way.shard.concurrency, way.token) != (
            shard.endpoint,
            shard.concurrency,
            token,
        ):
            if way is not None:
                self._close_later(way.channel)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            way = self._ways[shard.regency_code] = _Way(shard, token, headers, self._channel(shard))
        return way

    def _channel(self, shard: Shard) -> Channel:
        settings = msgspec.structs.replace(
            self._http,
            attempts=1,  # The federation decides what is asked again.
            max_response_bytes=min(MAX_ANSWER_BYTES, self._http.max_response_bytes),
            max_concurrent=shard.concurrency,
            calls_per_second=None,
        )
        line = PooledLine if settings.proxy else KeptConnections
        system = district_system(shard.regency_code)
        return Channel(system, line(shard.endpoint, settings, self._tls), settings, self._observe)

    def _close_later(self, channel: Channel) -> None:
        """Let calls that are under way end first."""

        async def close() -> None:
            try:
                await asyncio.sleep(self._http.deadline)
            finally:
                await channel.aclose()

        task = asyncio.create_task(close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


class _Spoken(NamedTuple):
    operation: str
    body: bytes
    read: Callable[[bytes], Any]


@lru_cache(maxsize=_SPOKEN)
def _spoken(question: Question[A]) -> _Spoken:
    """The question in GraphQL, and how its answer is read."""
    match question:
        case CaseFileSearch():
            variables: dict[str, object] = {
                "filter": _filter(question.filter, question.order),
                "after": None if question.after is None else _after(question.after),
                "first": question.first,
            }
            return _Spoken("search", _body(query.SEARCH, variables), _read_search)
        case CaseFileCount():
            variables = {"filter": _filter(question.filter, CaseFileOrder.OLDEST_FIRST)}
            return _Spoken("count", _body(query.COUNT, variables), _read_count)
        case HouseholdLookup():
            representations = [{"__typename": "Household", "id": record_id} for record_id in question.record_ids]
            read = partial(_read_households, asked=len(representations))
            return _Spoken("households", _body(query.HOUSEHOLDS, {"representations": representations}), read)
        case VillageServiceList():
            return _spoken_list(question, query.VILLAGE_SERVICES, VILLAGE_SERVICE)
        case VillageProfileList():
            return _spoken_list(question, query.VILLAGE_PROFILES, VILLAGE_PROFILE)
        case PovertySeriesList():
            return _spoken_list(question, query.POVERTY_SERIES, POVERTY_SERIES)
    raise TypeError(f"districts cannot be asked a {type(question).__name__}")


def _spoken_list(
    asked: VillageServiceList | VillageProfileList | PovertySeriesList, document: str, shape: RecordShape[Any, Any]
) -> _Spoken:
    after = asked.after
    variables: dict[str, object] = {
        "regionCode": asked.region_code,
        "after": None if after is None else f"{after.rank}/{after.record_id or ''}",
        "first": asked.first,
    }
    return _Spoken(asked.name, _body(document, variables), partial(_read_list, shape=shape))


def _body(document: str, variables: dict[str, object]) -> bytes:
    return msgspec.json.encode(Request(query=document, variables=variables))


def _after(position: Position) -> After:
    if isinstance(position.rank, str):
        raise TypeError(f"case files stand in the order of moments, not of regions such as {position.rank}")
    return After(received_at=position.rank, id=position.record_id)


def _filter(wanted: CaseFileFilter, order: CaseFileOrder) -> Filter:
    criteria = wanted.criteria
    return Filter(
        region_code=wanted.region_code,
        statuses=criteria.statuses,
        categories=criteria.categories,
        received_from=criteria.received_from,
        received_before=criteria.received_before,
        number=criteria.number,
        text=criteria.text,
        is_sensitive=None if wanted.with_sensitive else False,
        order=order.value,
    )


def _read_search(body: bytes) -> Rows[Any]:
    page = read_data(body, Search).case_file_search
    return Rows(_rows(page.nodes, CASE_FILE, _moment_position), page.has_more)


def _read_list(body: bytes, shape: RecordShape[Any, Any]) -> Rows[Any]:
    page = read_data(body, Listed).page
    return Rows(_rows(page.nodes, shape, _region_position), page.has_more)


def _read_count(body: bytes) -> int:
    return read_data(body, Count).case_file_count


def _read_households(body: bytes, asked: int) -> Rows[Any]:
    entities = read_data(body, Entities).entities
    if len(entities) != asked:
        raise of_condition("WRONG_RESULTS", f"{asked} asked, {len(entities)} answered")
    return Rows(_rows([entity for entity in entities if bytes(entity) != _NULL], HOUSEHOLD))


def _rows(
    nodes: Sequence[msgspec.Raw],
    shape: RecordShape[Any, Any],
    position_of: Callable[[msgspec.Raw], Position] | None = None,
) -> Sequence[Any]:
    return [
        Misfit(read, _position(node, position_of)) if isinstance(read, Reject) else read
        for node, read in zip(nodes, read_each(nodes, shape), strict=True)
    ]


def _position(node: msgspec.Raw, position_of: Callable[[msgspec.Raw], Position] | None) -> Position | None:
    """Where a row stands that does not fit, if it stands in a list and that much can be read."""
    if position_of is None:
        return None
    try:
        return position_of(node)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _moment_position(node: msgspec.Raw) -> Position:
    place = msgspec.json.decode(node, type=MomentPlace)
    return Position(place.received_at, place.id)


def _region_position(node: msgspec.Raw) -> Position:
    place = msgspec.json.decode(node, type=RegionPlace)
    return Position(place.region_code, place.id)
