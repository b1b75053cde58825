"""Alerts as they would have been found, for screens."""

from datetime import datetime, timedelta

from apps.core.tenancy import every_workspace
from apps.domain.alerts import KINDS
from apps.domain.reasons import Who
from apps.operating.models import Alert
from tests.support.world import World


def alerts_of_every_kind(world: World, now: datetime) -> None:
    """One open alert of each kind, the workspace's own and the operator's, and one that is over."""
    detail = {
        "network": "facebook",
        "name": "Brochure download for the international spring campaign of 2027, second edition",
        "why": "no_permission",
        "cause": "blocked",
        "reason": "consent_unknown",
        "version": "202604",
        "day": "2027-03-31",
    }
    since = now - timedelta(hours=3)
    with every_workspace():
        for kind in KINDS.values():
            workspace_id = None if kind.who is Who.OPERATOR else world.workspace.id
            Alert.objects.create(
                workspace_id=workspace_id, kind=kind.code, subject="one", detail=detail, since=since, opened_at=since
            )
        Alert.objects.create(
            workspace_id=world.workspace.id,
            kind="reconnect",
            subject="other",
            detail=detail,
            since=since,
            opened_at=since,
            ended_at=now,
        )
