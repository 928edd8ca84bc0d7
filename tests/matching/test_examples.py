"""The examples that come with a rule: right ones pass, and what a rule gets wrong is named."""

from typing import Any

import pytest

from hub.domain.errors import Invalid
from hub.matching.examples import EXAMPLES_MAX, read_examples, require_examples
from hub.matching.rules import Rule, read_rule

TEXT = {"id": "Teks", "en": "Text"}


def _clause(name: str, expression: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "expression": expression, "label": TEXT, "next_step": TEXT}


RULE = read_rule(
    {
        "unit": "HOUSEHOLD",
        "requirements": [
            _clause("decile", {"field": "decile", "op": "between", "value": [1, 4]}),
            _clause("elderly", {"any_member": {"field": "age", "op": "gte", "value": 60}}),
        ],
        "exclusions": [_clause("police", {"any_member": {"field": "occupation_class", "op": "eq", "value": "POLICE"}})],
        "stacking": {"excludes": [{"programme": "PKH"}]},
    }
)
PERSONS = read_rule({"unit": "PERSON", "requirements": [_clause("old", {"field": "age", "op": "gte", "value": 60})]})
OLD = {"age": 70, "occupation_class": "FARMER"}
GOOD = {
    "given": "a poor old farmer",
    "facts": {"decile": 2, "draws PKH": False},
    "members": [OLD],
    "verdict": "ELIGIBLE",
}


def _require(rule: Rule, *examples: dict[str, Any]) -> None:
    require_examples(rule, read_examples(list(examples)))


def test_examples_that_the_rule_gets_right_pass() -> None:
    _require(
        RULE,
        GOOD,
        {
            **GOOD,
            "given": "known less",
            "facts": {},
            "verdict": "UNKNOWN",
            "outcomes": {"decile": "MISSING", "elderly": "PASS"},
        },
        {**GOOD, "given": "richer", "facts": {"decile": 7}, "verdict": "NOT_ELIGIBLE", "outcomes": {"decile": "FAIL"}},
        {**GOOD, "given": "on PKH", "facts": {"decile": 2, "draws PKH": True}, "verdict": "EXCLUDED"},
        {**GOOD, "given": "served", "is_enrolled": True, "verdict": "ALREADY_ENROLLED"},
    )
    _require(PERSONS, {"given": "old", "facts": {"age": 60}, "verdict": "ELIGIBLE"})


@pytest.mark.parametrize(
    ("rule", "changes", "message"),
    [
        (RULE, {"verdict": "UNKNOWN"}, "'a poor old farmer': ELIGIBLE, not UNKNOWN"),
        (RULE, {"outcomes": {"elderly": "FAIL"}}, "clause elderly is PASS, not FAIL"),
        (RULE, {"outcomes": {"rich": "FAIL"}}, "there is no clause 'rich'"),
        (RULE, {"facts": {"income": 3}}, "there is no field 'income'"),
        (RULE, {"facts": {"decile": "two"}}, "'decile' is never 'two'"),
        (RULE, {"facts": {"draws PKH": 1}}, "'draws PKH' is never 1"),
        (RULE, {"members": [{"sex": "OLD"}]}, "'sex' is never 'OLD'"),
        (PERSONS, {"facts": {}}, "a rule of persons has no members"),
    ],
)
def test_what_is_wrong_is_named(rule: Rule, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        _require(rule, {**GOOD, **changes})
    assert message in caught.value.message


def test_of_many_wrong_examples_the_first_ten_are_named() -> None:
    with pytest.raises(Invalid) as caught:
        _require(RULE, *({**GOOD, "given": f"e{n}", "verdict": "UNKNOWN"} for n in range(12)))
    assert caught.value.message.count("ELIGIBLE, not UNKNOWN") == 10
    assert caught.value.message.endswith("; and 2 more")


@pytest.mark.parametrize(
    "examples", [[{"given": "x"}], ["x"], "x", [{**GOOD, "colour": "red"}], [GOOD] * (EXAMPLES_MAX + 1)]
)
def test_examples_of_another_form_are_refused(examples: object) -> None:
    with pytest.raises(Invalid):
        read_examples(examples)
