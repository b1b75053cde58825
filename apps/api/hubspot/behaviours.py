"""/events/v3: HubSpot's custom events, their definitions and their completions (developers.hubspot.com, custom events).

Of a completion's properties these count: value (or amount), currency, and those of the visit (see _VISIT); the others
are taken and passed over. An event is named `pe{portal id}_{name}`, by its name alone, or by its id.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.hubspot.records import paging, row_error
from apps.api.hubspot.views import HubSpotView, moment
from apps.api.parsing import NumberText
from apps.api.reading import (
    a_list,
    a_moment,
    a_page,
    a_text,
    a_whole,
    an_address,
    an_id,
    an_object,
    single,
    some_properties,
    wrong,
)
from apps.api.views import MIB
from apps.conversions.rules import value_told
from apps.core.errors import InvalidInput, NotFound
from apps.pipeline.intake import MOST_COMPLETIONS, Completed, Counted, completions_receive
from apps.records.services import Refused
from apps.tracking.behaviours import (
    LONGEST_NAME,
    behaviour_archive,
    behaviour_create,
    behaviours_listed,
    behaviours_named,
)
from apps.tracking.models import Behaviour

LARGEST_PAGE = 100
_BODY = ("eventName", "email", "objectId", "utk", "occurredAt", "uuid", "properties")
# HubSpot's own names of the visit's facts, and ours beside them.
_VISIT: Mapping[str, tuple[str, ...]] = {
    "page_url": ("hs_url", "page_url"),
    "referrer_url": ("hs_referrer", "referrer_url"),
    "ip_address": ("ip_address",),
    "user_agent": ("hs_user_agent", "user_agent"),
    "order_id": ("order_id",),
    "event_id": ("event_id",),
}
_READ = {"page_url": a_page, "referrer_url": a_page, "ip_address": an_address}
_COOKIES = ("fbc", "fbp", "li_fat_id")
# Parts of a definition that are taken and passed over.
_PASSED_OVER = ("description", "primaryObject", "propertyDefinitions", "includeDefaultProperties", "customMatchingId")


class Send(HubSpotView):
    """One completion."""

    scopes = {"POST": "records.write"}

    def post(self, request: Request) -> Response:
        """Keep it. Raises InvalidInput, or NotFound for an event or a contact that is not there."""
        single(request.query_params, ())
        completed = read_completion(request.data, "", portal_id=self.caller.portal_id, now=self.now)
        (outcome,) = completions_receive(workspace_id=self.caller.workspace_id, completed=[completed], at=self.now)
        if isinstance(outcome, Refused):
            raise NotFound(outcome.faults[0].message) if outcome.missing else InvalidInput(*outcome.faults)
        return Response(status=204)


class SendBatch(HubSpotView):
    """Up to 500 completions; a refused one never takes its neighbours along."""

    scopes = {"POST": "records.write"}
    body_limit = 10 * MIB

    def post(self, request: Request) -> Response:
        """204, or 207 with the rows that were refused."""
        single(request.query_params, ())
        inputs = a_list(
            an_object(request.data, "", ("inputs",)).get("inputs"), "inputs", least=1, most=MOST_COMPLETIONS
        )
        read: dict[int, Completed] = {}
        outcomes: dict[int, Counted | Refused] = {}
        for index, value in enumerate(inputs):
            try:
                at = f"inputs.{index}"
                read[index] = read_completion(value, at, portal_id=self.caller.portal_id, now=self.now)
            except InvalidInput as error:
                outcomes[index] = Refused(error.faults)
        kept = completions_receive(workspace_id=self.caller.workspace_id, completed=[*read.values()], at=self.now)
        outcomes |= zip(read, kept, strict=True)
        errors = [row_error(no, index=at) for at, no in sorted(outcomes.items()) if isinstance(no, Refused)]
        return self.batch([], errors) if errors else Response(status=204)


def read_completion(value: Any, at: str, *, portal_id: int, now: datetime) -> Completed:
    """A completion as the way in takes it. Raises InvalidInput naming what cannot be used."""
    under = f"{at}." if at else ""
    body = an_object(value, at, _BODY)
    email = a_text(body.get("email"), f"{under}email", longest=254)
    contact_id = "" if body.get("objectId") in (None, "") else an_id(body["objectId"], f"{under}objectId")
    if body.get("utk") and not (email or contact_id):
        raise wrong(f"{under}utk", "NOT_KNOWN", "Visitors are not known by their token here: send email or objectId.")
    name = a_text(body.get("eventName"), f"{under}eventName", longest=LONGEST_NAME + 30, required=True)
    told = _told(body.get("properties"), f"{under}properties")
    amount, currency = value_told(told.get("value") or told.get("amount", ""), told.get("currency", ""))
    return Completed(
        behaviour=name.removeprefix(f"pe{portal_id}_"),
        completed_at=now if body.get("occurredAt") is None else a_moment(body["occurredAt"], f"{under}occurredAt"),
        contact_id=contact_id,
        email=email,
        told_id=a_text(body.get("uuid"), f"{under}uuid", longest=100).strip(),
        value=amount,
        currency=currency,
        action_source=told.get("action_source", "")[:40],
        cookies={cookie: told[cookie][:500] for cookie in _COOKIES if told.get(cookie)},
        **_visit(told, under),
    )


def _told(value: Any, at: str) -> dict[str, str]:
    given = {} if value is None else some_properties(value, at)
    return {
        name: a_text(str(each) if isinstance(each, int | NumberText) else each, f"{at}.{name}", longest=65_536)
        for name, each in given.items()
    }


def _visit(told: Mapping[str, str], under: str) -> dict[str, str]:
    found = {}
    for field, names in _VISIT.items():
        name = next((name for name in names if told.get(name)), names[-1])
        text, at = told.get(name, ""), f"{under}properties.{name}"
        found[field] = _READ[field](text, at) if field in _READ else a_text(text, at, longest=1_000)
    return found


class Definitions(HubSpotView):
    """All custom events."""

    scopes = {"GET": "records.read", "POST": "records.write"}

    def get(self, request: Request) -> Response:
        """A page of definitions, oldest first."""
        query = single(request.query_params, ("searchString", "after", "limit", "includeProperties", "sortOrder"))
        limit = a_whole(query.get("limit"), "limit", least=1, most=LARGEST_PAGE, default=20)
        rows = behaviours_listed(wanted=query.get("searchString", "")).order_by("id")
        total = rows.count()
        if query.get("after"):
            rows = rows.filter(id__gt=_named(query["after"], self.caller.portal_id).id)
        found = list(rows[: limit + 1])
        more = str(found[limit - 1].id) if len(found) > limit else ""
        bodies = [_definition(row, self.caller.portal_id) for row in found[:limit]]
        return Response({"total": total, "results": bodies} | paging(more))

    def post(self, request: Request) -> Response:
        """A new definition: its label, and its name unless that is to be made of the label."""
        single(request.query_params, ())
        body = an_object(request.data, "", ("label", "name", *_PASSED_OVER))
        if body.get("primaryObject") not in (None, "", "CONTACT", "0-1"):
            raise wrong("primaryObject", "INVALID_OBJECT_TYPE", "Only contacts complete custom events: CONTACT.")
        behaviour = behaviour_create(
            workspace_id=self.caller.workspace_id,
            name=a_text(body.get("label"), "label", longest=LONGEST_NAME, required=True),
            key=a_text(body.get("name"), "name", longest=LONGEST_NAME),
            by=self.caller.actor,
            at=self.now,
        )
        return Response(_definition(behaviour, self.caller.portal_id), status=201)


class OneDefinition(HubSpotView):
    """One custom event."""

    scopes = {"GET": "records.read", "DELETE": "records.write"}

    def get(self, request: Request, name: str) -> Response:
        """The definition."""
        single(request.query_params, ())
        return Response(_definition(_named(name, self.caller.portal_id), self.caller.portal_id))

    def delete(self, request: Request, name: str) -> Response:
        """Take it out of use; what was counted stays."""
        single(request.query_params, ())
        behaviour = _named(name, self.caller.portal_id)
        behaviour_archive(
            workspace_id=self.caller.workspace_id, behaviour_id=behaviour.id, by=self.caller.actor, at=self.now
        )
        return Response(status=204)


def _named(text: str, portal_id: int) -> Behaviour:
    wanted = text.removeprefix(f"pe{portal_id}_")
    found = behaviours_named({wanted})
    if wanted not in found:
        raise NotFound("There is no such custom event in this workspace.")
    return found[wanted]


def _definition(behaviour: Behaviour, portal_id: int) -> dict[str, Any]:
    return {
        "id": str(behaviour.id),
        "objectTypeId": str(behaviour.id),
        "name": behaviour.key,
        "fullyQualifiedName": f"pe{portal_id}_{behaviour.key}",
        "labels": {"singular": behaviour.name, "plural": behaviour.name},
        "description": "",
        "primaryObject": "CONTACT",
        "primaryObjectId": "0-1",
        "trackingType": "MANUAL",
        "createdAt": moment(behaviour.created_at),
        "archived": behaviour.archived_at is not None,
        "properties": [],
        "associations": [],
    }
