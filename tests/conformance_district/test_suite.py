"""The suite passes what keeps the contract, and names exactly what does not."""

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import httpx2
import pytest
from starlette.responses import Response

from connectors.district.client import load_contract
from connectors.district.conformance.asking import Asker, Limits
from connectors.district.conformance.model import Report
from connectors.district.conformance.suite import CHECKS, Suite
from simulators.server import path_of, running
from simulators.simulation import Simulation
from tests.conformance_district.broken import VARIANTS, Broken
from tests.conformance_district.example import PATIENT, TOKEN
from tests.ingest.stage import small_world

Check = Callable[..., Awaitable[Report]]


async def test_the_example_passes_every_check(example: ModuleType, records: Any, check: Check) -> None:
    report = await check(example.make_app(records, load_contract(), TOKEN), writes=True)
    assert report.findings == ()
    assert [(result.check, result.outcome) for result in report.results] == [(c.id, "PASSED") for c in CHECKS]
    assert (report.regency_code, report.contract_version, len(report.capabilities)) == ("35.10", 1, 9)
    assert report.calls > 80
    assert 0.0 < report.p50 <= report.p99


async def test_the_simulator_passes_every_check() -> None:
    simulation = Simulation(small_world(300))
    async with running(simulation) as url:
        asker = Asker(f"{url}{path_of('35.10')}/graphql", simulation.credentials.district_tokens["35.10"], PATIENT)
        report = await Suite(asker, load_contract(), expected_code="35.10", allows_writes=True).run()
        await asker.aclose()
    assert report.findings == ()
    assert [result.check for result in report.results if result.outcome != "PASSED"] == []


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
async def test_what_is_broken_is_found_and_nothing_else(
    example: ModuleType, records: Any, check: Check, variant: Broken
) -> None:
    app = variant.app(example, records)
    report = await check(app, limits=variant.limits or PATIENT, code=variant.code, writes=variant.writes)
    assert {(finding.check, finding.path) for finding in report.findings} == variant.found
    for finding in report.findings:
        assert all([finding.asked, finding.came, finding.wanted, finding.mend]), finding


async def test_what_a_district_cannot_do_is_no_finding(example: ModuleType, records: Any, check: Check) -> None:
    report = await check(example.make_app(records, load_contract(), TOKEN, ("HOUSEHOLDS", "CASE_FILES")))
    assert report.findings == ()
    skipped = {result.check for result in report.results if result.outcome == "SKIPPED"}
    assert {"feed.order", "pages.village-services", "lookup.person", "delivery.answers"} <= skipped
    assert {"pages.households", "search.order"}.isdisjoint(skipped)


async def test_what_is_wrong_for_a_moment_only_is_no_finding(example: ModuleType, records: Any, check: Check) -> None:
    whole = example.make_app(records, load_contract(), TOKEN)
    away = iter([False] * 20 + [True])

    async def flickering(scope: Any, receive: Any, send: Any) -> None:
        answers = Response("away", 503) if next(away, False) else whole
        await answers(scope, receive, send)

    assert (await check(flickering)).findings == ()


async def test_by_default_nothing_is_written(example: ModuleType, records: Any, check: Check) -> None:
    before = records.db.total_changes
    report = await check(example.make_app(records, load_contract(), TOKEN))
    assert records.db.total_changes == before
    (written,) = [result for result in report.results if result.check == "delivery.repeat"]
    assert (written.outcome, written.note) == ("SKIPPED", "it writes: ask for it with --write")


async def test_a_system_that_is_away_is_one_finding_that_says_what_to_look_at() -> None:
    asker = Asker("http://127.0.0.1:1/graphql", "secret-token", Limits(deadline=5.0))
    report = await Suite(asker, load_contract()).run()
    await asker.aclose()
    assert not report.has_answered
    assert [(finding.check, finding.mend) for finding in report.findings] == [
        ("access.answers", "check the URL, the certificate, the network and that the system runs")
    ]
    assert "secret-token" not in str(report)


async def test_a_wrong_token_is_one_finding(example: ModuleType, records: Any) -> None:
    app = example.make_app(records, load_contract(), TOKEN)
    asker = Asker("http://d.example/graphql", "another-token", PATIENT, transport=httpx2.ASGITransport(app))
    report = await Suite(asker, load_contract()).run("CONTRACT")
    await asker.aclose()
    assert [(finding.check, finding.came) for finding in report.findings] == [("access.answers", "status 401")]


def test_no_check_has_the_id_of_another_and_each_follows_what_it_builds_on() -> None:
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))
    for place, check in enumerate(CHECKS):
        assert set(check.after) <= set(ids[:place]), check.id
