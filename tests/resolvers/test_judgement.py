import pytest

from hub.matching.judgement import judge
from hub.matching.rules import Rule, read_rule


def _rule() -> Rule:
    text = {"id": "x", "en": "x"}
    decile = {"field": "decile", "op": "lte", "value": 4}
    police = {"field": "occupation_class", "op": "eq", "value": "POLICE"}
    return read_rule(
        {
            "unit": "PERSON",
            "requirements": [{"id": "decile", "expression": decile, "label": text, "next_step": text}],
            "exclusions": [{"id": "police", "expression": police, "label": text, "next_step": text}],
        }
    )


@pytest.mark.parametrize(
    ("required", "not_excluded", "is_enrolled", "status"),
    [
        (True, True, False, "ELIGIBLE"),
        (False, True, False, "NOT_ELIGIBLE"),
        (False, False, False, "NOT_ELIGIBLE"),
        (False, None, False, "NOT_ELIGIBLE"),
        (True, False, False, "EXCLUDED"),
        (None, False, False, "EXCLUDED"),
        (None, True, False, "UNKNOWN"),
        (True, None, False, "UNKNOWN"),
        (True, True, True, "ALREADY_ENROLLED"),
        (False, None, True, "ALREADY_ENROLLED"),
    ],
)
def test_a_verdict_follows_from_the_outcomes_of_the_clauses(
    required: bool | None, not_excluded: bool | None, is_enrolled: bool, status: str
) -> None:
    assert judge(_rule(), [required, not_excluded], is_enrolled=is_enrolled) == status
