"""Settings > API keys: made here, shown once, revoked here."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.errors import Conflict, InvalidInput
from apps.web import faults, wording
from apps.web.request import MemberRequest
from apps.workspaces.models import ApiKey
from apps.workspaces.roles import Action, require
from apps.workspaces.services import api_key_create, api_key_revoke


@require_http_methods(["GET", "POST"])
def show(request: MemberRequest) -> HttpResponse:
    """The keys, and the form for a new one. A new key's text is in this one answer and nowhere else."""
    require(request.member.role, Action.MANAGE_KEYS)
    return _create(request) if request.method == "POST" else _page(request)


def _create(request: MemberRequest) -> HttpResponse:
    name, scopes = request.POST.get("name", ""), request.POST.getlist("scopes")
    errors: dict[str, str] = {}
    try:
        key, text = api_key_create(
            workspace_id=request.workspace.id, name=name, scopes=scopes, by=request.actor, at=timezone.now()
        )
    except InvalidInput as error:
        errors = faults.by_field(error)
    except Conflict:
        errors = {"name": gettext("There is already a key with this name; choose another one.")}
    else:
        answer = _page(request, made=key, text=text)
        add_never_cache_headers(answer)
        return answer
    return _page(request, errors=errors, name=name, scopes=scopes, status=422)


def _page(
    request: MemberRequest,
    *,
    made: ApiKey | None = None,
    text: str = "",
    errors: dict[str, str] | None = None,
    name: str = "",
    scopes: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "keys": ApiKey.objects.order_by("revoked_at", "-created_at"),
        "made": made,
        "text": text,
        "errors": errors or {},
        "name": name,
        "chosen": scopes or [],
        "scopes": wording.SCOPES,
    }
    return render(request, "web/keys.html", context, status=status)


@require_POST
def revoke(request: MemberRequest, key_id: UUID) -> HttpResponse:
    """End a key at once."""
    require(request.member.role, Action.MANAGE_KEYS)
    api_key_revoke(workspace_id=request.workspace.id, key_id=key_id, by=request.actor, at=timezone.now())
    messages.success(request, gettext("The key was revoked. Whoever still uses it is refused from now on."))
    return redirect("web:keys")
