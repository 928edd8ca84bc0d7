"""`slrt-hub calendar`: the days off by which working days are counted."""

import csv
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from hub.domain.errors import Invalid
from hub.store.calendar import DayOff, follow_running, merge_days_off
from hub.store.referral_clocks import follow_running_referrals
from hub.store.regions import find_regions
from hub.store.working_hours import NATION
from server.installation import open_installation
from server.settings import read_settings

calendar = typer.Typer(
    help="Days off (hari libur, cuti bersama), by which working days are counted.", no_args_is_help=True
)
_COLUMNS = ("region_code", "day", "kind", "name", "source")
_KINDS = ("NATIONAL_HOLIDAY", "JOINT_LEAVE", "REGIONAL")


@calendar.command("load")
def load(
    file: Annotated[
        Path, typer.Argument(help="CSV with region_code, day, kind, name, source; region ID is the nation")
    ],
) -> None:
    """Add days off; clocks that run follow at once."""
    uvloop.run(_load(read_days_off(file)))


def read_days_off(file: Path) -> list[DayOff]:
    """The rows of a file; raises Invalid with the line that does not fit."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.DictReader(text)
            if tuple(rows.fieldnames or ()) != _COLUMNS:
                raise Invalid(f"{file} has to begin with the line {','.join(_COLUMNS)}")
            return [_day_off(row, number) for number, row in enumerate(rows, start=2)]
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"{file} is no CSV in UTF-8: {error}") from error


def _day_off(row: dict[str, str], line: int) -> DayOff:
    try:
        day = date.fromisoformat(row["day"])
    except (TypeError, ValueError):
        raise Invalid(f"line {line}: {row['day']!r} is no day: write it as 2027-01-01") from None
    if row["kind"] not in _KINDS:
        raise Invalid(f"line {line}: {row['kind']!r} has to be one of {', '.join(_KINDS)}")
    if not row["name"] or not row["source"]:
        raise Invalid(f"line {line}: a day off needs its name and its source, such as the decree")
    return DayOff(row["region_code"], day, row["kind"], row["name"], row["source"])


async def _load(days: list[DayOff]) -> None:
    async with open_installation(read_settings()) as database:
        codes = sorted({day.region_code for day in days} - {NATION})
        found = await find_regions(database.jobs, codes)
        for code, region in zip(codes, found, strict=True):
            if region is None or region.level not in ("PROVINCE", "REGENCY"):
                raise Invalid(f"{code!r} is no province or regency; the nation is {NATION}")
        added = await merge_days_off(database.jobs, days)
        followed = await follow_running(database.jobs)
        referrals = await follow_running_referrals(database.jobs)
    typer.echo(
        f"days off added: {added}, known before: {len(days) - added}; "
        f"case files whose clocks followed: {followed}, referrals: {referrals}"
    )
