"""Rules and facts drawn at random for the tests that hold every execution of a rule against the reference in Python."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from hub.matching.expressions import Draws
from hub.matching.fields import FIELDS, FieldType, Subject

TEXT = {"id": "Teks", "en": "Text"}
ONLY_OF_HOUSEHOLDS = {"is_identified", "is_pkh_roster_read"}
OF_PERSONS = sorted(FIELDS.keys() - ONLY_OF_HOUSEHOLDS)
OF_HOUSEHOLDS = sorted(name for name, field in FIELDS.items() if field.subject is Subject.HOUSEHOLD)
DRAWS = (Draws("PKH"), Draws("PKH", "PREGNANT"), Draws("SEMBAKO"), Draws("SEMBAKO", None, ("EGGS", "RICE")))
DRAW_NAMES = [draws.name for draws in DRAWS]
REGENCIES = ("35.09", "35.10", "71.71")

Row = dict[str, object]


def value_of(rng: random.Random, name: str) -> object:
    """A value of a field or of what is drawn, a quarter of them not known."""
    if rng.random() < 0.25:
        return None
    field = FIELDS.get(name)
    if field is not None and field.type is FieldType.INTEGER:
        return rng.choice([-1, 0, 1, 2, 4, 5, 6, 7, 21, 59, 60, 61])
    return rng.choice(field.words) if field is not None and field.words else rng.random() < 0.5


@dataclass(frozen=True)
class World:
    """Households (facts, what they draw) and persons; one household in twelve has nobody."""

    households: list[Row]
    persons: list[Row]

    def units(self, unit: Subject) -> list[Row]:
        return self.households if unit is Subject.HOUSEHOLD else self.persons

    def members(self) -> list[list[Row]]:
        """The members of each household, in the order of households."""
        members: list[list[Row]] = [[] for _ in self.households]
        for person in self.persons:
            members[int(str(person["household_id"]))].append(person)
        return members


def drawn_world(households: int, seed: int = 7) -> World:
    rng = random.Random(seed)
    inhabited = households - households // 12
    homes = [
        {"household_id": n, "person_id": None, "regency_code": rng.choice(REGENCIES)}
        | {name: value_of(rng, name) for name in [*OF_HOUSEHOLDS, *DRAW_NAMES]}
        for n in range(households)
    ]
    persons = []
    for number in range(inhabited * 7 // 2):
        home = homes[rng.randrange(inhabited)]
        keys = {"household_id": home["household_id"], "person_id": number, "regency_code": home["regency_code"]}
        persons.append(keys | {name: value_of(rng, name) for name in [*OF_PERSONS, *DRAW_NAMES]})
    return World(homes, persons)


def comparisons(names: Sequence[str]) -> st.SearchStrategy[dict]:
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


_OF_A_MEMBER = expressions(comparisons(OF_PERSONS), 3)


@st.composite
def of_members(draw: st.DrawFn) -> dict:
    kind = draw(st.sampled_from(["any_member", "all_members", "count_members"]))
    node = {kind: draw(_OF_A_MEMBER)}
    if kind != "count_members":
        return node
    op = draw(st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte", "between"]))
    value = (
        sorted(draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))) if op == "between" else draw(st.integers(0, 4))
    )
    return node | {"op": op, "value": value}


def _entry(draws: Draws) -> dict:
    return {"programme": draws.programme} | ({"component": draws.component} if draws.component else {})


PLAIN_DRAWS = [draws for draws in DRAWS if not draws.but]
WHAT_IS_DRAWN = st.sampled_from(PLAIN_DRAWS).map(lambda draws: {"draws": _entry(draws)})
OF_A_PERSON = expressions(comparisons(OF_PERSONS) | WHAT_IS_DRAWN)
OF_A_HOUSEHOLD = expressions(comparisons(OF_HOUSEHOLDS) | of_members() | WHAT_IS_DRAWN)
SEMBAKO_BUT = {
    "excludes": [{"programme": "SEMBAKO"}],
    "allows": [{"programme": "SEMBAKO", "component": component} for component in ("RICE", "EGGS")],
}
STACKING = (
    st.just({}) | st.just(SEMBAKO_BUT) | st.sampled_from(PLAIN_DRAWS).map(lambda draws: {"excludes": [_entry(draws)]})
)


@st.composite
def documents(draw: st.DrawFn) -> dict:
    """A rule of persons or households with up to four clauses, stacking among them."""
    unit = draw(st.sampled_from(["PERSON", "HOUSEHOLD", "HOUSEHOLD"]))
    parts = draw(st.lists(OF_A_PERSON if unit == "PERSON" else OF_A_HOUSEHOLD, min_size=1, max_size=3))
    clauses = [{"id": f"c{n}", "expression": part, "label": TEXT, "next_step": TEXT} for n, part in enumerate(parts)]
    split = draw(st.integers(0, len(clauses)))
    return {"unit": unit, "requirements": clauses[:split], "exclusions": clauses[split:], "stacking": draw(STACKING)}
