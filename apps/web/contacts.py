"""Contacts: who they are, what happened to them and what became of it, and what left about them."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import InvalidInput
from apps.domain.facts import Trigger
from apps.pipeline.timeline import Entry, Timeline, timeline
from apps.privacy.erasing import person_erase
from apps.privacy.receipt import Departure, receipt
from apps.records.contacts import ContactsPage, contact_get, contacts_listed, deals_of, properties_told
from apps.records.models import Contact
from apps.records.selectors import consent_history
from apps.web import faults, wording
from apps.web.names import trigger_names
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require

MOST_FACTS = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A moment of the timeline, with the name of its form, stage or custom event."""

    entry: Entry
    name: str
    before: str


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """A page of the list; by htmx only its lines, to follow those that are there."""
    who = request.GET.get("who", "").strip()
    try:
        page, errors = contacts_listed(who=who, after=request.GET.get("after", "")), {}
    except InvalidInput as error:
        page, errors = ContactsPage((), ""), faults.by_field(error)
    heard = {(Trigger.STAGE_CHANGE.value, contact.lifecycle_stage) for contact in page.rows}
    stages = {name: label for (_, name), label in trigger_names(heard).items()}
    context = {"contacts": page.rows, "after": page.after, "who": who, "stages": stages}
    if request.htmx:
        return render(request, "web/_contact_lines.html", context)
    return render(request, "web/contacts.html", {**context, "errors": errors, "continued": "after" in request.GET})


@require_safe
def one(request: MemberRequest, contact_id: int) -> HttpResponse:
    """One contact; by htmx only further lines of the timeline. An id of before a merge leads to the contact of now."""
    contact = contact_get(contact_id=contact_id)
    if contact.pk != contact_id:
        return redirect("web:contact", contact.pk)
    told = timeline(contact=contact, after=request.GET.get("after", ""), say=wording.say)
    if request.htmx:
        return render(request, "web/_timeline.html", _timeline_context(contact, told))
    return _page(request, contact, told)


def _page(
    request: MemberRequest, contact: Contact, told: Timeline, wrong: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    departures = receipt(contact=contact)
    context = {
        **_timeline_context(contact, told),
        "properties": properties_told(contact),
        "deals": deals_of(contact_id=contact.pk),
        "facts": consent_history(contact.pk, limit=MOST_FACTS),
        "departures": departures,
        "networks_reached": sorted({each.network for each in departures}),
        "to_type": _to_type(contact),
        "wrong": wrong or {},
    }
    return render(request, "web/contact.html", context, status=status)


def _timeline_context(contact: Contact, told: Timeline) -> dict[str, object]:
    heard = [(entry.kind, entry.name) for entry in told.entries if entry.signal_id]
    stages = [(Trigger.STAGE_CHANGE.value, entry.details["from"]) for entry in told.entries if "from" in entry.details]
    names = trigger_names([*heard, *stages])
    lines = [
        Line(
            entry,
            names.get((entry.kind, entry.name), entry.name),
            names.get((Trigger.STAGE_CHANGE.value, entry.details.get("from", "")), ""),
        )
        for entry in told.entries
    ]
    return {"contact": contact, "lines": lines, "after": told.after}


@require_safe
def receipt_file(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The receipt as a file, to be handed to the person."""
    contact = contact_get(contact_id=contact_id)
    departures: list[Departure] = receipt(contact=contact)
    told = {"contact_id": str(contact.pk), "made_at": timezone.now(), "departures": departures}
    answer = HttpResponse(orjson.dumps(told, option=orjson.OPT_INDENT_2), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="receipt-{contact.pk}.json"'
    return answer


@require_POST
def erase(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Erase the person for good, once what names them was typed; then show the certificate."""
    require(request.member.role, Action.ERASE)
    contact = contact_get(contact_id=contact_id)
    if request.POST.get("typed", "").strip().lower() != _to_type(contact):
        wrong = {"typed": gettext("Type it exactly as it stands here.")}
        return _page(request, contact, timeline(contact=contact, say=wording.say), wrong, status=422)
    certificate = person_erase(
        workspace_id=request.workspace.id, contact_id=contact.pk, by=request.actor, at=timezone.now()
    )
    messages.success(request, gettext("The person was erased. This is the certificate."))
    return redirect("web:erasure", certificate.id)


def _to_type(contact: Contact) -> str:
    """What has to be typed before the person is erased: the e-mail address, or the number where there is none."""
    return contact.email or str(contact.pk)
