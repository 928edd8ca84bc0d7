"""What /metrics says after some requests."""

from collections import Counter

import httpx2
from starlette.applications import Starlette

from execution.executor import Counters
from execution.operation import Reason
from hub.federation.gather import GatherCounters
from server.metrics import metrics_route


async def test_answers_and_ways_of_operations_are_counted() -> None:
    answers = Counter({200: 3, 401: 1})
    operations = Counters(planned=2, built=1, graphql_core=Counter({Reason.INTROSPECTION: 1}))
    app = Starlette(routes=[metrics_route(answers, operations, GatherCounters())])
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
        'slrt_hub_live_calls_total{kind="joined"} 0.0',
        'slrt_hub_live_calls_total{kind="hedged"} 0.0',
        'slrt_hub_live_calls_total{kind="hedges_won"} 0.0',
        'slrt_hub_live_calls_total{kind="retried"} 0.0',
    ]
    assert 'slrt_hub_answers_total{status="200"} 4.0' in later
