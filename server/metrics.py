"""/metrics for Prometheus: how requests ended and which way operations went. No personal data."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from execution.executor import Counters
from hub.federation.gather import GatherCounters
from hub.store.escalation import Pass
from resolvers.outbox_delivery import OutboxCounters

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PASS_SECONDS = 2.0
LastPass = Callable[[], Awaitable[tuple[datetime, Pass | None]]]
"""Tells what time it is, and of the escalation job's last pass."""


def metrics_route(
    answers: Mapping[int, int],
    operations: Counters,
    districts: GatherCounters,
    outbox: OutboxCounters,
    *others: Collector,
    last_pass: LastPass | None = None,
) -> Route:
    """GET /metrics over counters that others keep: answers of /graphql by status, the executor's own, live calls, the outbox.

    What the escalation job left in the database is read for each question; without an answer in time it is left out.
    """
    registry = CollectorRegistry()
    clocks = _ClockFigures()
    for figures in (_Figures(answers, operations), _LiveFigures(districts), _OutboxFigures(outbox), clocks, *others):
        registry.register(figures)

    async def show(_: Request) -> Response:
        clocks.last = None if last_pass is None else await _in_time(last_pass)
        return Response(generate_latest(registry), media_type=_CONTENT_TYPE)

    return Route("/metrics", show, methods=["GET"])


class _Figures(Collector):
    def __init__(self, answers: Mapping[int, int], operations: Counters) -> None:
        self._answers = answers
        self._operations = operations

    def collect(self) -> Iterable[Metric]:
        """The counters as they stand."""
        answers = CounterMetricFamily("slrt_hub_answers", "Answers of /graphql by HTTP status.", labels=["status"])
        for status, count in self._answers.items():
            answers.add_metric([str(status)], count)
        ways = CounterMetricFamily("slrt_hub_operations", "Operations by the way in which they ran.", labels=["way"])
        ways.add_metric(["plan"], self._operations.planned)
        for reason, count in self._operations.graphql_core.items():
            ways.add_metric([f"graphql_core:{reason.value}"], count)
        built = CounterMetricFamily("slrt_hub_plans_built", "Plans that were not found in the cache.")
        built.add_metric([], self._operations.built)
        together = CounterMetricFamily("slrt_hub_operations_together", "Operations that ran in one run with others.")
        together.add_metric([], self._operations.together)
        return [answers, ways, built, together]


class _LiveFigures(Collector):
    def __init__(self, districts: GatherCounters) -> None:
        self._districts = districts

    def collect(self) -> Iterable[Metric]:
        """The counters as they stand."""
        districts = self._districts
        asked = CounterMetricFamily("slrt_hub_live_asked", "Districts that were asked live.", labels=["question"])
        for question, count in districts.asked.items():
            asked.add_metric([question], count)
        failed = CounterMetricFamily(
            "slrt_hub_live_failed", "Districts that gave no answer that can be used.", labels=["reason"]
        )
        for reason, count in districts.failed.items():
            failed.add_metric([reason], count)
        extra = CounterMetricFamily(
            "slrt_hub_live_calls", "Calls joined with an equal one, and calls beyond the first.", labels=["kind"]
        )
        for kind in ("joined", "hedged", "hedges_won", "retried"):
            extra.add_metric([kind], getattr(districts, kind))
        return [asked, failed, extra]


class _OutboxFigures(Collector):
    def __init__(self, outbox: OutboxCounters) -> None:
        self._outbox = outbox

    def collect(self) -> Iterable[Metric]:
        """The counters as they stand, and the backlog as this process saw it last."""
        messages = CounterMetricFamily(
            "slrt_hub_outbox_messages", "What became of messages to other systems.", labels=["destination", "outcome"]
        )
        for outcome in ("delivered", "refused", "dead", "failed"):
            for destination, count in getattr(self._outbox, outcome).items():
                messages.add_metric([destination, outcome], count)
        waiting = GaugeMetricFamily("slrt_hub_outbox_pending", "Messages that wait.", labels=["destination"])
        oldest = GaugeMetricFamily(
            "slrt_hub_outbox_oldest_timestamp_seconds",
            "When the oldest of them was put, in Unix time.",
            labels=["destination"],
        )
        for backlog in self._outbox.backlog:
            waiting.add_metric([backlog.destination], backlog.pending)
            if backlog.oldest_at is not None:
                oldest.add_metric([backlog.destination], backlog.oldest_at.timestamp())
        return [messages, waiting, oldest]


class _ClockFigures(Collector):
    last: tuple[datetime, Pass | None] | None = None

    def collect(self) -> Iterable[Metric]:
        """Clocks of case files as the escalation job counted them last, and how long ago that was."""
        if self.last is None or self.last[1] is None:
            return []
        now, last = self.last[0], self.last[1]
        clocks = GaugeMetricFamily(
            "slrt_hub_clocks",
            "Running clocks of case files that were not in good time at the last pass.",
            labels=["kind", "state"],
        )
        for kind, figures in sorted(last.figures.items()):
            clocks.add_metric([kind, "AT_RISK"], figures.at_risk)
            clocks.add_metric([kind, "BREACHED"], figures.breached)
        age = GaugeMetricFamily("slrt_hub_escalation_age_seconds", "Since the escalation job came to its end last.")
        age.add_metric([], max(0.0, (now - last.passed_at).total_seconds()))
        told = CounterMetricFamily("slrt_hub_escalations", "Levels that were told of a clock.")
        told.add_metric([], last.escalated)
        return [clocks, age, told]


async def _in_time(last_pass: LastPass) -> tuple[datetime, Pass | None] | None:
    try:
        async with asyncio.timeout(_PASS_SECONDS):
            return await last_pass()
    except Exception:  # noqa: BLE001 -- the other figures are told when the database is away, too
        return None
