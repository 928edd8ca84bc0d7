"""The reference of clocks is what is tested and shipped."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.spec.clock_table import rewritten, rows

TextOf = Callable[[str], str]


def test_the_table_of_clocks_stands_in_the_reference_as_it_is_tested(text_of: TextOf) -> None:
    page = text_of("docs/reference/clocks.md")
    assert page == rewritten(page)
    assert page.count("| BREACHED |") > 10
    assert len({row.given for row in rows()}) == len(rows())


def test_the_zones_of_the_reference_are_those_of_the_database(root: Path, text_of: TextOf) -> None:
    migration = text_of("migrations/0015_clocks.sql")
    page = text_of("docs/reference/clocks.md")
    for zone in ("WIB", "WITA", "WIT"):
        listed = re.search(rf"select code, '{zone}' from unnest\(array\[([^\]]*)\]", migration)
        told = re.search(rf"^\| {zone} \| (.+) \|$", page, re.MULTILINE)
        assert listed is not None
        assert told is not None
        assert _codes(told[1]) >= set(re.findall(r"\d\d", listed[1]))
    provinces = (root / "hub/store/reference/regions/provinces.csv").read_text(encoding="utf-8")
    shipped = set(re.findall(r"^(\d\d),", provinces, re.MULTILINE))
    assert set(re.findall(r"'(\d\d)'", migration)) == shipped


def _codes(told: str) -> set[str]:
    codes = set[str]()
    for part in told.split(", "):
        first, _, last = part.partition(" to ")
        codes |= {f"{number}" for number in range(int(first), int(last or first) + 1)}
    return codes
