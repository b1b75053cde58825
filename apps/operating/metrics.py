"""What Prometheus reads at /metrics. States come from the database, work from the meters that all workers share.

So one answer of any web process speaks for the whole installation, and no process has files of its own to read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hmac import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from apps.core import meters
from apps.core.broker import Broker
from apps.deliveries.overview import LaneOverview
from apps.domain.breaker import Position
from apps.operating.state import Instance, instance_state, versions

MOST_LANES = 20  # that are told one by one, those with the oldest due first; the rest is in the totals
Gauge = tuple[tuple[str, ...], float]


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The metrics, for who bears the token; without one in the settings there is no such address."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not compare_digest(
        request.headers.get("Authorization", "").encode(), f"Bearer {settings.METRICS_TOKEN}".encode()
    ):
        answer = HttpResponse("Bearer token required.\n", status=401, content_type="text/plain")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Installation(timezone.now()))
    answer = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer["Cache-Control"] = "no-store"
    return answer


class _Installation(Collector):
    """The installation at one moment."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Nothing is known beforehand."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All metrics, each once."""
        state = instance_state(now=self._now)
        for gauge in GAUGES:
            yield gauge(state)
        yield from _worked()


def _worked() -> Iterator[Metric]:
    """What workers counted; nothing while Redis is away."""
    try:
        told = meters.read()
    except RedisError:
        return
    counters: dict[str, CounterMetricFamily] = {}
    for (name, labels), value in sorted(told.counters.items()):
        family = counters.setdefault(
            name, CounterMetricFamily(f"convsync_{name}", _HELP.get(name, name), labels=[label for label, _ in labels])
        )
        family.add_metric([word for _, word in labels], value)
    histograms: dict[str, HistogramMetricFamily] = {}
    for (name, labels), seen in sorted(told.histograms.items()):
        histogram = histograms.setdefault(
            name,
            HistogramMetricFamily(f"convsync_{name}", _HELP.get(name, name), labels=[label for label, _ in labels]),
        )
        histogram.add_metric([word for _, word in labels], _buckets(seen), seen.total)
    yield from (*counters.values(), *histograms.values())


def _buckets(seen: meters.Histogram) -> list[tuple[str, float]]:
    total, buckets = 0.0, []
    for bound, count in zip((*map(str, meters.SECONDS), "+Inf"), seen.by_class, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets


_HELP = {
    "requests": "Requests to networks that were settled, by how they ended.",
    "outcomes": "Conversions in settled requests, by the network's verdict.",
    "request_seconds": "How long networks took to answer.",
}


def _gauge(name: str, text: str, labels: Iterable[str], told: Iterable[Gauge]) -> Metric:
    family = GaugeMetricFamily(f"convsync_{name}", text, labels=list(labels))
    for words, value in told:
        family.add_metric(list(words), value)
    return family


def _waiting(state: Instance) -> Metric:
    by_network = Counter[tuple[str, ...]]()
    for lane in state.lanes:
        by_network[lane.network, lane.environment] += lane.queue.depth
    text = "Conversions that wait to be sent, each lane counted up to a bound."
    return _gauge("waiting", text, ("network", "environment"), by_network.items())


def _lane_waiting(state: Instance) -> Metric:
    text = "Conversions that wait in the lanes with the oldest due ones."
    return _gauge("lane_waiting", text, _LANE, [(_lane(each), each.queue.depth) for each in _oldest(state)])


def _lane_age(state: Instance) -> Metric:
    told = [(_lane(each), _age(each.queue.oldest_due_at, state.at)) for each in _oldest(state)]
    return _gauge("lane_oldest_due_seconds", "For how long the lane's first due conversion has been due.", _LANE, told)


def _oldest_due(state: Instance) -> Metric:
    ages: dict[tuple[str, ...], float] = {}
    for lane in state.lanes:
        key = (lane.network, lane.environment)
        ages[key] = max(ages.get(key, 0.0), _age(lane.queue.oldest_due_at, state.at))
    text = "For how long the first due conversion of any lane has been due."
    return _gauge("oldest_due_seconds", text, ("network", "environment"), ages.items())


def _at_risk(state: Instance) -> Metric:
    by_network = Counter[tuple[str, ...]]()
    for lane in state.lanes:
        by_network[lane.network, lane.environment] += lane.queue.at_risk
    text = "Conversions that wait and expire within a day, each lane counted up to a bound."
    return _gauge("at_risk", text, ("network", "environment"), by_network.items())


def _headroom(state: Instance) -> Metric:
    ends: dict[tuple[str, ...], float] = {}
    for lane in state.lanes:
        if lane.queue.earliest_deadline is not None:
            key = (lane.network, lane.environment)
            left = (lane.queue.earliest_deadline - state.at).total_seconds()
            ends[key] = min(ends.get(key, left), left)
    text = "How long until the first window of all that waits closes."
    return _gauge("headroom_seconds", text, ("network", "environment"), ends.items())


def _lanes(state: Instance) -> Metric:
    counted = Counter[tuple[str, ...]]()
    for lane in state.lanes:
        counted[lane.network, lane.environment, _standing(lane)] += 1
    text = "Lanes with work, by what holds them up: nothing, a hold, an open circuit breaker."
    return _gauge("lanes", text, ("network", "environment", "standing"), counted.items())


def _pace(state: Instance) -> Metric:
    left: dict[tuple[str, ...], float] = {}
    for lane in state.lanes:
        for speed in lane.speeds:
            key = (lane.network, lane.environment, speed.routes)
            share = 1 - speed.used / speed.per_day if speed.per_day else 0.0
            left[key] = min(left.get(key, 1.0), share)
    text = "The share of the day's calls that is left, of the token or app that has least."
    return _gauge("pace_left_ratio", text, ("network", "environment", "routes"), left.items())


def _unjudged(state: Instance) -> Metric:
    count = sum(each.signals for each in state.unjudged)
    return _gauge("unjudged", "Signals that wait to be judged, counted up to a bound.", (), [((), count)])


def _unjudged_age(state: Instance) -> Metric:
    age = max((_age(each.oldest_at, state.at) for each in state.unjudged), default=0.0)
    return _gauge("unjudged_oldest_seconds", "For how long the first of them has waited.", (), [((), age)])


def _scheduler(state: Instance) -> Metric:
    told = [((), _age(state.scheduler_at, state.at))] if state.scheduler_at else []
    return _gauge("scheduler_age_seconds", "How long ago the scheduler last gave a sign of life.", (), told)


def _workers(state: Instance) -> Metric:
    told = [((), float(len(state.workers)))] if state.workers is not None else []
    return _gauge("workers", "Workers that gave a sign of life lately.", (), told)


def _alerts(state: Instance) -> Metric:
    counted = Counter((alert.kind,) for alert in state.alerts)
    return _gauge("operator_alerts", "Open alerts that the operator must act on.", ("kind",), counted.items())


def _aside(state: Instance) -> Metric:
    counted = [
        (("signals",), sum(each.signals for each in state.aside)),
        (("conversions",), sum(each.conversions for each in state.aside)),
    ]
    return _gauge("set_aside", "What our own code fails on, set aside.", ("what",), counted)


def _partitions(state: Instance) -> Metric:
    text = "Partitions that should be there and are not."
    return _gauge("partitions_missing", text, (), [((), len(state.partitions_missing))])


def _broker(state: Instance) -> Metric:
    return _gauge("broker_fit", "1 where Redis answers and does not evict.", (), [((), state.broker is Broker.OK)])


def _versions(state: Instance) -> Metric:
    told = [((each.label, each.version), (each.ends - state.at.date()).days) for each in versions() if each.ends]
    return _gauge("api_version_days_left", "Days until the network ends the version.", ("network", "version"), told)


GAUGES: tuple[Callable[[Instance], Metric], ...] = (
    _waiting,
    _lane_waiting,
    _lane_age,
    _oldest_due,
    _at_risk,
    _headroom,
    _lanes,
    _pace,
    _unjudged,
    _unjudged_age,
    _scheduler,
    _workers,
    _alerts,
    _aside,
    _partitions,
    _broker,
    _versions,
)
_LANE = ("workspace", "account", "network")


def _lane(lane: LaneOverview) -> tuple[str, ...]:
    return str(lane.workspace_id), str(lane.account_id), lane.network


def _oldest(state: Instance) -> list[LaneOverview]:
    return sorted(state.lanes, key=lambda lane: -_age(lane.queue.oldest_due_at, state.at))[:MOST_LANES]


def _standing(lane: LaneOverview) -> str:
    if lane.position is not Position.CLOSED:
        return "broken"
    return "held" if lane.held_reason else "moving"


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
