"""Connecting a network: what is needed, off to its consent page or a token pasted, back, and choosing accounts.

The consent page is reached by a link and not by a form's redirect: the content security policy keeps forms here.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.ads import choosing, connecting
from apps.ads.asking import NotThere, app_of
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.selectors import external_ids_of, receives_leads
from apps.connections.models import Connection
from apps.connections.services import connection_get
from apps.core.errors import InvalidInput, NotFound
from apps.core.tenancy import workspace_scope
from apps.pipeline import flow
from apps.web import faults
from apps.web.accounts import visitor_of
from apps.web.help import help_of
from apps.web.middleware import outside
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require


@require_safe
def show(request: MemberRequest, system: str) -> HttpResponse:
    """What connecting takes, and the ways to do it. `again` names a sign-in that is to be made anew."""
    require(request.member.role, Action.CONNECT_ACCOUNT)
    return _page(request, system, request.GET)


@require_POST
def leave(request: MemberRequest, system: str) -> HttpResponse:
    """The last page before the network's consent page: its link."""
    require(request.member.role, Action.CONNECT_ACCOUNT)
    again = _again(request.POST)
    address = connecting.leave(
        visitor=visitor_of(request),
        system=system,
        environment=_environment(request.POST, again),
        connection_id=again.id if again else None,
        purposes=(*connecting.ALWAYS, *([connecting.LEADS] if request.POST.get("leads") else [])),
        at=timezone.now(),
    )
    context = {"address": address, "manifest": NETWORKS[system].manifest}
    response = render(request, "web/connect_leave.html", context)
    response["Refresh"] = f"0; url={address}"
    return response


@require_GET
@outside
def back(request: MemberRequest, system: str) -> HttpResponse:
    """Where the network sends people back to: with a code, or with their no."""
    require(request.member.role, Action.CONNECT_ACCOUNT)
    visitor, state, code = visitor_of(request), request.GET.get("state", ""), request.GET.get("code", "")
    if not code:
        with workspace_scope(request.workspace.id):
            connecting.give_up(visitor=visitor, system=system, state=state, at=timezone.now())
        messages.info(request, gettext("Nothing was connected: the network says that you did not agree."))
        return redirect("web:connect", system)
    attempt_id = connecting.come_back(visitor=visitor, system=system, state=state, code=code, at=timezone.now())
    return redirect("web:connect_choose", attempt_id)


@require_POST
@outside
def paste(request: MemberRequest, system: str) -> HttpResponse:
    """Take a token that was made at the network."""
    require(request.member.role, Action.CONNECT_ACCOUNT)
    with workspace_scope(request.workspace.id):
        again = _again(request.POST)
    try:
        attempt_id = connecting.paste(
            visitor=visitor_of(request),
            system=system,
            environment=_environment(request.POST, again),
            given=request.POST.dict(),
            connection_id=again.id if again else None,
            at=timezone.now(),
        )
    except InvalidInput as error:
        return _outside_page(request, system, faults.by_field(error))
    except NotThere as error:
        return _outside_page(request, system, {"access_token": faults.refusal(error)})
    return redirect("web:connect_choose", attempt_id)


@require_http_methods(["GET", "POST"])
@outside
def choose(request: MemberRequest, attempt_id: UUID) -> HttpResponse:
    """The accounts that the sign-in reaches; those that are chosen are kept, the rest is forgotten (A15)."""
    require(request.member.role, Action.CONNECT_ACCOUNT)
    visitor = visitor_of(request)
    offered = choosing.offer(visitor=visitor, attempt_id=attempt_id, at=timezone.now())
    if request.method != "POST":
        return _picker(request, offered)
    try:
        kept = choosing.choose(
            visitor=visitor, offered=offered, external_ids=request.POST.getlist("accounts"), at=timezone.now()
        )
    except InvalidInput as error:
        return _picker(request, offered, faults.by_field(error), status=422)
    flow.resume(workspace_id=request.workspace.id, account_ids=[account.id for account in kept], at=timezone.now())
    said = ngettext("%(count)d ad account is connected.", "%(count)d ad accounts are connected.", len(kept))
    messages.success(request, said % {"count": len(kept)})
    return redirect("web:accounts")


def _picker(
    request: MemberRequest, offered: choosing.Offer, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    again = offered.attempt.connection_id
    with workspace_scope(request.workspace.id):
        held = external_ids_of(connection_id=again) if again else frozenset[str]()
    context = {
        "offered": offered,
        "manifest": offered.network.manifest,
        "picked": held or ({offered.accounts[0].external_id} if len(offered.accounts) == 1 else set()),
        "errors": errors or {},
    }
    return render(request, "web/connect_choose.html", context, status=status)


def _outside_page(request: MemberRequest, system: str, errors: dict[str, str]) -> HttpResponse:
    with workspace_scope(request.workspace.id):
        return _page(request, system, request.POST, errors, status=422)


def _page(
    request: MemberRequest, system: str, given: QueryDict, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    network = _network(system)
    again = _again(given)
    places = [again.environment] if again else connecting.environments()
    context = {
        "manifest": network.manifest,
        "sign_in": network.sign_in,
        "places": places,
        "place": given.get("environment", places[-1]),
        "registered": {str(each) for each in places if app_of(network, each)},
        "redirect_uri": connecting.redirect_uri(system),
        "again": again,
        "help": help_of(system),
        "with_leads": again is not None and receives_leads(connection_id=again.id),
        "errors": errors or {},
    }
    return render(request, "web/connect.html", context, status=status)


def _again(given: QueryDict) -> Connection | None:
    wanted = given.get("again", "")
    if not wanted:
        return None
    try:
        return connection_get(connection_id=UUID(wanted))
    except ValueError as error:
        raise NotFound("There is no such connection in this workspace.") from error


def _environment(given: QueryDict, again: Connection | None) -> str:
    return again.environment if again else given.get("environment", "")


def _network(system: str) -> Network:
    if system not in NETWORKS:
        raise NotFound("There is no such network.")
    return NETWORKS[system]
