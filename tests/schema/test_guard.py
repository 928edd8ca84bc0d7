"""What a document may ask for, measured before it is validated."""

import time

import pytest
from graphql import parse

from hub.domain.errors import Forbidden, Invalid
from hub.domain.principal import Principal, Role, Scope
from schema.build import build_schema
from schema.guard import Guard, Limits, Measure, require_scopes


def _measure(query: str, limits: Limits | None = None) -> Measure:
    return next(iter(Guard(build_schema().graphql, limits).measure(parse(query)).values()))


def test_depth_fields_aliases_and_directives_are_counted_through_fragments() -> None:
    measure = _measure(
        """query ($yes: Boolean!) { a: region(code: "35") { ...R children { nodes { ...R } } } }
        fragment R on Region { name @include(if: $yes) p: parent { name } }"""
    )
    assert (measure.depth, measure.fields, measure.aliases, measure.directives) == (5, 9, 3, 2)


def test_a_page_costs_its_size_and_a_variable_counts_as_the_largest_page() -> None:
    def cost(first: str) -> int:
        return _measure(f"query ($n: Int!) {{ households(first: {first}) {{ nodes {{ region {{ name }} }} }} }}").cost

    assert cost("$n") == cost("100")
    assert cost("100") == 10 * cost("10")
    assert _measure("{ households { nodes { region { name } } } }").cost == cost("100")


def test_the_list_of_the_benchmark_is_within_the_limits() -> None:
    _measure(
        """query ($n: Int!) { households(first: $n) { nodes { id region { name } members { name enrolments { status }
        matches { status } } enrolments { status programme { name } } matches { status programme { name } } } } }"""
    )


@pytest.mark.parametrize(
    ("query", "limits", "what"),
    [
        ("{ " + "region(code: $c) { parent { parent { name } } }" + " }", Limits(depth=3), "depth is 4, and 3"),
        ("{ viewer { role clientId } }", Limits(fields=2), "number of fields is 3, and 2"),
        ("{ a: viewer { role } b: viewer { role } }", Limits(aliases=1), "number of aliases is 2, and 1"),
        ("{ viewer @a @b @c { role } }", Limits(directives=2), "number of directives is 3, and 2"),
        ("{ a: viewer { role } b: viewer { role } }", Limits(roots=1), "number of root fields is 2, and 1"),
        ("{ households { nodes { members { name } } } }", Limits(cost=500), "cost is 700, and 500"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_with_both_figures(query: str, limits: Limits, what: str) -> None:
    with pytest.raises(Invalid, match=f"the query's {what} is allowed"):
        _measure(query, limits)


def test_chained_fragments_cost_no_time_and_are_refused() -> None:
    chain = "".join(f"fragment F{n} on Region {{ parent {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(200))
    query = f'{{ region(code: "35") {{ ...F0 }} }} {chain} fragment F200 on Region {{ name }}'
    started = time.process_time()
    with pytest.raises(Invalid, match="depth is"):
        _measure(query)
    assert time.process_time() - started < 5  # walked, they would be 2 to the power of 200


def test_fragments_that_double_at_every_step_are_counted_without_being_walked() -> None:
    chain = "".join(f"fragment F{n} on Region {{ ...F{n + 1} ...F{n + 1} }}" for n in range(100))
    query = f'{{ region(code: "35") {{ ...F0 }} }} {chain} fragment F100 on Region {{ name }}'
    with pytest.raises(Invalid, match="number of fields is 1000000000, and 1000 is allowed"):
        _measure(query)


def test_a_fragment_within_itself_and_unknown_names_are_left_to_validation() -> None:
    assert _measure("{ nothing { at { all } } ...F ...G } fragment F on Query { ...F }").depth == 3


def test_scopes_are_those_of_every_type_that_is_touched() -> None:
    query = """{ households { nodes { enrolments { programme { name } } matches { pool { total } } } } }"""
    assert _measure(query).scopes == {
        Scope.REGISTRY_READ,
        Scope.REGION_READ,
        Scope.MATCH_READ,
        Scope.COVERAGE_READ,
    }


@pytest.mark.parametrize(
    ("query", "scope"),
    [
        ("{ households { pageInfo { hasNextPage } } }", Scope.REGISTRY_READ),
        ("{ household(id: $id) { __typename } }", Scope.REGISTRY_READ),
        ("{ node(id: $id) { ... on Match { status } } }", Scope.MATCH_READ),
        ("{ node(id: $id) { ...M } } fragment M on Match { __typename }", Scope.MATCH_READ),
        ("{ _entities(representations: $of) { ... on CaseFile { id } } }", Scope.CASE_READ),
        ("mutation { matchOffer(input: $what) { userErrors { code } } }", Scope.MATCH_WRITE),
        ("{ personsByNik(nik: $nik) { id } }", Scope.IDENTITY_READ),
        ("{ region(code: $c) @skip(if: true) { name } caseFiles { edges { cursor } } }", Scope.CASE_READ),
    ],
)
def test_no_way_of_asking_leads_past_a_scope(query: str, scope: Scope) -> None:
    measure = _measure(query)
    assert scope in measure.scopes
    holder = Principal("c", Role.MINISTRY_ANALYST, frozenset(Scope) - {scope})
    with pytest.raises(Forbidden, match=f"needs the scope {scope.value}"):
        require_scopes(measure, holder)
    require_scopes(measure, Principal("c", Role.MINISTRY_ANALYST, frozenset(Scope)))


@pytest.mark.parametrize(
    "query",
    [
        '{ personsByNik(nik: "3510010101900001") { id } }',
        'mutation { householdsSubmit(input: {households: [{kkNumber: "3510010101900001"}]}) { userErrors { code } } }',
        'mutation { householdsSubmit(input: {households: [{members: [{nik: "1"}]}]}) { userErrors { code } } }',
    ],
)
def test_an_identity_number_in_the_text_of_a_query_is_refused(query: str) -> None:
    with pytest.raises(Invalid, match="must be given in a variable"):
        _measure(query)
