"""Two registers at once: as the scorer would have it, one to one, and as good as it was."""

import msgspec
import pyarrow as pa
import pytest

from benchmarks.linkage.clerks import ANOTHER_OFFICE, ROSTER_FAULTS, Faults
from benchmarks.linkage.made import against_truth
from benchmarks.linkage.registers import EVALUATED_SEED, Registers, Size, make_registers
from benchmarks.linkage.train import TRAINING_SEED
from hub.matching.linkage import IdentityRecord, load_weights, normalise, score
from hub.matching.linkage.batch import BatchLinks, BatchOptions, link_batch, train_batch
from hub.matching.linkage.columns import overused_numbers
from hub.matching.linkage.levels import COMPARISONS

SIZE = Size(roster=4_000, district=1_200, both=960)
OPTIONS = BatchOptions(memory_limit="500MB", threads=1, sampled_pairs=200_000, version="TEST")
SEED = 41


@pytest.fixture(scope="module")
def made() -> Registers:
    return make_registers(SIZE, (Faults(), ROSTER_FAULTS), SEED)


@pytest.fixture(scope="module")
def linked(made: Registers) -> BatchLinks:
    return link_batch(hidden(made.district), hidden(made.roster), load_weights(), options=OPTIONS)


def hidden(table: pa.Table) -> pa.Table:
    """Without the truth."""
    return table.drop(["person"])


def quality(made: Registers, links: BatchLinks) -> tuple[float, float]:
    """Precision and recall of what is LINKED."""
    bits = links.pairs.select(["left_id", "right_id"]).append_column("bits", links.pairs["settled_bits"])
    measured = against_truth(made, bits, links.weights.link_at, 0.0)
    return measured.precision, measured.recall


def people(table: pa.Table, overused: frozenset[str]) -> dict[str, object]:
    fields = ("nik", "name", "sex", "birth_date", "kk_number", "region_code", "address")
    return {
        row["record_id"]: normalise(IdentityRecord(**{field: row[field] for field in fields}), overused)
        for row in table.to_pylist()
    }


def test_links_are_as_good_as_they_were(made: Registers, linked: BatchLinks) -> None:
    precision, recall = quality(made, linked)
    assert precision >= 0.99
    assert recall >= 0.96


def test_another_office_without_any_nik_is_linked_with_the_same_weights() -> None:
    other = make_registers(SIZE, (ANOTHER_OFFICE, ANOTHER_OFFICE), SEED)
    precision, recall = quality(
        other, link_batch(hidden(other.district), hidden(other.roster), load_weights(), options=OPTIONS)
    )
    assert precision >= 0.97
    assert recall >= 0.80


def test_no_record_is_linked_twice(linked: BatchLinks) -> None:
    for side in ("left_id", "right_id"):
        ids = linked.pairs[side].to_pylist()
        assert len(set(ids)) == len(ids)


def test_splink_and_the_scorer_weigh_every_pair_alike(made: Registers, linked: BatchLinks) -> None:
    overused = overused_numbers(made.district) | overused_numbers(made.roster)
    left, right = people(made.district, overused), people(made.roster, overused)
    for pair in linked.pairs.to_pylist():
        scored = score(left[pair["left_id"]], right[pair["right_id"]], linked.weights)
        assert scored.bits == pytest.approx(pair["bits"], abs=1e-6)
        assert [part.level for part in scored.compared] == [pair[comparison.name] for comparison in COMPARISONS]


def test_the_outcome_follows_the_thresholds(linked: BatchLinks) -> None:
    weights = linked.weights
    for bits, outcome in zip(
        linked.pairs["settled_bits"].to_pylist(), linked.pairs["outcome"].to_pylist(), strict=True
    ):
        assert bits >= weights.review_at
        assert outcome == ("LINKED" if bits >= weights.link_at else "REVIEW")


def test_the_same_registers_give_the_same_links_whatever_their_order(made: Registers, linked: BatchLinks) -> None:
    backwards = [hidden(table).take(list(range(table.num_rows))[::-1]) for table in (made.district, made.roster)]
    again = link_batch(*backwards, load_weights(), options=OPTIONS)
    columns = ["left_id", "right_id", "outcome"]
    assert sorted(again.pairs.select(columns).to_pylist(), key=str) == sorted(
        linked.pairs.select(columns).to_pylist(), key=str
    )


def test_weights_are_learnt_from_the_registers_themselves(made: Registers) -> None:
    steps: list[str] = []
    learnt = link_batch(hidden(made.district), hidden(made.roster), options=OPTIONS, progress=steps.append)
    assert steps == ["NORMALISE", "TRAIN", "COMPARE", "ASSIGN"]
    assert learnt.weights.version == "TEST"
    assert learnt.weights.levels["sex"]["SAME"].bits > 0 > learnt.weights.levels["sex"]["DIFFERENT"].bits
    precision, recall = quality(made, learnt)
    assert precision >= 0.98
    assert recall >= 0.94


def test_what_registers_do_not_show_keeps_its_weight() -> None:
    bare = [pa.table({"record_id": [f"{side}{n}" for n in range(50)], "name": ["Siti"] * 50}) for side in "LR"]
    shipped = load_weights()
    learnt = train_batch(*bare, shipped, options=OPTIONS)
    assert learnt.levels["nik"] == shipped.levels["nik"]
    assert learnt.levels["place"] == shipped.levels["place"]


def test_a_number_that_half_a_village_carries_links_nobody() -> None:
    filler = "3510010101900001"
    left = pa.table({"record_id": [f"L{n}" for n in range(6)], "nik": [filler] * 6})
    right = pa.table({"record_id": [f"R{n}" for n in range(6)], "nik": [filler] * 6})
    assert link_batch(left, right, load_weights(), options=OPTIONS).pairs.num_rows == 0


def test_shipped_weights_were_not_trained_on_what_is_evaluated() -> None:
    assert TRAINING_SEED not in (EVALUATED_SEED, SEED)


def test_weights_survive_being_stored(linked: BatchLinks) -> None:
    stored = msgspec.json.encode(linked.weights)
    assert msgspec.json.decode(stored, type=type(linked.weights)) == linked.weights
