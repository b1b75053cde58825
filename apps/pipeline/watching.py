"""Looking after connections: sign-ins that end soon are told of, and every account is looked at once a day.

Nothing here is rung for: it is found in the database, so that a lost message loses no warning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.template.loader import render_to_string

from apps.ads.accounts import account_refresh
from apps.ads.asking import NotThere
from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.connections.models import Connection, ConnectionState
from apps.connections.services import connections_to_tell
from apps.core.clock import shared_now
from apps.core.tenancy import every_workspace, workspace_scope
from apps.workspaces.mails import mail_people
from apps.workspaces.models import Member, User
from apps.workspaces.roles import Action, may

log = structlog.get_logger()
CHECK_EVERY, MOST_AT_ONCE = timedelta(days=1), 200


@dataclass(frozen=True, slots=True)
class Ending:
    """A sign-in that somebody must make again within so many days."""

    connection: Connection
    days: int


def connections_warn() -> int:
    """Mail the admins of each workspace whose sign-in ends soon, once for each; returns how many were told of.

    One that is dead is an alert (apps/operating). A mail server that is away is asked again the next time: what was
    told is written down only after it was.
    """
    now = shared_now()
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
    now = shared_now()
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
    if connection.ends_at is None:
        return None
    left = max((connection.ends_at - now).days, 0)
    reached = [days for days in NETWORKS[connection.system].sign_in.warn_days if left <= days]
    if not reached or (connection.warned_days is not None and connection.warned_days <= min(reached)):
        return None
    return Ending(connection, min(reached))


def _tell(warning: Ending) -> None:
    connection = warning.connection
    context = {
        "network": NETWORKS[connection.system].manifest.label,
        "name": connection.name,
        "days": warning.days,
        "url": f"{settings.BASE_URL}/accounts/",
    }
    admins = _admins(connection.workspace_id)
    mail_people(people=admins, compose=partial(_compose, context))
    log.warning("connection.told", connection=str(connection.id), days=warning.days, admins=len(admins))


def _compose(context: Mapping[str, object]) -> tuple[str, str]:
    subject = render_to_string("mail/sign_in_ends_subject.txt", dict(context)).strip()
    return subject, render_to_string("mail/sign_in_ends.txt", dict(context))


def _admins(workspace_id: UUID) -> Sequence[User]:
    with workspace_scope(workspace_id):
        members = Member.objects.select_related("user")
        return [each.user for each in members if may(each.role, Action.CONNECT_ACCOUNT)]
