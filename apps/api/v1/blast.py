"""/api/v1/events/{id}/blast-radius: what an edit would change, before it is saved."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.event_versions import ChangeOut
from apps.api.v1.events import TAGS, EventSettings, NoQuery, edited
from apps.api.v1.views import V1View, read_query
from apps.conversions.blast import Differs, Example, Move, Radius, Total, radius_of
from apps.conversions.editing import edit_check
from apps.conversions.rehearsing import Rehearsed
from apps.conversions.versions import event_living
from apps.domain.decision import Verdict


class MoveOut(serializers.Serializer[Move]):
    """Signals that go from one verdict to another. A reason is a code, empty where it would be sent."""

    before = serializers.CharField(help_text="send, blocked or held.")
    before_reason = serializers.CharField()
    after = serializers.CharField()
    after_reason = serializers.CharField()
    count = serializers.IntegerField()


class TotalOut(serializers.Serializer[Total]):
    """What all that would be sent is worth."""

    currency = serializers.CharField()
    before = serializers.DecimalField(max_digits=30, decimal_places=4)
    after = serializers.DecimalField(max_digits=30, decimal_places=4)


class OutcomeOut(serializers.Serializer[Rehearsed]):
    """What becomes of one signal; nothing of this is written."""

    verdict = serializers.ChoiceField(choices=[each.value for each in Verdict])
    reason = serializers.CharField()
    value = serializers.DecimalField(source="value.amount", max_digits=20, decimal_places=4, default=None)
    currency = serializers.CharField(source="value.currency", default="")


class ExampleOut(serializers.Serializer[Example]):
    """A signal that the edit changes."""

    signal_id = serializers.UUIDField(source="before.signal_id")
    occurred_at = serializers.DateTimeField(source="before.occurred_at")
    differs = serializers.ChoiceField(choices=[each.value for each in Differs])
    before = OutcomeOut()
    after = OutcomeOut()


class RadiusOut(serializers.Serializer[Radius]):
    """What an edit changes of the last 7 days. Of more than can be looked at in time, the latest count."""

    since = serializers.DateTimeField()
    changes = ChangeOut(many=True, help_text="The settings that the edit changes.")
    found = serializers.IntegerField(help_text="Signals that the event listens for, since then.")
    signals = serializers.IntegerField(help_text="How many of them were looked at: all, or the latest.")
    changed = serializers.IntegerField(help_text="How many of those the edit changes in any way.")
    sent_before = serializers.IntegerField()
    sent_after = serializers.IntegerField()
    moves = MoveOut(many=True, help_text="Verdicts that change, the most frequent first.")
    values = serializers.IntegerField(help_text="Those with the same verdict and another value.")
    bytes = serializers.IntegerField(help_text="Those with the same value and otherwise another request.")
    totals = TotalOut(many=True)
    examples = ExampleOut(many=True)


class BlastRadius(V1View):
    """What an edit would change."""

    scopes = {"POST": "events.write"}

    @extend_schema(
        tags=TAGS, operation_id="events_blast_radius", request=EventSettings(partial=True), responses=RadiusOut
    )
    def post(self, request: Request, event_id: Any) -> Response:
        """Try an edit on the last 7 days. The body is that of an edit; nothing is saved and nothing is sent."""
        read_query(request, NoQuery)
        event = event_living(event_id=event_id)
        settings = edit_check(event=event, draft=edited(request, event))
        found = radius_of(workspace_id=self.caller.workspace_id, event=event, settings=settings, now=self.now)
        return Response(RadiusOut(found).data)
