"""The facts of many households as a Parquet file, as `judging.units_with_members` gives them for the rule of PKH.

The file is one function of the number of households and of the rule; it is made once and kept in the user's cache folder.
"""

import sys
from hashlib import sha256
from importlib import resources
from pathlib import Path

import duckdb

from benchmarks.graphql.dataset import cache_folder
from hub.matching.compile import DUCKDB, CompiledRule, compile_rule
from hub.matching.rules import Rule, read_rule
from hub.store.reference_loader import region_rows, shipped_programmes

FIELDS = ("decile", "is_identified", "is_pkh_roster_read")
"""What the rule asks of the household itself."""
_HOLDS = (4, 30, 22, 14, 12, 3, 25, 5)
"""In how many of 100 households a member fulfils each condition: pregnant, small child, SD, SMP, SMA, disabled, old, servant."""
_UNKNOWN = 6


def rule_of_pkh() -> tuple[Rule, CompiledRule]:
    """The rule as shipped, and its SQL for DuckDB."""
    [document] = [programme.rule for programme in shipped_programmes() if programme.programme_code == "PKH"]
    rule = read_rule(document)
    return rule, compile_rule(rule, DUCKDB)


def text_of(name: str) -> str:
    """A statement of this folder."""
    return resources.files("benchmarks.eligibility").joinpath(name).read_text("utf-8")


def make_facts(households: int, folder: Path | None = None) -> Path:
    """The file with so many households; made when it is not there."""
    _, compiled = rule_of_pkh()
    members = ",\n        ".join(_member(n) for n in range(len(compiled.members)))
    regencies = sorted(str(row[0]) for row in region_rows() if row[2] == "REGENCY")
    parts = {"members": members, "households": str(households), "regencies": str(len(regencies))}
    text = text_of("facts.sql")
    name = f"eligibility-{households}-{sha256(repr((text, parts, regencies)).encode()).hexdigest()[:12]}.parquet"
    file = (folder or cache_folder()) / name
    if not file.exists():
        sys.stderr.write(f"making {households:,} households, once\n")
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".unfinished")
        with duckdb.connect(config={"memory_limit": "3GB"}) as connection:
            connection.execute(
                "create table regency as select unnest(range(len($codes))) as position, unnest($codes) as code",
                {"codes": regencies},
            )
            connection.execute(text.format(**parts, file=unfinished))
        unfinished.rename(file)
    return file


def _member(number: int) -> str:
    share, drawn = _HOLDS[number], f"hash(i, {number + 100}) % 100"
    return f"case when {drawn} < {share} then true when {drawn} >= {share + _UNKNOWN} then false end as m{number}"
