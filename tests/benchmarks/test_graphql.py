"""The GraphQL benchmark on a tiny registry, without the peers that npm brings."""

from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import graphql
import pytest

from benchmarks.graphql import comparing, dataset, stock
from benchmarks.graphql.comparing import Differs, require_equal_answers
from benchmarks.graphql.contestants import HUB, PEERS, Contestant, Stage
from benchmarks.graphql.load import Load
from benchmarks.graphql.operations import COMMON, POSTGRAPHILE, Dialect, Operation, make_operations
from benchmarks.graphql.results import Results
from hub.domain.opaque_id import Kind, opaque_id

_HOUSEHOLDS = 1_000
_PEERS = Path(comparing.__file__).with_name("peers")


@pytest.fixture
async def registry(database_url: str) -> str:
    await dataset.build(database_url, _HOUSEHOLDS)
    return database_url


async def _count(url: str, what: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        count: int = await connection.fetchval(f"select count(*) from {what}")
        return count
    finally:
        await connection.close()


async def test_the_data_set_is_of_the_promised_shape_and_is_made_once(registry: str) -> None:
    await dataset.build(registry, _HOUSEHOLDS)
    assert await _count(registry, "household") == _HOUSEHOLDS
    assert await _count(registry, "person") == 3.5 * _HOUSEHOLDS
    assert await _count(registry, "(select regency_code from household group by 1 having count(*) = 10) even") == 100
    assert await _count(registry, "person where nik_error(nik) is not null") == 0
    assert await _count(registry, "household where kk_error(kk_number) is not null") == 0
    assert (
        await _count(
            registry, "household where not exists (select from region where region.region_code = household.region_code)"
        )
        == 0
    )
    assert 0.36 < await _count(registry, "enrolment where programme_code = 'KIS_PBI'") / (3.5 * _HOUSEHOLDS) < 0.44
    assert 0.16 < await _count(registry, "enrolment where programme_code = 'PKH'") / _HOUSEHOLDS < 0.24
    assert 30 < await _count(registry, "match") < 120
    assert await _count(registry, "coverage") == 400


async def test_hub_and_stock_strawberry_answer_the_same_and_a_difference_is_shown(
    registry: str, tmp_path: Path
) -> None:
    samples = await dataset.read_samples(registry)
    assert (len(samples.household_ids), len(samples.regency_codes)) == (500, 100)
    operations = make_operations(samples)
    async with AsyncExitStack() as stack:
        stage = Stage(registry, tmp_path, stack)
        hub, strawberry = await stage.hub(), await stage.stock()
        assert await require_equal_answers([hub, strawberry], operations) == 61
        odd = Contestant("odd", strawberry.url, Dialect("operations", dict, _with_another_id))
        with pytest.raises(
            Differs, match=r'(?s)item with .*--- hub\n\+\+\+ odd\n.*-    "id": "SG.*\+    "id": "another"'
        ):
            await require_equal_answers([hub, odd], operations[:1])
        stranger = Contestant("stranger", hub.url)
        with pytest.raises(Differs, match=r"stranger answers item with 401: .*UNAUTHENTICATED"):
            await require_equal_answers([hub, stranger], operations[:1])


def _with_another_id(data: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    return {"household": {**data["household"], "id": "another"}}


def test_the_stock_schema_is_the_one_that_the_peers_serve() -> None:
    peers = graphql.build_schema((_PEERS / "types.graphql").read_text("utf-8"))
    ours = graphql.build_schema(stock.make_schema().as_str())
    for schema in (peers, ours):
        for name, type_ in schema.type_map.items():
            if name not in graphql.specified_scalar_types:  # those are shared by all schemas
                type_.description = None
    assert _sorted(ours) == _sorted(peers)


def _sorted(schema: graphql.GraphQLSchema) -> list[str]:
    lines = graphql.print_schema(graphql.lexicographic_sort_schema(schema)).splitlines()
    return [line for line in lines if line.strip() and '"""' not in line]


def test_postgraphiles_rows_become_the_objects_of_the_others() -> None:
    operation = Operation("item", [{"id": opaque_id(Kind.HOUSEHOLD, 7)}])
    assert b'"variables":{"householdId":"7"}' in POSTGRAPHILE.bodies(operation)[0]
    assert b'"variables":{"id":"' in COMMON.bodies(operation)[0]
    row = {"id": "7", "decile": 3, "members": [{"id": "9", "name": "Siti"}]}
    assert POSTGRAPHILE.reshaped({"household": row}) == {
        "household": {
            "id": opaque_id(Kind.HOUSEHOLD, 7),
            "welfare": {"decile": 3},
            "members": [{"id": opaque_id(Kind.PERSON, 9), "name": "Siti"}],
        }
    }


def _load(requests: int, failed: int = 0) -> Load:
    return Load(requests, 2.0, p50=1.0, p99=9.0, failed=failed, broken=0, example="")


def test_the_ratio_is_that_of_medians_to_the_best_peer_and_the_stock_server_is_none() -> None:
    results = Results()
    for requests in (100, 900, 800):
        results.add("list", HUB, _load(requests))
    for number, peer in enumerate(PEERS):
        results.add("list", peer, _load(100 + 100 * number))
    results.add("list", "strawberry", _load(5_000))
    figures = results.figures()
    assert (figures["list"].value, figures["list"].ratio, figures["list"].target) == (400, 2.0, 3.0)
    assert (figures["list: mercurius"].value, figures["list: mercurius"].ratio) == (100, None)
    assert (figures["list p99"].value, figures["list: strawberry p50"].unit) == (9.0, "ms")
    assert results.are_valid


def test_a_run_in_which_answers_failed_is_told_and_not_valid() -> None:
    results = Results()
    results.add("item", "mercurius", _load(10, failed=1))
    assert not results.are_valid
    assert results.failures() == ["item: mercurius: 10 answers, 1 of them failed, 0 broken; "]


def test_a_run_without_an_answer_is_a_rate_of_zero_and_no_ratio_is_made_of_it() -> None:
    results = Results()
    for name in (HUB, *PEERS):
        results.add("list", name, _load(0))
    assert results.are_valid
    assert (results.figures()["list"].value, results.figures()["list"].ratio) == (0, None)
