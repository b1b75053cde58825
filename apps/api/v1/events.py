"""/api/v1/events: conversion events, configured as on the screen."""

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.errors import PreconditionFailed
from apps.api.v1.fields import Amount, Strict, Text
from apps.api.v1.views import V1View, read_body, read_query
from apps.conversions.editing import draft_then, event_edit
from apps.conversions.models import Event
from apps.conversions.rules import Draft
from apps.conversions.selectors import EventRow, event_row, events_listed
from apps.conversions.services import event_create, event_delete, event_locked, event_switch
from apps.domain.facts import Trigger, ValueFrom

TAGS = ["Events"]


class EventOut(serializers.Serializer[EventRow]):
    """A conversion event, with what became of its signals in the last 7 days."""

    id = serializers.UUIDField(source="event.id")
    name = serializers.CharField(source="event.name")
    network = serializers.CharField(source="event.account.network")
    account_id = serializers.UUIDField(source="event.account_id")
    account_name = serializers.CharField(source="event.account.name")
    trigger = serializers.ChoiceField(source="event.trigger", choices=[each.value for each in Trigger])
    trigger_name = serializers.CharField(
        source="event.trigger_name", help_text="The id of the form or custom event, or the stage's name."
    )
    on = serializers.SerializerMethodField()
    on_since = serializers.DateTimeField(source="event.on_since", allow_null=True)
    created_at = serializers.DateTimeField(source="event.created_at")
    version = serializers.IntegerField(source="event.version.number")
    settings = serializers.JSONField(source="event.version.settings")
    health = serializers.ChoiceField(choices=["off", "broken", "attention", "idle", "ok"])
    last_7_days = serializers.DictField(source="counts", child=serializers.IntegerField(), help_text="By state.")

    def get_on(self, row: EventRow) -> bool:
        """Whether what happens now counts."""
        return row.event.on_since is not None


class EventsOut(serializers.Serializer[Any]):
    """All events, newest first."""

    results = EventOut(many=True)


class EventSettings(Strict):
    """What of an event can be changed later."""

    name = Text(max_length=100)
    network_event_name = Text(max_length=100, required=False, allow_blank=True)
    destination = Text(max_length=100, help_text="The external id of the pixel, conversion action or rule.")
    value_from = serializers.ChoiceField(choices=[each.value for each in ValueFrom], default=ValueFrom.FIXED.value)
    value = Amount(max_length=40, required=False, allow_blank=True)
    currency = Text(max_length=3, required=False, allow_blank=True)
    consent_property = Text(max_length=100, required=False, allow_blank=True)
    consent_values = serializers.ListField(child=Text(max_length=100), max_length=20, required=False)
    personalisation_property = Text(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="The contact property that says whether ads may be personalised, if the network has a field for it.",
    )
    personalisation_values = serializers.ListField(child=Text(max_length=100), max_length=20, required=False)
    shared_fields = serializers.ListField(child=Text(max_length=100), max_length=50, required=False, allow_null=True)
    options = serializers.DictField(child=Text(max_length=200, allow_blank=True), required=False)
    hold_outliers = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="Whether values far above the usual wait until somebody decides. Null: where deals give the value.",
    )


class EventIn(EventSettings):
    """An event to be created. It is on from that moment."""

    account_id = Text(max_length=36)
    trigger = serializers.ChoiceField(choices=[each.value for each in Trigger])
    trigger_name = Text(max_length=100, help_text="The id of the form or custom event, or the stage's name.")


class NoQuery(Strict):
    """An address that takes no parameters."""


class Events(V1View):
    """All conversion events."""

    scopes = {"GET": "events.read", "POST": "events.write"}

    @extend_schema(tags=TAGS, operation_id="events_list", responses=EventsOut)
    def get(self, request: Request) -> Response:
        """List every event, newest first."""
        read_query(request, NoQuery)
        return Response(EventsOut({"results": events_listed(now=self.now)}).data)

    @extend_schema(tags=TAGS, operation_id="events_create", request=EventIn, responses={201: EventOut})
    def post(self, request: Request) -> Response:
        """Create an event. It is on at once; only what happens from now on counts."""
        read_query(request, NoQuery)
        draft = Draft(**frozen(read_body(request, EventIn)))
        event = event_create(workspace_id=self.caller.workspace_id, draft=draft, by=self.caller.actor, at=self.now)
        return answer(event_row(event_id=event.id, now=self.now), status=201)


class OneEvent(V1View):
    """One conversion event."""

    scopes = {"GET": "events.read", "PATCH": "events.write", "DELETE": "events.write"}

    @extend_schema(tags=TAGS, operation_id="events_read", responses=EventOut)
    def get(self, request: Request, event_id: Any) -> Response:
        """Read an event. Its ETag, sent back as If-Match, guards a later change."""
        read_query(request, NoQuery)
        return answer(event_row(event_id=event_id, now=self.now))

    @extend_schema(tags=TAGS, operation_id="events_edit", request=EventSettings, responses=EventOut)
    def patch(self, request: Request, event_id: Any) -> Response:
        """Edit an event: a new version, for what happens from now on. What is left out stays, and so do its trigger
        and ad account; what waits leaves as it was judged."""
        read_query(request, NoQuery)
        guard(request, event_id)
        event_edit(
            workspace_id=self.caller.workspace_id,
            event_id=event_id,
            draft=edited(request, event_locked(event_id)),
            by=self.caller.actor,
            at=self.now,
        )
        return answer(event_row(event_id=event_id, now=self.now))

    @extend_schema(tags=TAGS, operation_id="events_delete", responses={204: None})
    def delete(self, request: Request, event_id: Any) -> Response:
        """Delete an event here. Nothing is deleted at the network; what waits is cancelled."""
        read_query(request, NoQuery)
        guard(request, event_id)
        event_delete(workspace_id=self.caller.workspace_id, event_id=event_id, by=self.caller.actor, at=self.now)
        return Response(status=204)


class _Switch(V1View):
    scopes = {"POST": "events.write"}
    on: bool

    def switch(self, request: Request, event_id: Any) -> Response:
        """Switch the event, and answer as it now stands."""
        read_query(request, NoQuery)
        read_body(request, NoQuery)
        guard(request, event_id)
        event_switch(
            workspace_id=self.caller.workspace_id, event_id=event_id, on=self.on, by=self.caller.actor, at=self.now
        )
        return answer(event_row(event_id=event_id, now=self.now))


class SwitchOn(_Switch):
    """Switching on."""

    on = True

    @extend_schema(tags=TAGS, operation_id="events_on", request=None, responses=EventOut)
    def post(self, request: Request, event_id: Any) -> Response:
        """Switch an event on. What happened while it was off does not count."""
        return self.switch(request, event_id)


class SwitchOff(_Switch):
    """Switching off."""

    on = False

    @extend_schema(tags=TAGS, operation_id="events_off", request=None, responses=EventOut)
    def post(self, request: Request, event_id: Any) -> Response:
        """Switch an event off. What waits is cancelled at once."""
        return self.switch(request, event_id)


def frozen(told: dict[str, Any]) -> dict[str, Any]:
    """A draft's fields as the body told them, lists as a draft holds them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}


def edited(request: Request, event: Event) -> Draft:
    """The event as it stands with what the body changes; of its options those that the body names."""
    draft, told = draft_then(event=event), frozen(read_body(request, EventSettings, partial=True))
    return replace(draft, **told | {"options": {**(draft.options or {}), **told.get("options", {})}})


def answer(row: EventRow, *, status: int = 200) -> Response:
    """The event, with the ETag of its state."""
    return Response(EventOut(row).data, status=status, headers={"ETag": _etag(row.event)})


def _etag(event: Event) -> str:
    since = int(event.on_since.timestamp() * 1_000_000) if event.on_since else "off"
    return f'"{event.version.number if event.version else 0}-{since}"'


def guard(request: Request, event_id: Any) -> None:
    """Raise PreconditionFailed when If-Match names another state of the event; it is locked until the end."""
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    if wanted.strip() not in ("*", _etag(event_locked(event_id))):
        raise PreconditionFailed("The event was changed since you read it. Read it again, then repeat the change.")
