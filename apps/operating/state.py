"""How the instance stands: what its operator sees, and what its metrics tell. Names and numbers, and no person."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from redis.exceptions import RedisError

from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.core.broker import Broker, broker_state
from apps.core.tenancy import every_workspace
from apps.deliveries.overview import LaneOverview, lanes_overview
from apps.operating.alerts import operators_alerts
from apps.operating.aside import Aside, set_aside
from apps.operating.models import Alert
from apps.operating.moments import SCHEDULER, moment_last
from apps.operating.unjudged import Unjudged, unjudged_now
from apps.operating.workers import Worker, workers_living
from apps.pipeline.growth import partitions_missing
from apps.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Named:
    """A lane, with what its workspace and account are called."""

    lane: LaneOverview
    workspace: str
    account: str


@dataclass(frozen=True, slots=True)
class Version:
    """A network's API version that convsync speaks, and when it ends, where that is known."""

    label: str
    version: str
    ends: date | None


@dataclass(frozen=True, slots=True)
class Instance:
    """All of it. `workers` is None while Redis, which knows them, is away."""

    at: datetime
    broker: Broker
    lanes: tuple[LaneOverview, ...]
    unjudged: tuple[Unjudged, ...]
    workers: tuple[Worker, ...] | None
    scheduler_at: datetime | None
    alerts: tuple[Alert, ...]
    aside: tuple[Aside, ...]
    partitions_missing: tuple[str, ...]


def instance_state(*, now: datetime) -> Instance:
    """How it stands now: a fixed number of queries, each bounded. Raises django.db.DatabaseError."""
    with every_workspace():
        return Instance(
            at=now,
            broker=broker_state(),
            lanes=tuple(lanes_overview(now=now)),
            unjudged=tuple(unjudged_now()),
            workers=_workers(now),
            scheduler_at=moment_last(SCHEDULER),
            alerts=tuple(operators_alerts()),
            aside=tuple(set_aside()),
            partitions_missing=partitions_missing(now=now),
        )


def lanes_named(lanes: tuple[LaneOverview, ...]) -> list[Named]:
    """The lanes with the names of their workspaces and accounts."""
    workspaces = workspace_names({lane.workspace_id for lane in lanes})
    with every_workspace():
        accounts = dict(AdAccount.objects.filter(id__in={lane.account_id for lane in lanes}).values_list("id", "name"))
    return [Named(lane, workspaces.get(lane.workspace_id, ""), accounts.get(lane.account_id, "")) for lane in lanes]


def workspace_names(ids: set[UUID]) -> dict[UUID, str]:
    """What these workspaces are called."""
    return dict(Workspace.objects.filter(id__in=ids).values_list("id", "name"))


def versions() -> list[Version]:
    """Every network's API version, the nearest end first."""
    manifests = sorted(
        (network.manifest for network in NETWORKS.values()), key=lambda each: each.version_ends or date.max
    )
    return [Version(each.label, each.version, each.version_ends) for each in manifests]


def _workers(now: datetime) -> tuple[Worker, ...] | None:
    try:
        return tuple(workers_living(now=now))
    except RedisError:
        return None
