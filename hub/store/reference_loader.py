"""Loads what is shipped: the regions of Indonesia, the sources, and the programmes with their rules."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources

import msgspec

from hub.matching.rules import read_rule
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rule_sets import lock_programme

REGIONS_SHIPPED = 91_599
_COLUMNS = (
    "region_code",
    "parent_code",
    "level",
    "kind",
    "name",
    "latitude",
    "longitude",
    "area_km2",
    "population",
)


class _Programme(msgspec.Struct):
    programme_code: str
    name_id: str
    name_en: str
    roster_source_code: str | None
    effective_from: date
    rule: dict[str, object]


async def load_reference(session: Session) -> int:
    """Bring regions, sources and programmes up to what is shipped; returns how many regions there are. Safe to repeat."""
    async with session.transaction() as transaction:
        await _load_regions(transaction)
        await transaction.execute(query("reference", "add_sources"))
        for programme in shipped_programmes():
            rule = read_rule(programme.rule)
            await transaction.execute(
                query("reference", "add_programme"),
                programme_code=programme.programme_code,
                name_id=programme.name_id,
                name_en=programme.name_en,
                unit=rule.unit.value,
                roster_source_code=programme.roster_source_code,
            )
            await lock_programme(transaction, programme.programme_code)
            await _ship_rule(transaction, programme)
        count: int = await transaction.fetch_value(query("reference", "count_regions"))
    return count


async def _ship_rule(session: Session, programme: _Programme) -> None:
    """A rule that this release changed reaches the database as a new version, from its own day or from today. Where the
    installation published a rule of its own, it comes as a draft: the ministry's word stands until the ministry changes it.
    """
    code = programme.programme_code
    known = await session.fetch_row(query("reference", "find_shipped_rule"), programme_code=code)
    if known is not None and known["shipped_rule"] == programme.rule:
        return
    begins: date | None = programme.effective_from
    status = "PUBLISHED"
    if known is not None and known["last_origin"] == "AUTHORED":
        begins, status = None, "DRAFT"
    elif known is not None and known["last_from"] is not None:
        today: date = await session.fetch_value(query("reference", "find_today"))
        begins = max(programme.effective_from, today, known["last_from"] + timedelta(days=1))
        await session.execute(query("reference", "bound_shipped_rule"), programme_code=code, effective_from=begins)
    await session.execute(
        query("reference", "add_shipped_rule"),
        programme_code=code,
        status=status,
        effective_from=begins,
        rule=programme.rule,
    )


async def _load_regions(session: Session) -> None:
    if await session.fetch_value(query("reference", "count_regions")) >= REGIONS_SHIPPED:
        return
    await session.execute(query("reference", "create_stage_region"))
    await session.copy("stage_region", _COLUMNS, region_rows())
    await session.execute(query("reference", "merge_regions"))


def shipped_programmes() -> list[_Programme]:
    """The programmes of the package, in order of their codes."""
    folder = resources.files("hub.store.reference").joinpath("programmes")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".json")), key=lambda entry: entry.name)
    return [msgspec.json.decode(entry.read_bytes(), type=_Programme) for entry in files]


def region_rows() -> Iterator[tuple[object, ...]]:
    """All 91,599 regions as rows of stage_region."""
    for row in _read("provinces.csv"):
        yield (row["code"], None, "PROVINCE", "PROVINSI", *_figures(row))
    for row in _read("regencies.csv"):
        yield (row["code"], row["province_code"], "REGENCY", row["type"], *_figures(row))
    for row in _read("subdistricts.csv"):
        yield (row["code"], row["regency_code"], "SUBDISTRICT", "KECAMATAN", *_figures(row))
    for row in _read("villages.csv"):
        yield (row["code"], row["district_code"], "VILLAGE", row["type"].replace(" ", "_"), *_figures(row))


def _figures(row: dict[str, str]) -> tuple[object, ...]:
    def number(column: str) -> float | None:
        return float(row[column]) if row.get(column) else None

    population = number("population")
    return (
        row["name"],
        number("lat"),
        number("lng"),
        number("area_km2"),
        None if population is None else int(population),
    )


def _read(name: str) -> Iterator[dict[str, str]]:
    file = resources.files("hub.store.reference").joinpath("regions", name)
    with file.open("r", encoding="utf-8") as text:
        yield from csv.DictReader(text)
