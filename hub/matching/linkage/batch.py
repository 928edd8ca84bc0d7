"""Two registers linked at once: normalise, learn or take weights, compare in Splink on DuckDB, settle rivals,
assign one to one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import msgspec
import pyarrow as pa

from hub.matching.linkage.assign import assign
from hub.matching.linkage.blocking import BLOCKING_RULES, blocking_sql
from hub.matching.linkage.columns import normalise_table, overused_numbers
from hub.matching.linkage.levels import COMPARISONS
from hub.matching.linkage.score import LinkOutcome
from hub.matching.linkage.tables import Registers, level_sql, pair_columns
from hub.matching.linkage.training import TrainingPlan, train
from hub.matching.linkage.weights import Weights, load_weights

Progress = Callable[[str], None]
"""Called with the step that begins: NORMALISE, TRAIN, COMPARE, ASSIGN."""


def _silent(step: str) -> None:
    """No progress is told."""
    del step


_KEPT_BELOW_REVIEW = 3.0
"""Bits below the review threshold down to which a pair still counts as a rival."""
_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How a batch runs. `memory_limit` is DuckDB's ("3GB"); what exceeds it is spilled
    to a folder that is made in `spill_folder` (the system's for temporary files where None) and removed.
    """

    seed: int = 1
    version: str = "BATCH"
    """Version that weights get which are learnt here."""
    memory_limit: str = "3GB"
    spill_folder: Path | None = None
    threads: int | None = None
    sampled_pairs: int = 3_000_000
    """How many pairs drawn at random show how often strangers agree, where weights are learnt."""
    chunks: int = 1
    """In how many parts the left register is compared: memory goes down, time up."""


@dataclass(frozen=True, slots=True)
class BatchLinks:
    """What a batch gives.

    `pairs`: Arrow table of the assigned pairs, at most one for each record of either side: left_id, right_id, bits
    (as `score` counts them), settled_bits (after rivals), outcome (LINKED or REVIEW), and the level of each comparison.
    """

    pairs: pa.Table
    weights: Weights
    compared: int
    """Pairs that were worth keeping before rivals were settled."""


def link_batch(
    left: pa.Table,
    right: pa.Table,
    weights: Weights | None = None,
    *,
    options: BatchOptions = BatchOptions(),
    progress: Progress = _silent,
) -> BatchLinks:
    """Link each record of `left` to at most one of `right`.

    Both tables have `record_id` and columns named as the fields of IdentityRecord; a column may be missing.
    Without `weights` they are learnt from the two tables themselves. ValueError when an id stands twice in a table.
    """
    with _registers(left, right, options, progress) as registers:
        if weights is None:
            progress("TRAIN")
            weights = train(registers, _plan(options), load_weights())
        weights = weights.searching(registers.right)
        progress("COMPARE")
        compared = _compare(registers, weights, options)
        progress("ASSIGN")
        weights = _settle(registers, weights)
        return BatchLinks(_assigned(registers, weights), weights, compared)


def train_batch(
    left: pa.Table,
    right: pa.Table,
    start: Weights,
    *,
    options: BatchOptions = BatchOptions(),
    progress: Progress = _silent,
) -> Weights:
    """Learn weights from two registers without linking them; what they never show keeps its weight of `start`."""
    with _registers(left, right, options, progress) as registers:
        progress("TRAIN")
        weights = train(registers, _plan(options), start)
        progress("COMPARE")
        _compare(registers, weights, options)
        return _settle(registers, weights)


def _plan(options: BatchOptions) -> TrainingPlan:
    return TrainingPlan(options.version, options.seed, options.sampled_pairs)


@contextmanager
def _registers(left: pa.Table, right: pa.Table, options: BatchOptions, progress: Progress) -> Iterator[Registers]:
    progress("NORMALISE")
    overused = overused_numbers(left) | overused_numbers(right)
    with _duckdb(options) as connection:
        yield Registers(connection, normalise_table(left, overused), normalise_table(right, overused))


@contextmanager
def _duckdb(options: BatchOptions) -> Iterator[duckdb.DuckDBPyConnection]:
    with TemporaryDirectory(prefix="linkage", dir=options.spill_folder) as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": options.memory_limit,
            "temp_directory": folder,
            "preserve_insertion_order": False,
        }
        if options.threads is not None:
            settings["threads"] = options.threads
        with duckdb.connect(":memory:", config=settings) as connection:
            connection.execute("set enable_progress_bar = false")
            yield connection


def _compare(registers: Registers, weights: Weights, options: BatchOptions) -> int:
    """Fill the table `compared` with the pairs of any blocking rule that are worth keeping."""
    rules = [blocking_sql(columns) for columns in BLOCKING_RULES.values()]
    linker = registers.linker(weights, rules)
    predicted = linker.inference.predict(
        threshold_match_weight=weights.review_at - _KEPT_BELOW_REVIEW,
        num_chunks_left=options.chunks,
        num_chunks_right=1,
        warning_mode="never",
    )
    registers.connection.execute(f"""
        create or replace table compared as
        select record_id_l as left_id, record_id_r as right_id, match_weight as bits from {predicted.physical_name}""")
    predicted.drop_table_from_database_and_remove_from_cache()
    (count,) = registers.connection.execute("select count(*) from compared").fetchall()[0]
    return int(count)


def _settle(registers: Registers, weights: Weights) -> Weights:
    """Bring in rivals, and the share of records that have a partner: as many as the settled odds expect, by
    fixed-point rounds.
    """
    shift = 0.0
    for _ in range(_ROUNDS):
        registers.connection.execute(_SETTLED.format(shift=shift))
        (expected,) = registers.connection.execute(
            "select sum(1 / (1 + 2.0 ** -settled_bits)) from settled"
        ).fetchall()[0]
        share = min(max((expected or 0.0) / max(registers.left, 1), 1e-3), 0.999)
        adjusted = msgspec.structs.replace(weights, match_share=share)
        shift = adjusted.prior - weights.prior
    registers.connection.execute(_SETTLED.format(shift=shift))
    return adjusted


_SETTLED = """
    create or replace table settled as
    select * replace (bits + {shift} as bits),
        bits + {shift} - log2(1 + greatest(0, sum(odds) over (partition by left_id) + sum(odds) over (partition by
        right_id) - 2 * odds)) as settled_bits
    from (select *, 2.0 ** (bits + {shift}) as odds from compared)"""


def _assigned(registers: Registers, weights: Weights) -> pa.Table:
    """One to one, and the outcome of each pair that is at least for review."""
    connection = registers.connection
    connection.execute(_PLAIN.format(least=weights.review_at))
    contested = connection.execute(
        f"select left_id, right_id, bits - ({weights.review_at}) as above from settled"
        " anti join plain using (left_id, right_id) where above > 0 order by above desc, left_id, right_id"
    ).fetchall()
    chosen: list[tuple[str, str, float]] = assign(contested)
    taken = pa.table(
        {
            "left_id": pa.array([left for left, _, _ in chosen], pa.string()),
            "right_id": pa.array([right for _, right, _ in chosen], pa.string()),
        }
    )
    connection.register("chosen", taken)
    connection.execute(f"""
        create or replace table linked as
        select s.* exclude (odds) from settled s
        join (select left_id, right_id from plain union all select left_id, right_id from chosen) one using (left_id, right_id)
        where settled_bits >= {weights.review_at}""")
    levels = ", ".join(f'{level_sql(each)} as "{each.name}"' for each in COMPARISONS)
    return connection.sql(f"""
        select left_id, right_id, bits, settled_bits,
            case when settled_bits >= {weights.link_at} then '{LinkOutcome.LINKED}' else '{LinkOutcome.REVIEW}' end as outcome,
            {levels}
        from ({pair_columns(COMPARISONS, "from linked")}) join linked using (left_id, right_id)
        order by settled_bits desc, left_id""").to_arrow_table()


_PLAIN = """
    create or replace table plain as
    select left_id, right_id from settled where bits > {least}
    qualify count(*) over (partition by left_id) = 1 and count(*) over (partition by right_id) = 1"""
