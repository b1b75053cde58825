"""The panel on the right: all of one event, its ledger and its latest conversions; deleting it is here (A03, A05)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.ads.models import ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.models import Conversion
from apps.conversions.rules import guards_value
from apps.conversions.selectors import EventDetail, event_detail
from apps.conversions.services import event_delete
from apps.records.models import Contact, PropertyDefinition
from apps.web import wording
from apps.web.event_edit_form import copy_of
from apps.web.event_review import versions_said
from apps.web.events import lines_of
from apps.web.layer import render_over_events
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that was configured, in words."""

    label: str
    text: str


@require_safe
def show(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """The panel over the list of events."""
    detail = event_detail(event_id=event_id, now=timezone.now())
    manifest = NETWORKS[detail.row.event.account.network].manifest
    action = _landing(detail)
    context = {
        "detail": detail,
        "query": request.GET.urlencode(),
        "line_shown": lines_of([detail.row])[0],
        "manifest": manifest,
        "shape": manifest.shapes[detail.row.event.trigger],
        "destination": _destination(detail, action),
        "value": _value(detail.settings),
        "holds_outliers": guards_value(detail.settings),
        "currency": detail.settings["currency"] or request.workspace.currency,
        "consent_label": _property_label(detail.settings["consent_property"]),
        "personalisation_label": _property_label(detail.settings.get("personalisation_property")),
        "choices": _choices(detail, action),
        "cells": [(state, detail.ledger.by_state.get(state, 0)) for state in wording.STATES],
        "versions": versions_said(detail.row.event, detail.versions),
        "copied": copy_of(detail.row.event).urlencode(),
        "recent": _with_addresses(detail.recent),
    }
    return render_over_events(request, "web/_event_panel.html", context, filters=request.GET)


def _landing(detail: EventDetail) -> ConversionAction | None:
    event = detail.row.event
    kind = NETWORKS[event.account.network].manifest.shapes[event.trigger].destination
    wanted = detail.settings["destination"]
    return ConversionAction.objects.filter(account=event.account, kind=kind, external_id=wanted).first()


def _destination(detail: EventDetail, action: ConversionAction | None) -> Setting:
    event, wanted = detail.row.event, detail.settings["destination"]
    kind = NETWORKS[event.account.network].manifest.shapes[event.trigger].destination
    text = f"{action.name} ({wanted})" if action else wanted
    return Setting(str(wording.DESTINATIONS.get(kind, kind)), text)


def _value(settings: dict[str, Any]) -> Decimal | None:
    return Decimal(settings["value"]) if settings["value"] else None


def _property_label(name: str | None) -> str:
    if not name:
        return ""
    held = PropertyDefinition.objects.filter(object_type="contacts", name=name).values_list("label", flat=True).first()
    return held or name


def _choices(detail: EventDetail, action: ConversionAction | None) -> list[Setting]:
    """What was chosen, and beside it what the network says of the same where that differs."""
    event, options = detail.row.event, detail.settings["options"]
    network = NETWORKS[event.account.network]
    chosen = []
    for choice in network.manifest.choices:
        if choice.name in options:
            there = action.facts.get(choice.mirrors, "") if action and choice.mirrors else ""
            chosen.append(Setting(wording.say(choice.label), _chosen(options[choice.name], there)))
    shape = network.manifest.shapes[event.trigger].key
    if way := network.way(shape, options.get("route", ""), event.account.route):
        chosen.append(Setting(gettext("Route in use"), wording.option_label(way)))
    if action and (there := action.facts.get("uploads_successful")):
        chosen.append(Setting(gettext("Counted at the network"), _counted(detail, action, there)))
    return chosen


def _counted(detail: EventDetail, action: ConversionAction, there: str) -> str:
    """The network's count beside ours, and why they differ (C14)."""
    here = detail.ledger.by_state
    return gettext(
        "%(there)s taken, %(pending)s still open; %(here)s left here. The network counts the last 28 days, and for all "
        "that is sent to this conversion action; what follows from no ad click it takes and does not count."
    ) % {
        "there": there,
        "pending": action.facts.get("uploads_pending") or "0",
        "here": here.get("sent", 0) + here.get("confirmed", 0),
    }


def _chosen(here: str, there: str) -> str:
    flags = {"true": gettext("Yes"), "false": gettext("No")}
    text = flags.get(here) or wording.option_label(here)
    if there and there != here:
        return gettext("%(chosen)s, but at the network: %(there)s") % {"chosen": text, "there": flags.get(there, there)}
    return text


def _with_addresses(conversions: Sequence[Conversion]) -> list[tuple[Conversion, str]]:
    contacts = Contact.objects.filter(id__in={each.contact_id for each in conversions})
    emails = dict(contacts.values_list("id", "email"))
    return [(each, emails.get(each.contact_id) or "") for each in conversions]


@require_POST
def delete(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """Delete the event here; nothing is deleted at the network, and the answer says so."""
    require(request.member.role, Action.DELETE_EVENT)
    event = event_delete(workspace_id=request.workspace.id, event_id=event_id, by=request.actor, at=timezone.now())
    manifest = NETWORKS[event.account.network].manifest
    messages.success(
        request,
        gettext("“%(name)s” was deleted here. Nothing was deleted at %(network)s.")
        % {"name": event.name, "network": manifest.label},
    )
    return HttpResponseClientRedirect("/events/") if request.htmx else redirect("web:events")
