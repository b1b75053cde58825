"""Ads > Accounts: sign-ins at the networks, the ad accounts chosen from them, and where conversions can land (A15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.ads.accounts import account_refresh, destination_make
from apps.ads.choosing import disconnect
from apps.ads.connecting import Visitor
from apps.ads.found import NewDestination
from apps.ads.registry import NETWORKS
from apps.ads.selectors import ConnectionRow, account_get, cautions_of, connections_listed, destinations_listed
from apps.conversions.models import Event
from apps.domain.manifest import Manifest
from apps.web import wording
from apps.web.middleware import outside
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require


@dataclass(frozen=True, slots=True)
class Section:
    """A network with its sign-ins."""

    manifest: Manifest
    rows: Sequence[ConnectionRow]


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """Every network with its sign-ins and their accounts."""
    rows = connections_listed(now=timezone.now())
    sections = [
        Section(network.manifest, [row for row in rows if row.connection.system == key])
        for key, network in NETWORKS.items()
    ]
    return render(request, "web/accounts.html", {"sections": sections, "any": bool(rows), "events": _events()})


@require_safe
def one(request: MemberRequest, account_id: UUID) -> HttpResponse:
    """One ad account: what it is set to at the network, and where conversions can land."""
    account = account_get(account_id=account_id)
    network = NETWORKS[account.network]
    context = {
        "account": account,
        "manifest": network.manifest,
        "makes": network.makes,
        "cautions": cautions_of(account.cautions),
        "destinations": destinations_listed(account_id=account_id),
        "kinds": wording.DESTINATIONS,
        "events": _events().get(account_id, 0),
    }
    return render(request, "web/account.html", context)


@require_POST
@outside
def check(request: MemberRequest, account_id: UUID) -> HttpResponse:
    """Ask the network anew for what it says of the account."""
    require(request.member.role, Action.CONFIGURE_EVENT)
    account = account_refresh(workspace_id=request.workspace.id, account_id=account_id, at=timezone.now())
    messages.success(request, gettext("“%(name)s” was checked at the network just now.") % {"name": account.name})
    return redirect("web:account", account_id)


@require_POST
@outside
def make(request: MemberRequest, account_id: UUID) -> HttpResponse:
    """Make somewhere for conversions to land; what bears the name already is used again (C04, C08)."""
    require(request.member.role, Action.CONNECT_ACCOUNT)
    given = request.POST
    settings = {name.removeprefix("setting-"): given[name] for name in given if name.startswith("setting-")}
    made = destination_make(
        workspace_id=request.workspace.id,
        account_id=account_id,
        new=NewDestination(given.get("kind", ""), given.get("name", "").strip(), settings),
        by=request.actor,
        at=timezone.now(),
    )
    messages.success(request, gettext("“%(name)s” is ready: events can use it.") % {"name": made.name})
    return redirect("web:account", account_id)


@require_POST
@outside
def leave(request: MemberRequest, connection_id: UUID) -> HttpResponse:
    """Give a sign-in back at the network and forget it here."""
    require(request.member.role, Action.CONNECT_ACCOUNT)
    told = disconnect(visitor=visitor_of(request), connection_id=connection_id, at=timezone.now())
    said = gettext("Disconnected. What waits for its accounts is held until somebody connects again.")
    if not told:
        said += " " + gettext("The network could not be told: withdraw convsync's access there as well.")
    messages.success(request, said)
    return redirect("web:accounts")


def visitor_of(request: MemberRequest) -> Visitor:
    """Who is connecting, in which browser session."""
    if not request.session.session_key:
        request.session.save()
    return Visitor(request.workspace.id, request.user.pk, str(request.session.session_key), request.actor)


def _events() -> Mapping[UUID, int]:
    living = Event.objects.filter(deleted_at=None).order_by().values_list("account_id")
    return dict(living.annotate(count=Count("id")))
