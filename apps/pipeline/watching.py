"""Looking after connections: who must sign in again is told once, and every account is looked at once a day.

Nothing here is rung for: it is found in the database, so that a lost message loses no warning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from apps.ads.accounts import account_refresh
from apps.ads.asking import NotThere
from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.connections.models import Connection, ConnectionState
from apps.connections.services import connections_to_tell
from apps.core.tenancy import every_workspace, workspace_scope
from apps.workspaces.models import Member
from apps.workspaces.roles import Action, may

log = structlog.get_logger()
CHECK_EVERY, MOST_AT_ONCE = timedelta(days=1), 200


@dataclass(frozen=True, slots=True)
class Ending:
    """A sign-in that somebody must make again. `days` is 0 when it is dead already."""

    connection: Connection
    days: int


def connections_warn() -> int:
    """Mail the admins of each workspace whose sign-in died or ends soon, once for each; returns how many were told of.

    A mail server that is away is asked again the next time: what was told is written down only after it was.
    """
    now = timezone.now()
    furthest = max((max(each.sign_in.warn_days, default=0) for each in NETWORKS.values()), default=0)
    with every_workspace():
        near = connections_to_tell(before=now + timedelta(days=furthest))
    due = [warning for connection in near if (warning := _due(connection, now))]
    for warning in due:
        _tell(warning)
        with workspace_scope(warning.connection.workspace_id):
            Connection.objects.filter(id=warning.connection.id).update(warned_days=warning.days)
    return len(due)


def accounts_check() -> int:
    """Ask the networks anew for accounts that were last looked at a day ago; returns how many were.

    What changed is in the account's cautions; a network that does not answer is asked again the next time.
    """
    now = timezone.now()
    with every_workspace():
        stale = AdAccount.objects.filter(connection__state=ConnectionState.WORKING).exclude(
            checked_at__gt=now - CHECK_EVERY
        )
        keys = list(stale.order_by("checked_at").values_list("workspace_id", "id")[:MOST_AT_ONCE])
    for workspace_id, account_id in keys:
        _check(workspace_id, account_id, now)
    return len(keys)


def _check(workspace_id: UUID, account_id: UUID, now: datetime) -> None:
    with workspace_scope(workspace_id):
        before = AdAccount.objects.values_list("cautions", flat=True).get(id=account_id)
    try:
        account = account_refresh(workspace_id=workspace_id, account_id=account_id, at=now)
    except NotThere as refused:
        log.warning("account.not_checked", account=str(account_id), code=refused.outcome.code)
        return
    new = sorted(set(account.cautions) - set(before))
    if new:
        log.warning("account.cautions", workspace=str(workspace_id), account=str(account_id), new=new)


def _due(connection: Connection, now: datetime) -> Ending | None:
    """The warning that is due and was not given yet: the nearest of the network's days that has been reached."""
    if connection.state == ConnectionState.RECONNECT:
        return Ending(connection, 0) if connection.warned_days != 0 else None
    if connection.ends_at is None:
        return None
    left = max((connection.ends_at - now).days, 0)
    reached = [days for days in NETWORKS[connection.system].sign_in.warn_days if left <= days]
    if not reached or (connection.warned_days is not None and connection.warned_days <= min(reached)):
        return None
    return Ending(connection, min(reached))


def _tell(warning: Ending) -> None:
    connection = warning.connection
    label = NETWORKS[connection.system].manifest.label
    addresses = _admins(connection.workspace_id)
    told = {"network": label, "name": connection.name, "url": f"{settings.BASE_URL}/accounts/"}
    if warning.days:
        subject = f"{label}: sign in again within {warning.days} days"
        text = "The sign-in {name} at {network} ends soon. Connect it again before that, so that no conversion waits."
    else:
        subject = f"{label}: conversions wait until you connect again"
        text = "{network} no longer accepts the sign-in {name}. Conversions wait, none is lost: connect it again."
    body = f"{text.format(**told)}\n\n{told['url']}\n"
    if addresses:
        EmailMessage(subject, body, to=[settings.DEFAULT_FROM_EMAIL], bcc=addresses).send()
    log.warning("connection.told", connection=str(connection.id), days=warning.days, admins=len(addresses))


def _admins(workspace_id: UUID) -> Sequence[str]:
    with workspace_scope(workspace_id):
        members = Member.objects.select_related("user")
        return [each.user.email for each in members if may(each.role, Action.CONNECT_ACCOUNT)]
