"""The real regions on which the population is made, read from the region files."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources

import msgspec

FIRST_REGENCIES = (
    *("35.10", "35.09", "33.74", "53.04", "73.71", "32.04", "12.71", "61.12", "18.01", "52.01", "91.71", "64.71"),
    *("81.71", "34.04", "36.02", "71.71", "13.71", "16.71", "51.08", "63.71", "72.71", "74.71", "82.71", "15.71"),
    *("17.71", "14.71", "62.71", "19.71", "21.71", "31.72", "75.71", "76.04", "65.71", "93.01", "95.01", "96.71"),
    "11.71",
)
"""Which regencies join first: Banyuwangi, two more of Java, then one of each other province."""


class Subdistrict(msgspec.Struct, frozen=True):
    """A kecamatan with the codes of its villages."""

    code: str
    villages: tuple[str, ...]


class Regency(msgspec.Struct, frozen=True):
    """A kabupaten or kota with all that is under it."""

    code: str
    name: str
    population: int
    subdistricts: tuple[Subdistrict, ...]


class Regions:
    """All regions of the files; regencies in the order of their codes."""

    def __init__(self, regencies: Iterable[Regency]) -> None:
        self.by_code = {regency.code: regency for regency in regencies}

    @classmethod
    def read(cls) -> "Regions":
        """Read the files that the hub ships as reference data (files only, none of its code)."""
        villages: dict[str, list[str]] = {}
        for row in _rows("villages.csv"):
            villages.setdefault(row["code"][:8], []).append(row["code"])
        subdistricts: dict[str, list[Subdistrict]] = {}
        for row in _rows("subdistricts.csv"):
            if row["code"] in villages:
                subdistrict = Subdistrict(row["code"], tuple(villages[row["code"]]))
                subdistricts.setdefault(row["code"][:5], []).append(subdistrict)
        return cls(
            Regency(row["code"], row["name"], int(row["population"]), tuple(subdistricts[row["code"]]))
            for row in _rows("regencies.csv")
            if row["code"] in subdistricts
        )

    def first(self, count: int) -> list[str]:
        """Codes of the `count` regencies that join first; ValueError when there are not so many."""
        if not 1 <= count <= len(self.by_code):
            raise ValueError(f"{count} districts asked for; there are 1 to {len(self.by_code)}")
        rest = [code for code in self.by_code if code not in set(FIRST_REGENCIES)]
        return [*FIRST_REGENCIES, *rest][:count]

    def select(self, codes: Sequence[str]) -> list[Regency]:
        """The regencies of these codes, in this order; ValueError names the first unknown one."""
        for code in codes:
            if code not in self.by_code:
                raise ValueError(f"no regency has the code {code!r}; write it as 35.10")
        return [self.by_code[code] for code in codes]


def _rows(name: str) -> Iterator[dict[str, str]]:
    path = resources.files("hub.store.reference") / "regions" / name
    with path.open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
