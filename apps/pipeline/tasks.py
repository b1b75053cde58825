"""Celery's tasks: each takes ids, asks the story to go on, and may be lost, doubled or reordered without harm."""

from uuid import UUID

import structlog
from celery import shared_task

from apps.ads.checks import endings_now
from apps.core.clock import shared_now
from apps.pipeline import doorbell, flow, simulation_turns
from apps.pipeline.growth import tables_tend
from apps.pipeline.leads import leads_receive
from apps.pipeline.retention import old_forget
from apps.pipeline.simulating import simulations_expire
from apps.pipeline.slices import resend_go_on, resends_ring
from apps.pipeline.watching import accounts_check, connections_warn

log = structlog.get_logger()


@shared_task(name="pipeline.judge")
def judge(workspace_id: str) -> None:
    """Judge one workspace's signals."""
    doorbell.answered(f"judge:{workspace_id}")
    flow.judge(workspace_id=UUID(workspace_id))


@shared_task(name="pipeline.send")
def send(workspace_id: str, account_id: str) -> None:
    """Serve one ad account's lane."""
    doorbell.answered(f"send:{workspace_id}:{account_id}")
    flow.send(workspace_id=UUID(workspace_id), account_id=UUID(account_id))


@shared_task(name="pipeline.confirm")
def confirm(workspace_id: str, account_id: str) -> None:
    """Ask what became of one ad account's requests."""
    doorbell.answered(f"confirm:{workspace_id}:{account_id}")
    flow.confirm(workspace_id=UUID(workspace_id), account_id=UUID(account_id))


@shared_task(name="pipeline.leads")
def leads(workspace_id: str) -> None:
    """Work off one workspace's inbox of leads."""
    doorbell.answered(f"leads:{workspace_id}")
    leads_receive(workspace_id=UUID(workspace_id))


@shared_task(name="pipeline.simulate")
def simulate(workspace_id: str, simulation_id: str, place: int) -> None:
    """Go on with a simulation for a turn."""
    doorbell.answered(f"simulate:{workspace_id}:{simulation_id}:{place}")
    simulation_turns.simulate(workspace_id=UUID(workspace_id), simulation_id=UUID(simulation_id), place=place)


@shared_task(name="pipeline.expire_simulations")
def expire_simulations() -> None:
    """Forget simulations of more than a day ago."""
    simulations_expire(now=shared_now())


@shared_task(name="pipeline.resend")
def resend(workspace_id: str, resend_id: str) -> None:
    """Go on with a replay or backfill."""
    doorbell.answered(f"resend:{resend_id}")
    resend_go_on(workspace_id=UUID(workspace_id), resend_id=UUID(resend_id))


@shared_task(name="pipeline.sweep")
def sweep() -> None:
    """Find what the doorbell missed."""
    flow.sweep()
    resends_ring()


@shared_task(name="pipeline.warn_connections")
def warn_connections() -> None:
    """Tell people of sign-ins that died or end soon, once each."""
    connections_warn()


@shared_task(name="pipeline.check_accounts")
def check_accounts() -> None:
    """Look at every ad account once a day."""
    accounts_check()


@shared_task(name="pipeline.watch_versions")
def watch_versions() -> None:
    """Say, once a day, which networks' API versions end soon: one line each, an error when it is urgent."""
    for ending in endings_now():
        tell = log.error if ending.urgent else log.warning
        tell(
            "version.ending",
            network=ending.network,
            version=ending.version,
            ends=ending.ends.isoformat(),
            days_left=ending.days_left,
        )


@shared_task(name="pipeline.tend_tables")
def tend_tables() -> None:
    """Make the partitions of the months to come, and drop those that nobody keeps."""
    tables_tend(now=shared_now())


@shared_task(name="pipeline.forget_old")
def forget_old() -> None:
    """Forget what workspaces no longer keep."""
    old_forget(now=shared_now())
