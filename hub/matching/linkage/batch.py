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
from hub.matching.linkage.statements import statement
from hub.matching.linkage.tables import Registers, named_levels, pair_columns
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
    sampled_pairs: int = 2_000_000
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
    registers.connection.execute(statement("keep_compared", predicted=predicted.physical_name))
    predicted.drop_table_from_database_and_remove_from_cache()
    (count,) = registers.connection.execute(statement("count_compared")).fetchall()[0]
    return int(count)


def _settle(registers: Registers, weights: Weights) -> Weights:
    """Bring in rivals, and the share of records that have a partner: as many as the settled odds expect, by
    fixed-point rounds.
    """
    shift = 0.0
    for _ in range(_ROUNDS):
        registers.connection.execute(statement("settle", shift=shift))
        (expected,) = registers.connection.execute(statement("expected_links")).fetchall()[0]
        share = min(max(expected / max(registers.left, 1), 1e-3), 0.999)
        adjusted = msgspec.structs.replace(weights, match_share=share)
        shift = adjusted.prior - weights.prior
    registers.connection.execute(statement("settle", shift=shift))
    return adjusted


def _assigned(registers: Registers, weights: Weights) -> pa.Table:
    """One to one, and the outcome of each pair that is at least for review."""
    connection = registers.connection
    connection.execute(statement("keep_plain", least=weights.review_at))
    contested = connection.execute(statement("contested", least=weights.review_at)).fetchall()
    chosen: list[tuple[str, str, float]] = assign(contested)
    lefts, rights = ([pair[side] for pair in chosen] for side in (0, 1))
    connection.register(
        "chosen", pa.table({"left_id": pa.array(lefts, pa.string()), "right_id": pa.array(rights, pa.string())})
    )
    connection.execute(statement("keep_linked", review_at=weights.review_at))
    query = statement(
        "linked",
        link_at=weights.link_at,
        levels=named_levels(COMPARISONS),
        pairs=pair_columns(COMPARISONS, "from linked"),
    )
    return connection.sql(query).to_arrow_table()
