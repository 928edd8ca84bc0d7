"""Random rules over random facts: the compiled SQL in PostgreSQL says what the Python reference says, unknown included."""

import asyncio
import random
from collections.abc import Iterator

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.matching.compile import compile_rule
from hub.matching.evaluate import evaluate
from hub.matching.fields import FIELDS, FieldType, Subject
from hub.matching.rules import read_rule
from hub.store.queries import compile_query

TEXT = {"id": "Teks", "en": "Text"}
ONLY_OF_HOUSEHOLDS = {"is_identified", "is_pkh_roster_read"}
OF_PERSONS = sorted(FIELDS.keys() - ONLY_OF_HOUSEHOLDS)
OF_HOUSEHOLDS = sorted(name for name, field in FIELDS.items() if field.subject is Subject.HOUSEHOLD)
HOUSEHOLDS, PERSONS = 120, 300


def _value(rng: random.Random, name: str) -> object:
    """A value of the field, a quarter of them not known."""
    if rng.random() < 0.25:
        return None
    field = FIELDS[name]
    if field.type is FieldType.INTEGER:
        return rng.choice([-1, 0, 1, 2, 4, 5, 6, 7, 21, 59, 60, 61])
    return rng.choice(field.words) if field.words else rng.random() < 0.5


class Facts:
    """Households with persons, the same in Python and in PostgreSQL; some households have nobody."""

    def __init__(self, runner: asyncio.Runner, connection: asyncpg.Connection) -> None:
        rng = random.Random(7)
        self.runner, self.connection = runner, connection
        self.households = [{name: _value(rng, name) for name in OF_HOUSEHOLDS} for _ in range(HOUSEHOLDS)]
        self.persons = [
            {name: _value(rng, name) for name in OF_PERSONS} | {"home": rng.randrange(HOUSEHOLDS - 10)}
            for _ in range(PERSONS)
        ]

        self.members_of = [[p for p in self.persons if p["home"] == home] for home in range(HOUSEHOLDS)]

    async def load(self) -> None:
        for table, names, rows in (
            ("unit", OF_HOUSEHOLDS, [{"home": n, **row} for n, row in enumerate(self.households)]),
            ("member", OF_PERSONS, self.persons),
        ):
            columns = ", ".join(f"{name} {FIELDS[name].type.value}" for name in names)
            await self.connection.execute(f"create temporary table {table} (n integer, home integer, {columns})")
            await self.connection.copy_records_to_table(
                table,
                columns=["n", "home", *names],
                records=[(n, row["home"], *(row[name] for name in names)) for n, row in enumerate(rows)],
            )

    def in_sql(self, document: dict) -> list[tuple]:
        compiled = compile_rule(read_rule(document))
        clauses = ", ".join(f"{sql} as c{n}" for n, sql in enumerate(compiled.clauses))
        aggregates = "".join(f", {sql} as m{n}" for n, sql in enumerate(compiled.members))
        facts = "select * from member"
        if document["unit"] == "HOUSEHOLD":
            facts = (
                "select unit.*, members.* from unit left join "
                f"(select member.home as of_home{aggregates} from member group by member.home) members on of_home = unit.home"
            )
        query = compile_query("random", f"with fact as ({facts}) select {clauses} from fact order by fact.n")
        rows = self.runner.run(self.connection.fetch(query.sql, *query.arguments(compiled.parameters)))
        return [tuple(row) for row in rows]

    def in_python(self, document: dict) -> list[tuple]:
        rule = read_rule(document)
        units = self.persons if rule.unit is Subject.PERSON else self.households
        return [
            tuple(
                _met(
                    evaluate(c.expression, facts, () if rule.unit is Subject.PERSON else self.members_of[n]),
                    c.excludes,
                )
                for c in rule.clauses
            )
            for n, facts in enumerate(units)
        ]


def _met(value: bool | None, excludes: bool) -> bool | None:
    return value if value is None or not excludes else not value


@pytest.fixture(scope="module")
def facts(server_url: str) -> Iterator[Facts]:
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(server_url))
        facts = Facts(runner, connection)
        runner.run(facts.load())
        yield facts
        runner.run(connection.close())


def comparisons(names: list[str]) -> st.SearchStrategy[dict]:
    @st.composite
    def comparison(draw: st.DrawFn) -> dict:
        name = draw(st.sampled_from(names))
        field = FIELDS[name]
        values: st.SearchStrategy = st.booleans()
        ops = ["eq", "ne", "in"]
        if field.type is FieldType.INTEGER:
            values = st.integers(-2, 62) | st.sampled_from([2**31 - 1, -(2**31)])
            ops += ["lt", "lte", "gt", "gte", "between"]
        elif field.words:
            values = st.sampled_from(field.words)
        op = draw(st.sampled_from(ops))
        if op == "in":
            return {"field": name, "op": op, "value": draw(st.lists(values, min_size=1, max_size=4))}
        if op == "between":
            return {"field": name, "op": op, "value": [draw(values), draw(values)]}
        return {"field": name, "op": op, "value": draw(values)}

    return comparison()


def expressions(leaves: st.SearchStrategy[dict], max_leaves: int = 6) -> st.SearchStrategy[dict]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda of: {"all": of}),
            st.lists(inner, min_size=1, max_size=3).map(lambda of: {"any": of}),
            inner.map(lambda of: {"not": of}),
        ),
        max_leaves=max_leaves,
    )


PERSON_EXPRESSIONS = expressions(comparisons(OF_PERSONS))
HOUSEHOLD_EXPRESSIONS = expressions(
    st.one_of(
        comparisons(OF_HOUSEHOLDS),
        expressions(comparisons(OF_PERSONS), 3).map(lambda of: {"any_member": of}),
    )
)


@st.composite
def documents(draw: st.DrawFn) -> dict:
    unit = draw(st.sampled_from(["PERSON", "HOUSEHOLD"]))
    parts = draw(st.lists(PERSON_EXPRESSIONS if unit == "PERSON" else HOUSEHOLD_EXPRESSIONS, min_size=1, max_size=3))
    clauses = [{"id": f"c{n}", "expression": part, "label": TEXT, "next_step": TEXT} for n, part in enumerate(parts)]
    split = draw(st.integers(0, len(clauses)))
    return {"unit": unit, "requirements": clauses[:split], "exclusions": clauses[split:]}


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(document=documents())
def test_a_compiled_rule_says_of_every_unit_what_the_reference_says(facts: Facts, document: dict) -> None:
    assert facts.in_sql(document) == facts.in_python(document)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"all": ["known true", "unknown"]}, None),
        ({"all": ["known false", "unknown"]}, False),
        ({"any": ["known true", "unknown"]}, True),
        ({"any": ["known false", "unknown"]}, None),
        ({"not": "unknown"}, None),
        ({"not": "known false"}, True),
    ],
    ids=str,
)
def test_logic_has_three_values(expression: dict, expected: bool | None) -> None:
    words = {
        "known true": {"field": "decile", "op": "eq", "value": 3},
        "known false": {"field": "decile", "op": "ne", "value": 3},
        "unknown": {"field": "age", "op": "eq", "value": 3},
    }

    def spelt(part: object) -> object:
        if isinstance(part, str):
            return words[part]
        return {k: [spelt(x) for x in v] if isinstance(v, list) else spelt(v) for k, v in part.items()}

    clause = {"id": "c", "expression": spelt(expression), "label": TEXT, "next_step": TEXT}
    read = read_rule({"unit": "PERSON", "requirements": [clause]})
    assert evaluate(read.clauses[0].expression, {"decile": 3, "age": None}) is expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [([], None), ([None], None), ([False], False), ([False, None], None), ([None, True], True), ([False, True], True)],
)
def test_any_member_is_unknown_when_nobody_is_known_to_be_there(members: list, expected: bool | None) -> None:
    clause = {
        "id": "c",
        "expression": {"any_member": {"field": "is_pregnant", "op": "eq", "value": True}},
        "label": TEXT,
        "next_step": TEXT,
    }
    read = read_rule({"unit": "HOUSEHOLD", "requirements": [clause]})
    people = [{"is_pregnant": value} for value in members]
    assert evaluate(read.clauses[0].expression, {}, people) is expected
