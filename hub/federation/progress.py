"""How far a list over many districts has been read: what its cursor says.

A page is the next piece of a list (its order: hub/federation/places.py), and its cursor says of every source up to where
its rows were given:

- `through`: the place up to which all `covered` sources were read;
- `behind`: sources that could not be read then, with the place up to which they were: they owe rows, and these come
  first on the page of the first call that finds the source back (or on their own pages, when they are many);
- `stale`: sources for which the replica stood in: it does so until the list ends, so that no row comes twice.

A source that the cursor does not name joined after the list was begun, or was not needed for a page yet, and is read
from its beginning. So a row that
is there all the time comes exactly once, if its district can be read at all before the list ends; if not, the
completeness of every page names the district.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import msgspec

from hub.domain.errors import Invalid
from hub.federation.places import HUB, Place, is_before

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_MOST_BYTES = 1_000_000
_NONE: Mapping[str, "Place | None"] = MappingProxyType({})

_WrittenPlace = tuple[int | str, str, str]
"""A moment in microseconds, or a region code."""


class _Written(msgspec.Struct, array_like=True):
    through: _WrittenPlace | None
    covered: list[int]
    has_hub: bool
    behind: dict[str, _WrittenPlace | None]
    stale: list[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list has been read; the empty one is its beginning."""

    through: Place | None = None
    covered: frozenset[str] = frozenset()
    behind: Mapping[str, Place | None] = field(default_factory=lambda: _NONE)
    stale: frozenset[str] = frozenset()

    def place_of(self, source: str) -> Place | None:
        """Up to where the rows of a source were given; None: from its beginning."""
        if source in self.behind:
            return self.behind[source]
        return self.through if source in self.covered else None

    def write(self) -> str:
        """As text; a cursor of 514 districts takes some 200 characters while all of them are read."""
        codes = sorted(int(code.replace(".", "")) for code in self.covered if code != HUB)
        steps = [code - before for before, code in zip([0, *codes], codes, strict=False)]
        behind = {code: _write_place(place) for code, place in sorted(self.behind.items())}
        written = _Written(_write_place(self.through), steps, HUB in self.covered, behind, sorted(self.stale))
        return urlsafe_b64encode(zlib.compress(msgspec.json.encode(written), 9)).rstrip(b"=").decode()

    @classmethod
    def read(cls, text: str) -> "Progress":
        """Raises Invalid for a text that `write` did not make."""
        try:
            packed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            written = msgspec.json.decode(zlib.decompressobj().decompress(packed, _MOST_BYTES), type=_Written)
            behind = {code: _read_place(place) for code, place in written.behind.items()}
            through = _read_place(written.through)
        except (ValueError, zlib.error, OverflowError) as error:
            raise Invalid(f"stale cursor {text[:60]!r}: start again without after", ("after",)) from error
        covered, code = set[str](), 0
        for step in written.covered:
            code += step
            covered.add(f"{code // 100:02}.{code % 100:02}")
        if written.has_hub:
            covered.add(HUB)
        return cls(through, frozenset(covered), behind, frozenset(written.stale))

    def after_page(self, page: "PageEnd", *, is_reversed: bool) -> "Progress":
        """How far the list is read once this page is given."""
        known = self.covered | self.behind.keys() | page.read
        through = _further(self.through, page.last, is_reversed=is_reversed)
        behind: dict[str, Place | None] = {}
        for source in known:
            place = self.place_of(source)
            if source in page.read:
                place = through if page.is_end else _further(place, page.last, is_reversed=is_reversed)
            if place != through:
                behind[source] = place
        return Progress(through, known - behind.keys(), behind, self.stale | page.stale)


@dataclass(frozen=True, slots=True)
class PageEnd:
    """What a page gave: its last row, the sources that were read for it, and those that the replica stood in for.

    `is_end`: no source that was read has a further row.
    """

    last: Place | None
    read: frozenset[str]
    stale: frozenset[str]
    is_end: bool


def _further(one: Place | None, other: Place | None, *, is_reversed: bool) -> Place | None:
    if one is None or other is None:
        return one or other
    return other if is_before(one, other, is_reversed=is_reversed) else one


def _write_place(place: Place | None) -> _WrittenPlace | None:
    if place is None:
        return None
    rank, source, record_id = place
    return (rank if isinstance(rank, str) else (rank - _EPOCH) // _TICK, source, record_id)


def _read_place(place: _WrittenPlace | None) -> Place | None:
    if place is None:
        return None
    rank, source, record_id = place
    return (rank if isinstance(rank, str) else _EPOCH + rank * _TICK, source, record_id)
