"""Webhooks of alerts: one signed message for each change of state, kept until it was taken (Standard Webhooks).

The message is a row, written with the change it tells of, so that no crash swallows it; its id stays the same however
often it leaves, so that the receiver can tell a repeat.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog
from django.utils import translation

from apps.core import anywhere, vault
from apps.core.tenancy import every_workspace, workspace_scope
from apps.domain.alerts import KINDS, hook_is_off, hook_next
from apps.operating.models import Alert, AlertSettings, HookMessage
from apps.operating.words import advice_of, sentence_of

log = structlog.get_logger()
SECRET_START = "whsec_"  # noqa: S105 - how such secrets begin
LEASE = timedelta(minutes=2)
AT_ONCE, LONGEST = 50, 20.0  # messages; seconds
OPENED, ENDED = "opened", "ended"


def secret_new() -> str:
    """A new secret, as receivers' libraries take it."""
    return SECRET_START + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(*, secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The message's signature, over its id, the second it leaves at, and its bytes."""
    key = base64.b64decode(secret.removeprefix(SECRET_START))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def messages_write(*, opened: Sequence[Alert], ended: Sequence[Alert], now: datetime) -> None:
    """A message for each of these changes, where the workspace has a webhook. In every_workspace."""
    changes = [(alert, OPENED) for alert in opened] + [(alert, ENDED) for alert in ended]
    workspaces = {alert.workspace_id for alert, _ in changes if alert.workspace_id}
    if not workspaces:
        return
    listening = AlertSettings.objects.filter(workspace_id__in=workspaces, hook_off=False).exclude(hook_url="")
    muted = dict(listening.values_list("workspace_id", "muted"))
    HookMessage.objects.bulk_create(
        [
            HookMessage(workspace_id=alert.workspace_id, alert=alert, told=told, made_at=now, due_at=now)
            for alert, told in changes
            if alert.workspace_id in muted and alert.kind not in muted[alert.workspace_id]
        ]
    )


def messages_send(*, now: datetime) -> int:
    """Let leave what is due; returns how many were taken.

    What is left after LONGEST leaves the next time: webhooks that do not answer take a worker no longer than that.
    """
    started, taken = time.monotonic(), 0
    with every_workspace():
        due = HookMessage.objects.filter(due_at__lte=now).order_by()
        workspaces = list(due.values_list("workspace_id", flat=True).distinct())
    for workspace_id in workspaces:
        if time.monotonic() - started > LONGEST:
            break
        taken += _send_for(workspace_id, now)
    return taken


def _send_for(workspace_id: UUID, now: datetime) -> int:
    """A workspace's due messages, the earliest first, up to the first that is not taken."""
    taken = 0
    with workspace_scope(workspace_id):
        settings = AlertSettings.objects.filter(hook_off=False).exclude(hook_url="").first()
        due = HookMessage.objects.filter(due_at__lte=now).order_by("made_at", "id").select_related("alert")
        if settings is None:
            due.update(due_at=None)
            return 0
        messages = list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
        HookMessage.objects.filter(id__in=[each.id for each in messages]).update(due_at=now + LEASE)
    for message in messages:
        status = _post(settings, message, now)
        with workspace_scope(workspace_id):
            if not _settle(settings, message, status, now):
                rest = [each.id for each in messages[taken + 1 :]]
                HookMessage.objects.filter(id__in=rest).update(due_at=message.due_at)
                return taken
        taken += 1
    return taken


def _post(settings: AlertSettings, message: HookMessage, now: datetime) -> int:
    body, secret = _body(message), vault.open_sealed(settings.hook_sealed)["secret"]
    at = int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "user-agent": "convsync",
        "webhook-id": str(message.id),
        "webhook-timestamp": str(at),
        "webhook-signature": signature(secret=secret, message_id=str(message.id), timestamp=at, body=body),
    }
    try:
        return anywhere.post(url=settings.hook_url, headers=headers, body=body).status
    except anywhere.AddressRefused:
        return 0


def _body(message: HookMessage) -> bytes:
    alert = message.alert
    if message.told == OPENED:
        alert.ended_at = None  # what it told of, also when it leaves later
    with translation.override("en"):
        data = {
            "id": str(alert.id),
            "kind": alert.kind,
            "subject": alert.subject,
            "sentence": sentence_of(alert),
            "advice": advice_of(alert),
            "who": str(KINDS[alert.kind].who),
            "since": alert.since.isoformat(),
            "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
        }
    return orjson.dumps({"type": f"alert.{message.told}", "timestamp": message.made_at.isoformat(), "data": data})


def _settle(settings: AlertSettings, message: HookMessage, status: int, now: datetime) -> bool:
    """Keep what came of it; True when it was taken."""
    message.tries, message.status = message.tries + 1, status
    if 200 <= status < 300:
        message.due_at, message.done_at = None, now
        message.save()
        AlertSettings.objects.exclude(hook_failing_since=None).update(hook_failing_since=None)
        return True
    message.due_at = hook_next(tries=message.tries, now=now)
    message.save()
    since = settings.hook_failing_since or now
    off = hook_is_off(failing_since=since, now=now)
    AlertSettings.objects.update(hook_failing_since=since, hook_off=off)
    if off:
        HookMessage.objects.exclude(due_at=None).update(due_at=None)
    log.warning("hook.refused", workspace=str(settings.workspace_id), status=status, tries=message.tries, off=off)
    return False
