"""Figures of events and of the sockets over which they are told, for /metrics."""

from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.store.event_feed import EventFeed
from server.socket import SocketEndpoint


class EventFigures(Collector):
    """How events are followed in this process."""

    def __init__(self, feed: EventFeed, sockets: SocketEndpoint) -> None:
        self.delivered: Mapping[str, int] = {}
        """What became of events for webhooks; set by whoever runs the job that delivers."""
        self._feed = feed
        self._sockets = sockets

    def collect(self) -> Iterable[Metric]:
        """The counters as they stand."""
        feed, sockets = self._feed, self._sockets
        events = CounterMetricFamily(
            "slrt_hub_events", "Events read, told, and followers that fell behind.", labels=["what"]
        )
        for what in ("read", "fell_behind"):
            events.add_metric([what], feed.counters[what])
        events.add_metric(["told"], sockets.counters["told"])
        position = GaugeMetricFamily("slrt_hub_event_position", "Up to which position events were handed out.")
        position.add_metric([], feed.position)
        open_now = GaugeMetricFamily(
            "slrt_hub_sockets_open", "Open sockets, and subscriptions that run.", labels=["what"]
        )
        open_now.add_metric(["sockets"], sockets.open)
        open_now.add_metric(["followers"], feed.followers)
        closed = CounterMetricFamily("slrt_hub_sockets_closed", "Sockets that were closed, by code.", labels=["code"])
        for name, count in sockets.counters.items():
            if name.startswith("closed "):
                closed.add_metric([name.removeprefix("closed ")], count)
        webhooks = CounterMetricFamily("slrt_hub_webhooks", "What became of events for webhooks.", labels=["outcome"])
        for outcome, count in self.delivered.items():
            webhooks.add_metric([outcome], count)
        return [events, position, open_now, closed, webhooks]
