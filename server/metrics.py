"""/metrics for Prometheus: how requests ended and which way operations went. No personal data."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from execution.executor import Counters
from hub.federation.gather import GatherCounters
from resolvers.outbox_delivery import OutboxCounters

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_route(
    answers: Mapping[int, int], operations: Counters, districts: GatherCounters, outbox: OutboxCounters
) -> Route:
    """GET /metrics over counters that others keep: answers of /graphql by status, the executor's own, live calls, the outbox."""
    registry = CollectorRegistry()
    registry.register(_Figures(answers, operations))
    registry.register(_LiveFigures(districts))
    registry.register(_OutboxFigures(outbox))

    async def show(_: Request) -> Response:
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
        return [answers, ways, built]


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
