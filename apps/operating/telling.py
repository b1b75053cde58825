"""Mailing alerts: each when it opens and when it is over, never in between; many at once are one mail."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from apps.core.tenancy import every_workspace, workspace_scope
from apps.domain.alerts import KINDS
from apps.operating.models import Alert, AlertSettings
from apps.operating.moments import OPERATORS_MAILED, moment_last, moment_note
from apps.operating.words import advice_of, opening_of, sentence_of
from apps.workspaces.mails import mail_people
from apps.workspaces.models import Member, User, Workspace
from apps.workspaces.roles import Action, may

log = structlog.get_logger()
DIGEST = timedelta(minutes=15)  # after a mail the next one gathers for so long
_NEWS = Q(told_open=False) | Q(told_end=False, ended_at__isnull=False)


class Line(NamedTuple):
    """An alert in a mail."""

    text: str
    advice: str
    since: datetime
    ended_at: datetime | None
    url: str


def alerts_tell(*, now: datetime) -> int:
    """Mail what opened or ended since the last mail, where one is due; returns how many mails left.

    A mail server that is away is asked again the next time: what was told is written down only after it was.
    """
    with every_workspace():
        workspaces = set(_untold().values_list("workspace_id", flat=True))
    mails = sum(_told(partial(_tell_workspace, each, now)) for each in sorted(each for each in workspaces if each))
    return mails + (_told(partial(_tell_operators, now)) if None in workspaces else 0)


def _told(tell: Callable[[], int]) -> int:
    """How many mails left; none while the mail server is away, which keeps nobody else's from being tried."""
    try:
        return tell()
    except OSError as error:
        log.warning("alerts.not_mailed", error=type(error).__name__)
        return 0


def _untold() -> QuerySet[Alert]:
    return Alert.objects.filter(_NEWS, opened_at__isnull=False, told_end=False)


def _tell_workspace(workspace_id: UUID, now: datetime) -> int:
    with workspace_scope(workspace_id):
        kept, _ = AlertSettings.objects.select_for_update().get_or_create(workspace_id=workspace_id)
        if kept.mailed_at is not None and now - kept.mailed_at < DIGEST:
            return 0
        news = list(_untold().order_by("since"))
        told = [alert for alert in news if alert.kind not in kept.muted]
        workspace = Workspace.objects.get(id=workspace_id)
        mails = _mail(told, _recipients(kept), workspace.name)
        if mails:
            AlertSettings.objects.update(mailed_at=now)
        _mark(news)
    log.info("alerts.told", workspace=str(workspace_id), alerts=len(told), mails=mails)
    return mails


def _tell_operators(now: datetime) -> int:
    with every_workspace():
        last = moment_last(OPERATORS_MAILED)
        if last is not None and now - last < DIGEST:
            return 0
        news = list(_untold().filter(workspace_id=None).select_for_update(skip_locked=True).order_by("since"))
        mails = _mail(news, User.objects.filter(is_operator=True, is_active=True), "")
        if mails:
            moment_note(name=OPERATORS_MAILED, at=now)
        _mark(news)
    log.info("alerts.told", workspace="", alerts=len(news), mails=mails)
    return mails


def _recipients(kept: AlertSettings) -> list[User]:
    members = Member.objects.select_related("user").filter(user__is_active=True)
    if kept.recipients is not None:
        return [member.user for member in members.filter(id__in=kept.recipients)]
    return [member.user for member in members if may(member.role, Action.CONNECT_ACCOUNT)]


def _mail(alerts: Sequence[Alert], people: Iterable[User], workspace: str) -> int:
    return mail_people(people=people, compose=partial(_compose, alerts, workspace)) if alerts else 0


def _compose(alerts: Sequence[Alert], workspace: str) -> tuple[str, str]:
    opened = [_line(alert) for alert in alerts if alert.ended_at is None]
    ended = [_line(alert) for alert in alerts if alert.ended_at is not None]
    context = {
        "opened": opened,
        "ended": ended,
        "first": (opened or ended)[0],
        "more": len(alerts) - 1,
        "workspace": workspace,
        "settings_url": f"{settings.BASE_URL}{reverse('web:alert_settings')}" if workspace else "",
    }
    subject = " ".join(render_to_string("mail/alerts_subject.txt", context).split())
    return subject, render_to_string("mail/alerts.txt", context)


def _line(alert: Alert) -> Line:
    path = reverse(f"web:{KINDS[alert.kind].page}" if alert.workspace_id else "operator:overview")
    told = sentence_of(alert) if alert.told_open or alert.ended_at is None else opening_of(alert)
    ended_at = timezone.localtime(alert.ended_at) if alert.ended_at else None
    url = f"{settings.BASE_URL}{path}"
    return Line(told, advice_of(alert), timezone.localtime(alert.since), ended_at, url)


def _mark(alerts: Sequence[Alert]) -> None:
    ids = [alert.id for alert in alerts]
    Alert.objects.filter(id__in=ids).update(told_open=True)
    Alert.objects.filter(id__in=[alert.id for alert in alerts if alert.ended_at]).update(told_end=True)
