"""Reading a rule: what is wrong is said with clause, field and value, and with the way out."""

import pytest

from hub.domain.errors import Invalid
from hub.matching.compile import compile_rule
from hub.matching.fields import FIELDS, Subject
from hub.matching.rules import MAX_CLAUSES, MAX_DEPTH, All, AnyMember, Compare, read_rule
from hub.store.reference_loader import shipped_programmes

TEXT = {"id": "Teks", "en": "Text"}
DECILE = {"field": "decile", "op": "lte", "value": 4}


def clause(expression: object, clause_id: str = "c") -> dict:
    return {"id": clause_id, "expression": expression, "label": TEXT, "next_step": TEXT}


def rule(expression: object, unit: str = "HOUSEHOLD") -> dict:
    return {"unit": unit, "requirements": [clause(expression)]}


def nested(depth: int) -> dict:
    return DECILE if depth == 1 else {"not": nested(depth - 1)}


def test_a_rule_is_read_into_its_tree():
    read = read_rule(
        {
            "unit": "HOUSEHOLD",
            "requirements": [
                clause({"all": [DECILE, {"any_member": {"field": "age", "op": "between", "value": [0, 6]}}]})
            ],
            "exclusions": [clause({"field": "is_identified", "op": "eq", "value": False}, "x")],
        }
    )
    assert read.unit is Subject.HOUSEHOLD
    assert [(c.id, c.excludes) for c in read.clauses] == [("c", False), ("x", True)]
    assert read.clauses[0].expression == All(
        (Compare("decile", "lte", 4), AnyMember(Compare("age", "between", (0, 6))))
    )


@pytest.mark.parametrize("programme", shipped_programmes(), ids=lambda programme: programme.programme_code)
def test_every_shipped_rule_is_read_and_compiled(programme):
    assert compile_rule(read_rule(programme.rule)).clauses != []


@pytest.mark.parametrize(
    ("expression", "unit", "message"),
    [
        ({"field": "income", "op": "lt", "value": 5}, "HOUSEHOLD", "clause c: there is no field 'income': the fields are age, "),
        ({"field": "decile", "op": "lte", "value": "4"}, "HOUSEHOLD", "clause c: 'decile' is integer, and '4' is not"),
        ({"field": "decile", "op": "lte", "value": 4.0}, "HOUSEHOLD", "'decile' is integer, and 4.0 is not"),
        ({"field": "decile", "op": "lte", "value": True}, "HOUSEHOLD", "'decile' is integer, and True is not"),
        ({"field": "decile", "op": "lte", "value": None}, "HOUSEHOLD", "'decile' is integer, and None is not"),
        ({"field": "decile", "op": "lte", "value": 2**31}, "HOUSEHOLD", "2147483648 is too large for 'decile'"),
        ({"field": "decile", "op": "in", "value": [1, "2"]}, "HOUSEHOLD", "'decile' is integer, and '2' is not"),
        ({"field": "decile", "op": "in", "value": []}, "HOUSEHOLD", "'decile' cannot be compared by 'in' with []"),
        ({"field": "decile", "op": "between", "value": [1]}, "HOUSEHOLD", "cannot be compared by 'between' with [1]"),
        ({"field": "decile", "op": "like", "value": 1}, "HOUSEHOLD", "'decile' cannot be compared by 'like' with 1"),
        ({"field": "age", "op": "gte", "value": 60}, "HOUSEHOLD", "'age' describes a person: put it into any_member"),
        ({"field": "is_identified", "op": "eq", "value": True}, "PERSON", "'is_identified' describes a household"),
        ({"any_member": {"field": "is_identified", "op": "eq", "value": True}}, "HOUSEHOLD", "describes a household"),
        ({"field": "is_pkh_roster_read", "op": "eq", "value": True}, "PERSON", "'is_pkh_roster_read' describes a household"),
        ({"any_member": DECILE}, "PERSON", "is no expression"),
        ({"any_member": {"any_member": DECILE}}, "HOUSEHOLD", "is no expression"),
        ({"field": "sex", "op": "eq", "value": "WOMAN"}, "PERSON", "'sex' is never 'WOMAN': its values are MALE, FEMALE"),
        ({"field": "school_level", "op": "in", "value": ["SD", "TK"]}, "PERSON", "'school_level' is never 'TK'"),
        ({"field": "sex", "op": "lt", "value": "MALE"}, "PERSON", "'sex' is text and has no order: use eq, ne or in"),
        ({"field": "is_pregnant", "op": "between", "value": [False, True]}, "PERSON", "is boolean and has no order"),
        ({"all": []}, "HOUSEHOLD", "{'all': []} is no expression: use all, any, not, any_member"),
        ({"all": [DECILE], "any": [DECILE]}, "HOUSEHOLD", "is no expression"),
        (DECILE | {"comment": "x"}, "HOUSEHOLD", "is no expression"),
        ({}, "HOUSEHOLD", "{} is no expression"),
        ({"not": "x"}, "HOUSEHOLD", "'x' is no expression"),
        (nested(MAX_DEPTH + 1), "HOUSEHOLD", f"the expression is deeper than {MAX_DEPTH} levels"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_expression_is_named(expression, unit, message):
    with pytest.raises(Invalid) as caught:
        read_rule(rule(expression, unit))
    assert message in caught.value.message
    assert caught.value.message.startswith("clause c: ")
    assert caught.value.path == ("c",)


def test_the_deepest_expression_that_is_allowed_is_read():
    assert read_rule(rule(nested(MAX_DEPTH))).clauses[0].id == "c"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("text", "not of the right form"),
        ({"unit": "VILLAGE", "requirements": []}, "Invalid enum value 'VILLAGE'"),
        ({"unit": "PERSON"}, "missing required field `requirements`"),
        ({"unit": "PERSON", "requirements": [], "amount": 1}, "unknown field `amount`"),
        ({"unit": "PERSON", "requirements": [{"id": "c", "expression": DECILE}]}, "missing required field `label`"),
        ({"unit": "PERSON", "requirements": []}, "has 1 to 60 clauses with different ids, this one has []"),
        ({"unit": "PERSON", "requirements": [clause(DECILE), clause(DECILE)]}, "this one has ['c', 'c']"),
        ({"unit": "PERSON", "requirements": [clause(DECILE, f"c{n}") for n in range(MAX_CLAUSES + 1)]}, "1 to 60 clauses"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_named(document, message):
    with pytest.raises(Invalid) as caught:
        read_rule(document)
    assert message in caught.value.message


def test_values_never_become_text_of_the_statement():
    compiled = compile_rule(read_rule(rule({"field": "school_level", "op": "in", "value": ["SD", "SMP"]}, "PERSON")))
    assert compiled.clauses == ["(fact.school_level = any (:rule_0::text[]))"]
    assert compiled.parameters == {"rule_0": ["SD", "SMP"]}


def test_every_field_is_described():
    assert all(field.description for field in FIELDS.values())
