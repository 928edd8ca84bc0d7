"""What /metrics says after some requests."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx2
from starlette.applications import Starlette

from execution.executor import Counters
from execution.operation import Reason
from hub.federation.gather import GatherCounters
from hub.store.escalation import KindFigures, Pass
from hub.store.outbox import Backlog
from resolvers.outbox_delivery import OutboxCounters
from server.metrics import metrics_route


async def test_answers_and_ways_of_operations_are_counted() -> None:
    answers = Counter({200: 3, 401: 1})
    operations = Counters(planned=2, together=2, built=1, graphql_core=Counter({Reason.INTROSPECTION: 1}))
    app = Starlette(routes=[metrics_route(answers, operations, GatherCounters(), OutboxCounters())])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub.test") as client:
        lines = (await client.get("/metrics")).text.splitlines()
        answers[200] += 1
        later = (await client.get("/metrics")).text.splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        'slrt_hub_answers_total{status="200"} 3.0',
        'slrt_hub_answers_total{status="401"} 1.0',
        'slrt_hub_operations_total{way="plan"} 2.0',
        'slrt_hub_operations_total{way="graphql_core:introspection"} 1.0',
        "slrt_hub_plans_built_total 1.0",
        "slrt_hub_operations_together_total 2.0",
        'slrt_hub_live_calls_total{kind="joined"} 0.0',
        'slrt_hub_live_calls_total{kind="hedged"} 0.0',
        'slrt_hub_live_calls_total{kind="hedges_won"} 0.0',
        'slrt_hub_live_calls_total{kind="retried"} 0.0',
    ]
    assert 'slrt_hub_answers_total{status="200"} 4.0' in later


async def test_what_the_outbox_did_and_what_waits_is_told_by_destination() -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    outbox = OutboxCounters(delivered=Counter({"35.10": 7}), failed=Counter({"35.09": 2}))
    outbox.backlog = (Backlog("35.09", 3, 1, 0, at),)
    app = Starlette(routes=[metrics_route(Counter(), Counters(), GatherCounters(), outbox)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub.test") as client:
        lines = (await client.get("/metrics")).text.splitlines()
    assert [line for line in lines if line.startswith("slrt_hub_outbox")] == [
        'slrt_hub_outbox_messages_total{destination="35.10",outcome="delivered"} 7.0',
        'slrt_hub_outbox_messages_total{destination="35.09",outcome="failed"} 2.0',
        'slrt_hub_outbox_pending{destination="35.09"} 3.0',
        'slrt_hub_outbox_oldest_timestamp_seconds{destination="35.09"} 1.782864e+09',
    ]


async def test_clocks_and_the_age_of_the_last_pass_are_told_and_left_out_when_the_database_is_away() -> None:
    now = datetime(2026, 7, 1, tzinfo=UTC)
    last = Pass(now - timedelta(seconds=90), 12, {"RESOLUTION": KindFigures(at_risk=2, breached=3)})
    answers = [OSError(), (now, last)]

    async def last_pass() -> tuple[datetime, Pass | None]:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    app = Starlette(routes=[metrics_route({}, Counters(), GatherCounters(), OutboxCounters(), last_pass=last_pass)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub.test") as client:
        away = (await client.get("/metrics")).text
        there = (await client.get("/metrics")).text.splitlines()
    assert "slrt_hub_clocks" not in away
    assert "slrt_hub_plans_built_total 0.0" in away
    assert [line for line in there if line.startswith(("slrt_hub_clocks", "slrt_hub_escalation"))] == [
        'slrt_hub_clocks{kind="RESOLUTION",state="AT_RISK"} 2.0',
        'slrt_hub_clocks{kind="RESOLUTION",state="BREACHED"} 3.0',
        "slrt_hub_escalation_age_seconds 90.0",
        "slrt_hub_escalations_total 12.0",
    ]
