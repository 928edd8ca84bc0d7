"""What is measured of the hub: whom a question reaches, how long a national list takes, and how soon a district counts."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import quantiles
from typing import TypeVar

import httpx2

from benchmarks.federation.districts import directory_of
from benchmarks.federation.serve import District
from benchmarks.report import Figure
from connectors.district.live import LiveDistricts
from connectors.settings import HttpSettings
from hub.domain.case_search import CaseFileCriteria, CaseFileOrder
from hub.domain.principal import EVERYWHERE
from hub.domain.records import CaseFileRecord
from hub.federation.completeness import Completeness
from hub.federation.directory import Directory, Shard
from hub.federation.gather import Gather, GatherSettings
from hub.federation.lists import CaseFiles
from hub.federation.lookup import look_up_households
from hub.federation.places import Position
from hub.federation.questions import CaseFileFilter, Question
from hub.federation.routing import shards_of
from hub.federation.search import Found, Wanted, read_page
from hub.store.case_files import CaseFile

A = TypeVar("A")

OPEN = ("RECEIVED", "TRIAGED", "ASSIGNED", "IN_PROGRESS", "WAITING_CITIZEN", "WAITING_AGENCY", "REFERRED", "REOPENED")
FIRST = 100
TARGET = 1.2
_LINE = HttpSettings(connect_deadline=60.0, read_deadline=60.0, deadline=60.0)
_PATIENT = GatherSettings(deadline=60.0, shard_deadline=60.0)
"""Nobody is given up: on a busy machine the hub itself is what the districts wait for."""


class WrongAnswer(Exception):
    """The hub's answer is not the truth: the figures are worth nothing."""


@dataclass
class Watched:
    """The way to the districts, with a note of every call: which district, and how long."""

    inner: LiveDistricts
    calls: list[tuple[float, str]] = field(default_factory=list)

    async def ask(self, shard: Shard, question: Question[A], deadline_at: float) -> A:
        """Ask, and note how long it took."""
        started = time.perf_counter()
        try:
            return await self.inner.ask(shard, question, deadline_at)
        finally:
            self.calls.append((time.perf_counter() - started, shard.regency_code))

    def take(self) -> list[tuple[float, str]]:
        """The calls since the last time."""
        calls, self.calls = self.calls, []
        return calls


class NothingHeld:
    """A hub that has read no feed: what districts do not answer is missing."""

    async def read_at(self, sources: Sequence[str]) -> Mapping[str, datetime | None]:
        """Never."""
        return dict.fromkeys(sources)

    async def search(self, after: Mapping[str, Position | None], first: int) -> list[CaseFile]:
        """Nothing."""
        del after, first
        return []


class Hub:
    """The hub's federation over the districts, and the truth about them."""

    def __init__(self, found: Sequence[District]) -> None:
        self.found = found
        self.directory = directory_of(found)
        tokens = {district.code: district.token for district in found}
        self.districts = LiveDistricts(tokens.get, _LINE, httpx2.create_ssl_context(trust_env=False))
        self.watched = Watched(self.districts)
        self.gather = Gather(self.watched, _PATIENT)

    async def oldest_open(
        self, region_code: str | None, directory: Directory | None = None, gather: Gather | None = None
    ) -> Found[CaseFileRecord, CaseFile]:
        """The oldest open case files of a region."""
        shards = shards_of(directory or self.directory, region_code, EVERYWHERE)
        listed = CaseFiles(CaseFileFilter(None, CaseFileCriteria(OPEN)), CaseFileOrder.OLDEST_FIRST)
        wanted = Wanted(listed, FIRST)
        return await read_page(
            gather or self.gather, shards, NothingHeld(), wanted, datetime.fromisoformat("2026-07-02T00:00Z")
        )

    def truth(self, region_code: str | None = None) -> list[tuple[str, str, str]]:
        """The rows that it has to give."""
        rows = [
            (received_at, district.code, record_id)
            for district in self.found
            if region_code is None or district.code.startswith(region_code)
            for received_at, record_id, status in district.case_files
            if status in OPEN
        ]
        return sorted(rows)[:FIRST]


async def measure(hub: Hub, rounds: int) -> dict[str, Figure]:
    """All figures; WrongAnswer when a row is lost or doubled, or a district is asked that has no part in the answer."""
    hub.watched.take()
    figures = await _routing(hub)
    return figures | await _national(hub, rounds)


async def _routing(hub: Hub) -> dict[str, Figure]:
    district = hub.found[len(hub.found) // 2]
    looked_up = await look_up_households(
        hub.gather, hub.directory, [(district.code, district.household_id)], NothingHeld().read_at
    )
    _require(len(looked_up.records) == 1, f"household {district.household_id} of {district.code} was not found")
    by_key = {code for _, code in hub.watched.take()}
    _require(by_key == {district.code}, f"a key of {district.code} asked {sorted(by_key)}")
    province = district.code[:2]
    require_true(await hub.oldest_open(province), hub.truth(province))
    regencies = {each.code for each in hub.found if each.code.startswith(f"{province}.")}
    asked = {code for _, code in hub.watched.take()}
    _require(asked == regencies, f"province {province} asked {sorted(asked ^ regencies)} too many or too few")
    return {
        "districts": Figure(len(hub.found), "districts"),
        "asked for a key": Figure(len(by_key), "districts"),
        f"asked for province {province}": Figure(len(asked), f"districts, of {len(regencies)} in it"),
    }


async def _national(hub: Hub, rounds: int) -> dict[str, Figure]:
    """The list again and again: how much longer the whole takes than its slowest district."""
    truth = hub.truth()
    require_true(await hub.oldest_open(None), truth)  # connections are made
    hub.watched.take()
    wholes, slowest, ratios, processor = [], [], [], []
    for _ in range(rounds):
        began, busy = time.perf_counter(), time.process_time()
        found = await hub.oldest_open(None)
        wholes.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
        require_true(found, truth)
        slowest.append(max(hub.watched.take())[0])
        ratios.append(wholes[-1] / slowest[-1])
    return {
        "national list p50": Figure(_percentile(wholes, 50) * 1000, "ms"),
        "national list p99": Figure(_percentile(wholes, 99) * 1000, "ms"),
        "slowest district p50": Figure(_percentile(slowest, 50) * 1000, "ms"),
        "whole to slowest district p99": Figure(
            _percentile(ratios, 99), "times", _percentile(ratios, 99), TARGET, lower_is_better=True
        ),
        "processor time of the hub p50": Figure(_percentile(processor, 50) * 1000, "ms"),
        "rows lost or doubled": Figure(0, "rows"),
        "hedged calls": Figure(hub.gather.counters.hedged, "calls"),
    }


def require_true(found: Found[CaseFileRecord, CaseFile], truth: list[tuple[str, str, str]]) -> None:
    """Raise WrongAnswer when the answer is not complete, or not the truth."""
    _require(found.completeness.is_complete, _said(found.completeness))
    rows = [(row.received_at.isoformat(), row.source_code, row.source_record_id) for row in found.rows[:FIRST]]
    _require(rows == truth, f"{len(set(truth) - set(rows))} rows are lost, {len(set(rows) - set(truth))} are too many")


def _said(completeness: Completeness) -> str:
    named = [f"{gap.regency_code} {gap.reason}" for gap in completeness.unavailable[:5]]
    return f"{completeness.answered} of {completeness.asked} districts answered: {', '.join(named)}"


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WrongAnswer(otherwise)


def _percentile(values: Sequence[float], percent: int) -> float:
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1]
