"""Paging through districts that come, go, insert and delete between the pages: nothing is lost, nothing comes twice.

The districts search with the simulators' own search; only the network is left out, so that hundreds of lists are tried.
Both orders are tried: that of moments, in which the districts' rows are mixed, and that of regions.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder
from hub.domain.district import DistrictCapability, DistrictStatus
from hub.domain.errors import Retriable
from hub.domain.records import CaseFileRecord, VillageServiceRecord
from hub.federation.directory import Directory, Shard
from hub.federation.gather import Gather, GatherSettings
from hub.federation.lists import CaseFiles, VillageServices
from hub.federation.places import HUB, Position, Rank
from hub.federation.progress import Progress
from hub.federation.questions import CaseFileFilter, CaseFileSearch, Question, Rows, VillageServiceList
from hub.federation.search import Found, Wanted, read_page
from simulators import district_search, records
from simulators.village_profile_schema import page_of

T0 = datetime(2026, 1, 1, tzinfo=UTC)
CODES = ("11.01", "11.02", "35.09", "35.10", "91.71")
Listed = CaseFiles | VillageServices
LISTS: list[Listed] = [CaseFiles(CaseFileFilter(None, CaseFileCriteria()), order) for order in CaseFileOrder]
LISTS.append(VillageServices(None))
ROW = st.tuples(st.integers(0, 6), st.sampled_from("abcdefghijklmnopqrst"))
"""Moment in microseconds and record id: few enough that many rows share a moment."""


def case_file(code: str, row: tuple[int, str]) -> records.CaseFile:
    microseconds, record_id = row
    return records.CaseFile(
        id=record_id, revision=1, observed_at=T0, number=f"{code}/{record_id}", type="NEED", category="FOOD", channel="APP",
        region_code=f"{code}.01", household_id=None, status="RECEIVED", summary=None,
        received_at=T0 + timedelta(microseconds=microseconds), closed_at=None,
    )  # fmt: skip


def service(code: str, row: tuple[int, str]) -> records.VillageService:
    village, record_id = row
    return records.VillageService(
        id=record_id, revision=1, observed_at=T0, region_code=f"{code}.01.20{village:02}", type="SPM_LETTER",
        status="REQUESTED", household_id=None, requested_at=T0, completed_at=None,
    )  # fmt: skip


def made(listed: Listed, code: str, row: tuple[int, str]) -> Any:
    return case_file(code, row) if isinstance(listed, CaseFiles) else service(code, row)


def record(of: Any) -> Any:
    if isinstance(of, records.VillageService):
        names = ("revision", "observed_at", "region_code", "type", "status")
        return VillageServiceRecord(source_record_id=of.id, **{name: getattr(of, name) for name in names})
    names = ("revision", "observed_at", "number", "type", "category", "channel", "region_code", "status", "received_at")
    return CaseFileRecord(source_record_id=of.id, **{name: getattr(of, name) for name in names})


class Country:
    """Districts by code, which of them answer, what the replica holds of them, and the hub's own case files."""

    def __init__(self, rows: Mapping[str, Mapping[str, Any]], in_replica: frozenset[str], listed: Listed) -> None:
        self.listed = listed
        self.rows = {code: dict(found) for code, found in rows.items()}
        held = {*in_replica, *listed.sources_here}
        self.replica = {code: dict(self.rows[code]) for code in held}
        self.away: set[str] = set()

    async def ask(self, shard: Shard, question: Question[Any], deadline_at: float) -> Any:
        if shard.regency_code in self.away:
            raise Retriable(shard.regency_code, "is away", reason="UNREACHABLE")
        assert isinstance(question, CaseFileSearch | VillageServiceList)
        found, has_more = self._search(self.rows[shard.regency_code], question.after, question.first)
        return Rows([record(each) for each in found], has_more)

    def _search(self, rows: Mapping[str, Any], after: Position | None, first: int) -> tuple[list[Any], bool]:
        if isinstance(self.listed, CaseFiles):
            ordered = sorted(rows.values(), key=district_search.place_of)
            position = None if after is None else district_search.Position(at(after.rank), after.record_id)
            wanted = district_search.CaseFileFilter(order=self.listed.order.value)
            return district_search.search(ordered, wanted, position, first)
        place = None if after is None else f"{after.rank}/{after.record_id or ''}"
        page = page_of(rows.values(), None, place, first)
        return page.nodes, page.has_more

    async def read_at(self, sources: Sequence[str]) -> dict[str, datetime | None]:
        return {code: T0 if code in self.replica else None for code in sources}

    async def search(self, after: Mapping[str, Position | None], first: int) -> list[Any]:
        found = [
            self.listed.row_of(record(row), source, T0)
            for source, position in after.items()
            for row in self._search(self.replica[source], position, first)[0]
        ]
        found.sort(key=self.listed.place_of, reverse=self.listed.is_reversed)
        return found[:first]


def at(rank: Rank) -> datetime:
    assert isinstance(rank, datetime)
    return rank


def shard(code: str) -> Shard:
    capabilities = frozenset(DistrictCapability)
    return Shard(code, f"http://{code}", capabilities, 1, DistrictStatus.ONLINE, 4, timedelta(days=1))


@st.composite
def countries(draw: st.DrawFn) -> Country:
    listed = draw(st.sampled_from(LISTS))
    rows = {
        code: {row[1]: made(listed, code, row) for row in draw(st.lists(ROW, max_size=16))}
        for code in (*CODES, *listed.sources_here)
    }
    return Country(rows, draw(st.frozensets(st.sampled_from(CODES))), listed)


class Reader:
    """Pages through a country while it changes, and remembers what must and what may come."""

    def __init__(self, country: Country, first: int) -> None:
        settings = GatherSettings(retries=0, hedge_after=30.0)
        self.country = country
        self.gather = Gather(country, settings)
        self.listed: Any = country.listed
        self.first = first
        self.progress = Progress()
        self.joined = list(CODES)
        self.untouched = {(code, key) for code, found in country.rows.items() for key in found}
        self.given: list[tuple[str, str]] = []
        self.inserted = 0

    async def page(self) -> Found[Any, Any]:
        directory = Directory([shard(code) for code in self.joined], 1)
        wanted: Wanted[Any, Any] = Wanted(self.listed, self.first, self.progress)
        found = await read_page(self.gather, directory.shards_under(None), self.country, wanted, T0)
        shown = found.rows[: self.first]
        assert shown == wanted.in_order(shown)
        self._check_completeness(found, {code for code in self.joined if wanted.needs(code)})
        self.given += [(row.source_code, row.source_record_id) for row in shown]
        if shown:
            self.progress = Progress.read(found.progress_after(shown[-1]).write())
        return found

    def _check_completeness(self, found: Found[Any, Any], needed: set[str]) -> None:
        kept = self.progress.stale & needed
        lacking = (self.country.away | kept) & needed
        gaps = {gap.regency_code: gap.is_in_replica for gap in found.completeness.unavailable}
        assert gaps == {code: code in self.country.replica for code in lacking}
        assert found.completeness.asked == len(needed)

    def change(self, change: tuple[str, str, tuple[int, str]]) -> None:
        kind, code, row = change
        rows = self.country.rows[code]
        match kind:
            case "INSERT":
                self.inserted += 1
                record_id = (
                    f"{row[1]}{self.inserted}"  # never used again: elsewhere in the list it would be another row
                )
                rows[record_id] = made(self.country.listed, code, (row[0], record_id))
            case "DELETE" if rows:
                gone = sorted(rows)[row[0] % len(rows)]
                del rows[gone]
                self.untouched.discard((code, gone))
            case "GO":
                self.country.away.add(code)
            case "COME":
                self.country.away.discard(code)
            case "LEAVE" if code in self.joined:
                self.joined.remove(code)
            case "JOIN" if code not in self.joined:
                self.joined.append(code)


CHANGE = st.tuples(st.sampled_from(["INSERT", "DELETE", "GO", "COME", "LEAVE", "JOIN"]), st.sampled_from(CODES), ROW)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    country=countries(),
    first=st.integers(1, 6),
    steps=st.lists(st.lists(CHANGE, max_size=3), max_size=12),
)
def test_a_row_that_is_there_all_the_time_comes_exactly_once(
    country: Country, first: int, steps: list[list[tuple[str, str, tuple[int, str]]]]
) -> None:
    async def read() -> Reader:
        reader = Reader(country, first)
        for changes in steps:
            for change in changes:
                reader.change(change)
            await reader.page()
        country.away.clear()
        reader.joined = list(CODES)
        for _ in range(100):
            found = await reader.page()
            if len(found.rows) <= first and not found.completeness.missing:
                break
        else:
            raise AssertionError("the list never ends")
        return reader

    reader = asyncio.run(read())
    event(f"served from the replica: {len(reader.progress.stale)}")
    assert len(reader.given) == len(set(reader.given)), "a row came twice"
    assert reader.untouched <= set(reader.given), "a row was lost"


@pytest.mark.parametrize("order", CaseFileOrder)
@pytest.mark.parametrize("crowded", CODES)
def test_a_page_whose_rows_lie_with_one_district_is_asked_on_there(order: CaseFileOrder, crowded: str) -> None:
    """At first each district gives a few rows; the one that holds more of the page's rows is asked for the rest."""
    last = 0 if order is CaseFileOrder.NEWEST_FIRST else 200
    few = {code: {key: case_file(code, (last, key)) for key in "abcd"} for code in (*CODES, HUB)}
    many = {f"{number:03}": case_file(crowded, (50 + number, f"{number:03}")) for number in range(70)}
    listed = CaseFiles(CaseFileFilter(None, CaseFileCriteria()), order)
    country = Country(few | {crowded: many}, frozenset(), listed)

    async def read() -> tuple[Reader, list[Found[Any, Any]]]:
        reader = Reader(country, first=50)
        return reader, [await reader.page(), await reader.page()]

    reader, pages = asyncio.run(read())
    rows = [(row.received_at, code, row.id) for code, found in country.rows.items() for row in found.values()]
    expected = [(code, key) for _, code, key in sorted(rows, reverse=order is CaseFileOrder.NEWEST_FIRST)]
    assert reader.given == expected
    assert [len(page.rows) for page in pages] == [51, len(expected) - 50]
    assert reader.gather.counters.asked["caseFileSearch"] > 2 * len(CODES)


VILLAGE = st.sampled_from(["35.10.01.2001", "35.09", ""])


@settings(max_examples=200, deadline=None)
@given(
    place=st.none() | st.tuples(st.integers(0, 10**16) | VILLAGE, st.sampled_from((*CODES, HUB)), st.text(max_size=20)),
    covered=st.frozensets(st.sampled_from((*CODES, HUB))),
    behind=st.dictionaries(st.sampled_from(CODES), st.none() | st.tuples(st.integers(0, 10**16), st.just("35.09"), st.text())),
    stale=st.frozensets(st.sampled_from(CODES)),
)  # fmt: skip
def test_a_cursor_says_exactly_what_was_read(
    place: Any, covered: frozenset[str], behind: dict[str, Any], stale: frozenset[str]
) -> None:
    def read(written: Any) -> Any:
        if written is None or isinstance(written[0], str):
            return written
        return (T0 + timedelta(microseconds=written[0]), *written[1:])

    progress = Progress(read(place), covered, {code: read(each) for code, each in behind.items()}, stale)
    assert Progress.read(progress.write()) == progress


def test_the_cursor_of_a_national_list_is_short_while_all_districts_answer() -> None:
    codes = frozenset(f"{province}.{regency:02}" for province in range(11, 49) for regency in range(1, 15))
    assert len(codes) == 532
    progress = Progress((T0, "35.10", "C000123"), codes | {HUB})
    assert len(progress.write()) < 200


def test_of_a_list_by_regions_only_the_districts_are_asked_whose_turn_it_is() -> None:
    codes = [f"{province}.{regency:02}" for province in (11, 12, 13) for regency in range(1, 21)]
    few = {code: {"a": service(code, (1, "a")), "b": service(code, (2, "b"))} for code in codes}
    empty: dict[str, Any] = {code: {} for code in codes[10:50]}
    country = Country(few | empty, frozenset(), VillageServices(None))
    expected = [(code, key) for code in codes if code not in empty for key in "ab"]

    async def read() -> tuple[list[int], Reader]:
        reader = Reader(country, first=10)
        reader.joined = list(codes)
        asked = []
        for _ in range(4):
            before = reader.gather.counters.asked["villageServices"]
            found = await page(reader)
            asked.append(reader.gather.counters.asked["villageServices"] - before)
            assert found.completeness.is_complete
            assert found.completeness.asked == asked[-1]
        return asked, reader

    async def page(reader: Reader) -> Found[Any, Any]:
        directory = Directory([shard(code) for code in reader.joined], 1)
        wanted: Wanted[Any, Any] = Wanted(reader.listed, reader.first, reader.progress)
        found = await read_page(reader.gather, directory.shards_under(None), country, wanted, T0)
        shown = found.rows[: reader.first]
        reader.given += [(row.source_code, row.source_record_id) for row in shown]
        reader.progress = Progress.read(found.progress_after(shown[-1]).write())
        return found

    asked, reader = asyncio.run(read())
    assert reader.given == expected
    assert asked == [8, 56, 51, 6], "eight, then four times as many while the page is not full, and none that is over"
