"""What a unit would draw, as the rule's document says."""

import pytest

from hub.domain.errors import Invalid
from hub.matching.benefit import amount_of, read_benefit
from hub.store.reference_loader import shipped_programmes
from simulators.rules import PKH_AMOUNTS

PKH = next(programme.rule for programme in shipped_programmes() if programme.programme_code == "PKH")
ADULT = {"vital_status": "ALIVE", "age": 40, "is_pregnant": False, "is_enrolled_in_school": False, "school_level": "NONE",
         "disability": "NONE"}  # fmt: skip
PREGNANT = {**ADULT, "is_pregnant": True}
ELDERLY = {**ADULT, "age": 60}
SEVERE = {**ADULT, "disability": "SEVERE"}
AGE = {"field": "age", "op": "gte", "value": 60}


def _pupil(level: str, age: int = 12) -> dict[str, object]:
    return {**ADULT, "age": age, "is_enrolled_in_school": True, "school_level": level}


@pytest.mark.parametrize(
    ("members", "rupiah"),
    [
        ([], 0),
        ([ADULT], 0),
        ([PREGNANT], 3_000_000),
        ([{**ADULT, "age": 6}], 3_000_000),
        ([_pupil("SD")], 900_000),
        ([_pupil("SMP")], 1_500_000),
        ([_pupil("SMA")], 2_000_000),
        ([ELDERLY, SEVERE], 4_800_000),
        ([{**PREGNANT, "disability": "SEVERE"}], 3_000_000),
        ([{**ELDERLY, "vital_status": "DECEASED"}], 0),
        ([{**ELDERLY, "age": None, "disability": None}], 0),
        (
            [_pupil("SD"), _pupil("SMP"), PREGNANT, ELDERLY, _pupil("SMA")],
            3_000_000 + 2_400_000 + 2_000_000 + 1_500_000,
        ),
    ],
)
def test_each_member_counts_once_by_the_dearest_component_and_four_of_a_household(
    members: list[dict[str, object]], rupiah: int
) -> None:
    benefit = read_benefit(PKH)
    assert benefit is not None
    assert amount_of(benefit, members) == rupiah


def test_the_amounts_as_shipped_are_those_of_the_simulated_system() -> None:
    benefit = read_benefit(PKH)
    assert benefit is not None
    assert sorted(benefit.amounts) == sorted(PKH_AMOUNTS.values())
    assert benefit.max_counted == 4


def test_one_amount_counts_for_every_unit() -> None:
    benefit = read_benefit({"unit": "HOUSEHOLD", "amount": 2_400_000})
    assert benefit is not None
    assert amount_of(benefit, []) == 2_400_000


@pytest.mark.parametrize(
    "rule", [{"unit": "PERSON"}, {"unit": "HOUSEHOLD", "components": [{"code": "A", "amount": 1}]}]
)
def test_a_rule_without_amounts_or_without_conditions_for_them_has_no_cost(rule: dict[str, object]) -> None:
    assert read_benefit(rule) is None


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"amount": -1}, "-1 is no amount in rupiah a year"),
        ({"amount": "much"}, "not of the right form"),
        ({"components": [{"code": "A", "amount": 2**50, "expression": AGE}]}, "component A: 1125899906842624 is no amount"),
        ({"components": [{"code": "A", "amount": 1, "expression": {}}]}, "clause A: {} is no expression"),
        ({"components": [{"code": "A", "amount": 1}, {"code": "A", "amount": 2}]}, "these are ['A', 'A']"),
        ({"amount": 1, "components": [{"code": "A", "amount": 1}]}, "one amount or components, not both"),
        ({"components": [{"code": "A", "amount": 1}], "max_counted_members": 0}, "at least 1, not 0"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_amounts_is_named(rule: dict[str, object], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_benefit({"unit": "HOUSEHOLD", **rule})
    assert message in caught.value.message
