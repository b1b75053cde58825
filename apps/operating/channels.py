"""Who is told in a workspace, and how: members by mail, and one webhook. Call inside the workspace's scope."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from apps.audit import services as audit
from apps.core import vault
from apps.core.actor import Actor
from apps.core.anywhere import AddressRefused, address_check
from apps.core.errors import Conflict, Fault, InvalidInput
from apps.domain.alerts import KINDS
from apps.operating.hooks import secret_new
from apps.operating.models import AlertSettings, HookMessage
from apps.workspaces.models import Member

_LATEST = 20


def alert_settings() -> AlertSettings:
    """The workspace's settings, as they are before anybody changes them: its admins are mailed."""
    return AlertSettings.objects.first() or AlertSettings()


def recipients_set(
    *,
    workspace_id: UUID,
    recipients: Collection[UUID] | None,
    muted: Collection[str],
    by: Actor,
    at: datetime,
) -> None:
    """Choose who is mailed (None: all admins) and of which kinds nobody is. Raises InvalidInput for what is unknown."""
    if unknown := sorted(set(muted) - KINDS.keys()):
        raise InvalidInput(Fault("muted", "choice", f"Choose from: {', '.join(KINDS)}; not {', '.join(unknown)}."))
    if recipients is not None:
        known = set(Member.objects.filter(id__in=list(recipients)).values_list("id", flat=True))
        if not recipients or set(recipients) - known:
            raise InvalidInput(Fault("recipients", "choice", "Choose one or more members of this workspace."))
    kept = _locked(workspace_id)
    kept.recipients = sorted(set(recipients), key=str) if recipients is not None else None
    kept.muted = sorted(set(muted))
    kept.save(update_fields=["recipients", "muted"])
    detail = {"recipients": len(kept.recipients) if kept.recipients is not None else "admins", "muted": kept.muted}
    _note(workspace_id, "alerts.recipients", "", by, at, detail)


def hook_set(*, workspace_id: UUID, url: str, by: Actor, at: datetime) -> str:
    """Let alerts be posted to this address; returns the secret they are signed with, which is never to be had again.

    Raises InvalidInput for an address that convsync does not call.
    """
    try:
        host = address_check(url.strip()).hostname or ""
    except AddressRefused as error:
        raise InvalidInput(Fault("hook_url", "address", str(error))) from error
    secret = secret_new()
    kept = _locked(workspace_id)
    kept.hook_url, kept.hook_sealed = url.strip(), vault.seal({"secret": secret})
    kept.hook_off, kept.hook_failing_since = False, None
    kept.save(update_fields=["hook_url", "hook_sealed", "hook_off", "hook_failing_since"])
    _note(workspace_id, "alerts.hook", host, by, at, {})
    return secret


def hook_on(*, workspace_id: UUID, by: Actor, at: datetime) -> None:
    """Switch the webhook on again after it failed for too long. Raises Conflict when it is on, or not there."""
    kept = _locked(workspace_id)
    if not kept.hook_off:
        raise Conflict("There is no webhook that is switched off.")
    kept.hook_off, kept.hook_failing_since = False, None
    kept.save(update_fields=["hook_off", "hook_failing_since"])
    _note(workspace_id, "alerts.hook_on", "", by, at, {})


def hook_remove(*, workspace_id: UUID, by: Actor, at: datetime) -> None:
    """Post no alerts any more, and forget address and secret. What still waited is dropped."""
    kept = _locked(workspace_id)
    kept.hook_url, kept.hook_sealed, kept.hook_off, kept.hook_failing_since = "", b"", False, None
    kept.save(update_fields=["hook_url", "hook_sealed", "hook_off", "hook_failing_since"])
    HookMessage.objects.exclude(due_at=None).update(due_at=None)
    _note(workspace_id, "alerts.hook_remove", "", by, at, {})


def hook_messages() -> list[HookMessage]:
    """The latest messages, each with its alert."""
    return list(HookMessage.objects.select_related("alert").order_by("-made_at", "-id")[:_LATEST])


def _locked(workspace_id: UUID) -> AlertSettings:
    AlertSettings.objects.get_or_create(workspace_id=workspace_id)
    return AlertSettings.objects.select_for_update().get()


def _note(workspace_id: UUID, action: str, subject: str, by: Actor, at: datetime, detail: Mapping[str, object]) -> None:
    audit.record(workspace_id=workspace_id, by=by, action=action, subject=subject, at=at, detail=detail)
