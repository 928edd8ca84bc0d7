"""The statements that judge sets of units, in any dialect, over relations that hold the facts: tables, Parquet files, or other
statements. PostgreSQL judges its own tables by hub/store/eligibility.py; these are for DuckDB and Spark.

A relation of facts has household_id, person_id (null in a rule of households), regency_code, a column for every field of
hub/matching/fields.py that the rule asks for, and one for everything that it asks whether it is drawn (`Draws.name`). One
that `units_with_members` made also holds m0, m1, ...: what the rule asks of members.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.matching.compile import CompiledRule, mask_of
from hub.matching.fields import Subject
from hub.matching.rules import Rule
from hub.store.eligibility import aggregates_of, clauses_of
from hub.store.queries import template

_PARAMETER = re.compile(r"[:$](rule_\d+)\b")


@dataclass(frozen=True, slots=True)
class Statement:
    """Text in a dialect, and the value of each of its parameters by name."""

    sql: str
    parameters: Mapping[str, object]


def units_with_members(rule: Rule, compiled: CompiledRule, households: str, persons: str) -> Statement:
    """The facts of all units, from a relation of the households' facts and one of their present members'."""
    if rule.unit is Subject.PERSON:
        return _bound(compiled, template("judging", "units_of_persons").text_with(persons=persons))
    text = template("eligibility", "household_rule_facts").text_with(
        households=households, persons=persons, aggregates=aggregates_of(compiled)
    )
    return _bound(compiled, text)


def clauses_of_units(compiled: CompiledRule, facts: str, key: str) -> Statement:
    """Columns c0, c1, ...: what each clause makes of every unit, in the order of the columns `key` of `fact`."""
    text = template("judging", "clauses_of_units").text_with(clauses=clauses_of(compiled), facts=facts, key=key)
    return _bound(compiled, text)


def count_eligible(compiled: CompiledRule, facts: str) -> Statement:
    """One row, `units`: how many meet every clause, enrolled or not."""
    text = template("judging", "count_eligible").text_with(facts=facts, all_clauses=" and ".join(compiled.clauses))
    return _bound(compiled, text)


def count_masks(compiled: CompiledRule, facts: str) -> Statement:
    """Rows of regency_code, failed, missing, units; bit n of a mask stands for clause n."""
    text = template("judging", "count_masks").text_with(
        clauses=clauses_of(compiled),
        facts=facts,
        failed=mask_of(compiled, "not j.c{0}"),
        missing=mask_of(compiled, "j.c{0} is null"),
    )
    return _bound(compiled, text)


def _bound(compiled: CompiledRule, text: str) -> Statement:
    return Statement(text, {name: compiled.parameters[name] for name in dict.fromkeys(_PARAMETER.findall(text))})
