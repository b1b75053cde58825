"""Alerts: what is the matter in the workspace, since when, who must act and what to do; and who is told of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.errors import Fault, InvalidInput
from apps.domain.alerts import KINDS
from apps.domain.reasons import Who
from apps.operating.alerts import alerts_ended, alerts_open
from apps.operating.channels import (
    alert_settings,
    hook_messages,
    hook_on,
    hook_remove,
    hook_set,
    recipients_set,
)
from apps.operating.models import Alert
from apps.operating.words import advice_of, opening_of
from apps.web import alert_words, faults
from apps.web.request import MemberRequest
from apps.workspaces.models import Member
from apps.workspaces.roles import Action, require

_ACTS = {"on": hook_on, "remove": hook_remove}
VERBS = ("set", *_ACTS)
EXAMPLE = "https://hooks.example.com/convsync"
OURS = tuple(kind for kind in KINDS.values() if kind.who is not Who.OPERATOR)


@dataclass(frozen=True, slots=True)
class Line:
    """An alert on a page."""

    alert: Alert
    text: str
    advice: str
    who: Who
    url: str


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """What is open, and what ended lately; the page fetches itself again every minute."""
    context = {"opened": lines_of(alerts_open()), "ended": lines_of(alerts_ended())}
    return render(request, "web/alerts.html", context)


def lines_of(alerts: Iterable[Alert]) -> list[Line]:
    """Alerts in the reader's words; a workspace's own come with the page where they are mended."""
    return [_line(alert) for alert in alerts]


def _line(alert: Alert) -> Line:
    kind = KINDS[alert.kind]
    url = reverse(f"web:{kind.page}") if alert.workspace_id else ""
    return Line(alert, opening_of(alert), advice_of(alert), kind.who, url)


@require_http_methods(["GET", "POST"])
def settings(request: MemberRequest) -> HttpResponse:
    """Who is mailed and of what, and the webhook."""
    require(request.member.role, Action.CONFIGURE_WORKSPACE)
    if request.method != "POST":
        return _settings_page(request)
    try:
        chosen = None if request.POST.get("everybody") != "chosen" else _ids(request.POST.getlist("recipients"))
        wanted = request.POST.getlist("kinds")
        recipients_set(
            workspace_id=request.workspace.id,
            recipients=chosen,
            muted=[kind.code for kind in OURS if kind.code not in wanted],
            by=request.actor,
            at=timezone.now(),
        )
    except InvalidInput as error:
        return _settings_page(request, errors=faults.by_field(error), status=422)
    messages.success(request, gettext("Saved."))
    return redirect("web:alert_settings")


@require_POST
def hook(request: MemberRequest, verb: str) -> HttpResponse:
    """Set, switch on or remove the webhook. A new secret is in this one answer and nowhere else."""
    require(request.member.role, Action.CONFIGURE_WORKSPACE)
    if verb == "set":
        url = request.POST.get("hook_url", "")
        try:
            secret = hook_set(workspace_id=request.workspace.id, url=url, by=request.actor, at=timezone.now())
        except InvalidInput as error:
            return _settings_page(request, errors=faults.by_field(error), url=url, status=422)
        answer = _settings_page(request, secret=secret)
        add_never_cache_headers(answer)
        return answer
    _ACTS[verb](workspace_id=request.workspace.id, by=request.actor, at=timezone.now())
    messages.success(request, gettext("Saved."))
    return redirect("web:alert_settings")


def _settings_page(
    request: MemberRequest,
    *,
    errors: dict[str, str] | None = None,
    url: str = "",
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    kept = alert_settings()
    context = {
        "kept": kept,
        "members": Member.objects.select_related("user").order_by("created_at", "id"),
        "kinds": [(kind, alert_words.ALERTS[kind.code], kind.code not in kept.muted) for kind in OURS],
        "sent": hook_messages() if kept.hook_url else [],
        "errors": errors or {},
        "url": url or kept.hook_url,
        "example": EXAMPLE,
        "secret": secret,
    }
    return render(request, "web/alert_settings.html", context, status=status)


def _ids(told: Iterable[str]) -> list[UUID]:
    try:
        return [UUID(each) for each in told]
    except ValueError as error:
        raise InvalidInput(Fault("recipients", "choice", "Choose one or more members of this workspace.")) from error
