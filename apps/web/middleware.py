"""Who is asking, and in which workspace: each screen runs inside its member's workspace, in one transaction."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from apps.ads.asking import NotThere
from apps.core.actor import Actor
from apps.core.errors import Conflict, ConvsyncError, InvalidInput, NotAllowed, NotFound
from apps.core.tenancy import workspace_scope
from apps.web import faults
from apps.web.request import MemberRequest
from apps.workspaces.models import Member, Workspace
from apps.workspaces.services import memberships, user_language_note

CHOSEN = "workspace"  # the session's key
View = Callable[..., HttpResponseBase]
_OUTSIDE = "runs_outside"
_STATUS: dict[type[ConvsyncError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    InvalidInput: 400,
    Conflict: 409,
    NotThere: 502,
}
_SAID = {404: _("There is nothing here"), 403: _("Your role does not allow this")}


def outside(view: View) -> View:
    """Mark a view that asks a network: it runs outside of the workspace's transaction, and opens it where it must."""
    setattr(view, _OUTSIDE, True)
    return view


class MemberMiddleware:
    """Runs the views of apps.web for members only; every other address passes untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, anyone: HttpRequest, view: View, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Answer a screen's request; None for the addresses that are none of ours."""
        match = anyone.resolver_match
        if match is None or match.app_name != "web":
            return None
        request = cast("MemberRequest", anyone)
        if not anyone.user.is_authenticated:
            return _to_sign_in(request)
        request.places = memberships(request.user)
        if not request.places:
            return render(request, "web/no_workspace.html", status=403)
        user_language_note(user=request.user, language=get_language() or "")
        request.member, request.workspace = _chosen(request)
        request.actor = Actor(kind="user", id=str(request.user.pk), label=request.user.email)
        response = _inside(request, view, args, kwargs)
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        patch_cache_control(response, private=True, no_cache=True)
        return response


def _to_sign_in(request: MemberRequest) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(resolve_url("account_login"))
    return redirect_to_login(request.get_full_path())


def _chosen(request: MemberRequest) -> tuple[Member, Workspace]:
    wanted = request.session.get(CHOSEN)
    chosen = (place for place in request.places if str(place[1].id) == wanted)
    return next(chosen, request.places[0])


def workspace_choose(request: MemberRequest, workspace_id: UUID) -> None:
    """Remember which workspace the member wants to see. Raises NotFound when it is not one of the member's."""
    if workspace_id not in {workspace.id for _, workspace in request.places}:
        raise NotFound("There is no such workspace.")
    request.session[CHOSEN] = str(workspace_id)


def _inside(request: MemberRequest, view: View, args: Sequence[Any], kwargs: dict[str, Any]) -> HttpResponseBase:
    """The view's answer, kept in the database only when it is one; core errors become pages."""
    try:
        scope = nullcontext() if getattr(view, _OUTSIDE, False) else workspace_scope(request.workspace.id)
        with timezone.override(ZoneInfo(request.workspace.time_zone)), scope:
            response = view(request, *args, **kwargs)
            if response.status_code >= 500 and transaction.get_connection().in_atomic_block:
                transaction.set_rollback(True)
            return response
    except (NotFound, NotAllowed, InvalidInput, Conflict, NotThere) as error:
        return _refusal(request, error)


def _refusal(request: MemberRequest, error: ConvsyncError) -> HttpResponse:
    status = _STATUS[type(error)]
    said = faults.refusal(error) if isinstance(error, NotThere) else str(error)
    context = {"status": status, "message": _SAID.get(status, said), "tone": "bad"}
    if not request.htmx:
        return render(request, "web/refused.html", context, status=status)
    response = render(request, "web/_toast.html", context, status=status)
    response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
    return response
