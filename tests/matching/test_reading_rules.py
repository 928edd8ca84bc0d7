"""Reading a rule: what is wrong is said with clause, field and value, and with the way out."""

import pytest

from hub.domain.errors import Invalid
from hub.matching.compile import DUCKDB, POSTGRESQL, SPARK, compile_rule
from hub.matching.expressions import All, AllMembers, AnyMember, Compare, CountMembers, Draws, Not
from hub.matching.fields import FIELDS, Subject
from hub.matching.rules import MAX_CLAUSES, MAX_DEPTH, Entitlement, read_rule
from hub.store.reference_loader import shipped_programmes

TEXT = {"id": "Teks", "en": "Text"}
DECILE = {"field": "decile", "op": "lte", "value": 4}
AGED = {"field": "age", "op": "gte", "value": 60}


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
        ({"field": "age", "op": "gte", "value": 60}, "HOUSEHOLD", "'age' describes a person: put it into any_member, "),
        ({"field": "is_identified", "op": "eq", "value": True}, "PERSON", "'is_identified' describes a household"),
        ({"any_member": {"field": "is_identified", "op": "eq", "value": True}}, "HOUSEHOLD", "describes a household"),
        ({"field": "is_pkh_roster_read", "op": "eq", "value": True}, "PERSON", "'is_pkh_roster_read' describes a household"),
        ({"any_member": DECILE}, "PERSON", "is no expression"),
        ({"any_member": {"any_member": DECILE}}, "HOUSEHOLD", "is no expression"),
        ({"field": "sex", "op": "eq", "value": "WOMAN"}, "PERSON", "'sex' is never 'WOMAN': its values are MALE, FEMALE"),
        ({"field": "school_level", "op": "in", "value": ["SD", "TK"]}, "PERSON", "'school_level' is never 'TK'"),
        ({"field": "sex", "op": "lt", "value": "MALE"}, "PERSON", "'sex' is text and has no order: use eq, ne or in"),
        ({"field": "is_pregnant", "op": "between", "value": [False, True]}, "PERSON", "is boolean and has no order"),
        ({"count_members": AGED, "op": "gte", "value": -1}, "HOUSEHOLD", "whole numbers from 0, and -1 is not one"),
        ({"count_members": AGED, "op": "gte", "value": True}, "HOUSEHOLD", "whole numbers from 0, and True is not one"),
        ({"count_members": AGED, "op": "gte", "value": 2**31}, "HOUSEHOLD", "and 2147483648 is not one"),
        ({"count_members": AGED, "op": "ne", "value": 1.5}, "HOUSEHOLD", "and 1.5 is not one"),
        ({"count_members": AGED, "op": "in", "value": [1]}, "HOUSEHOLD", "members cannot be counted by 'in' with [1]: use eq"),
        ({"count_members": AGED, "op": "between", "value": [3, 2]}, "HOUSEHOLD", "counted by 'between' with [3, 2]"),
        ({"count_members": AGED}, "HOUSEHOLD", "is no expression"),
        ({"count_members": AGED, "op": "gte", "value": 2}, "PERSON", "is no expression"),
        ({"all_members": {"count_members": AGED, "op": "gte", "value": 2}}, "HOUSEHOLD", "is no expression"),
        ({"draws": {"programme": "pkh"}}, "PERSON", "'pkh' is no code of a programme or component: write it as in PKH"),
        ({"draws": {"programme": 'PKH" or true'}}, "PERSON", "is no code of a programme"),
        ({"draws": {"programme": "PKH", "component": "Pregnant"}}, "PERSON", "'Pregnant' is no code"),
        ({"draws": {"programme": "PKH", "component": 3}}, "PERSON", "draws takes a programme and a component, and not 3"),
        ({"draws": {"programme": "PKH", "since": 3}}, "PERSON", "and not {'since': 3}"),
        ({"draws": {"component": "PREGNANT"}}, "PERSON", "is no expression"),
        ({"draws": {"programme": "P" * 60}}, "PERSON", "is longer than 63 characters"),
        ({"any_member": {"draws": {"programme": "PKH"}}}, "HOUSEHOLD", "put draws PKH outside of the members"),
        ({"all": []}, "HOUSEHOLD", "{'all': []} is no expression: use all, any, not, draws, or field"),
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
        ({"unit": "PERSON", "requirements": [], "amounts": 1}, "unknown field `amounts`"),
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


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("eq", 2, CountMembers(Compare("age", "gte", 60), 2, 2)),
        ("ne", 2, Not(CountMembers(Compare("age", "gte", 60), 2, 2))),
        ("lt", 2, CountMembers(Compare("age", "gte", 60), None, 1)),
        ("lte", 2, CountMembers(Compare("age", "gte", 60), None, 2)),
        ("gt", 2, CountMembers(Compare("age", "gte", 60), 3, None)),
        ("gte", 2, CountMembers(Compare("age", "gte", 60), 2, None)),
        ("between", [2, 3], CountMembers(Compare("age", "gte", 60), 2, 3)),
    ],
)
def test_a_count_of_members_is_read_into_its_bounds(op, value, expected):
    read = read_rule(rule({"count_members": AGED, "op": op, "value": value}))
    assert read.clauses[0].expression == expected


def test_all_members_and_what_is_drawn_are_read_into_the_tree():
    document = {"all": [{"all_members": AGED}, {"draws": {"programme": "PKH", "component": "SD"}}]}
    expected = All((AllMembers(Compare("age", "gte", 60)), Draws("PKH", "SD")))
    assert read_rule(rule(document)).clauses[0].expression == expected


def stacked(excludes: list, allows: list) -> dict:
    return rule(DECILE) | {"stacking": {"excludes": excludes, "allows": allows}}


def test_each_exclusion_of_stacking_is_a_clause_of_its_own_after_all_others():
    read = read_rule(
        stacked(
            [{"programme": "PKH", "component": "PREGNANT"}, {"programme": "SEMBAKO"}],
            [{"programme": "SEMBAKO", "component": "RICE"}, {"programme": "PIP"}],
        )
    )
    assert [(c.id, c.excludes) for c in read.clauses] == [
        ("c", False),
        ("stacking:PKH/PREGNANT", True),
        ("stacking:SEMBAKO", True),
    ]
    assert [c.expression for c in read.clauses[1:]] == [Draws("PKH", "PREGNANT"), Draws("SEMBAKO", None, ("RICE",))]
    assert read.clauses[1].label.en == "Does not draw PKH/PREGNANT"
    assert read.stacking.allows == (Entitlement("SEMBAKO", "RICE"), Entitlement("PIP"))


@pytest.mark.parametrize(
    ("excludes", "allows", "message"),
    [
        (
            [{"programme": "PKH"}],
            [{"programme": "PKH"}],
            "stacking both excludes and allows PKH: leave one of the two out",
        ),
        ([{"programme": "x"}], [], "'x' is no code of a programme or component"),
        ([], [{"programme": "x"}], "'x' is no code of a programme or component"),
        ([{"programme": "PKH"}, {"programme": "PKH"}], [], "with different ids"),
        ([{"program": "PKH"}], [], "unknown field `program`"),
        ([{"programme": "PKH"}], [{"programme": "PKH", "component": f"COMPONENT_{n}"} for n in range(5)], "one by one"),
    ],
)
def test_what_is_wrong_with_stacking_is_named(excludes, allows, message):
    with pytest.raises(Invalid) as caught:
        read_rule(stacked(excludes, allows))
    assert message in caught.value.message


def test_values_never_become_text_of_the_statement():
    compiled = compile_rule(read_rule(rule({"field": "school_level", "op": "in", "value": ["SD", "SMP"]}, "PERSON")))
    assert compiled.clauses == ["(fact.school_level = any (:rule_0::text[]))"]
    assert compiled.parameters == {"rule_0": ["SD", "SMP"]}


def test_one_tree_is_spelt_by_each_dialect():
    document = {
        "all": [
            {"any_member": {"field": "school_level", "op": "in", "value": ["SD", "SMP"]}},
            {"not": {"draws": {"programme": "PKH", "component": "PREGNANT"}}},
        ]
    }
    compiled = {d.name: compile_rule(read_rule(rule(document)), d) for d in (POSTGRESQL, DUCKDB, SPARK)}
    assert {name: c.clauses[0] for name, c in compiled.items()} == {
        "PostgreSQL": '(fact.m0 and (not fact."draws PKH/PREGNANT"))',
        "DuckDB": '(fact.m0 and (not fact."draws PKH/PREGNANT"))',
        "Spark SQL": "(fact.m0 and (not fact.`draws PKH/PREGNANT`))",
    }
    holds = {
        "PostgreSQL": "(member.school_level = any (:rule_0::text[]))",
        "DuckDB": "(member.school_level in ($rule_0, $rule_1))",
        "Spark SQL": "(member.school_level in (:rule_0, :rule_1))",
    }
    assert {name: c.members for name, c in compiled.items()} == {
        name: [f"case when bool_or({sql}) then true when bool_or({sql} is null) then null else false end"]
        for name, sql in holds.items()
    }
    assert [c.parameters for c in compiled.values()] == [
        {"rule_0": ["SD", "SMP"]},
        {"rule_0": "SD", "rule_1": "SMP"},
        {"rule_0": "SD", "rule_1": "SMP"},
    ]


def test_every_field_is_described():
    for field in FIELDS.values():
        assert all((field.description, field.label.id, field.label.en, field.ask.id, field.ask.en))
