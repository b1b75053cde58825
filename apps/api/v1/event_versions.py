"""/api/v1/events/{id}/versions: what was configured when and by whom, and the way back to it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import TAGS, EventOut, NoQuery, answer, guard
from apps.api.v1.fields import Strict
from apps.api.v1.views import V1View, read_body, read_query
from apps.conversions.editing import event_roll_back
from apps.conversions.selectors import event_row
from apps.conversions.versions import Change, VersionRow, event_versions


class ChangeOut(serializers.Serializer[Change]):
    """A setting that differs from the version before."""

    field = serializers.CharField(help_text="As in the settings; one of the network's own choices by its name.")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class VersionOut(serializers.Serializer[VersionRow]):
    """A version of an event."""

    number = serializers.IntegerField(source="version.number")
    present = serializers.BooleanField(help_text="Whether it is in force now.")
    created_at = serializers.DateTimeField(source="version.created_at", help_text="In force from then on.")
    created_by = serializers.CharField(source="version.created_by")
    settings = serializers.JSONField()
    changes = ChangeOut(many=True)


class VersionsOut(serializers.Serializer[Any]):
    """All versions, the newest first."""

    results = VersionOut(many=True)


class RollBackIn(Strict):
    """The version to go back to."""

    version = serializers.IntegerField(min_value=1)


class Versions(V1View):
    """The versions of an event."""

    scopes = {"GET": "events.read"}

    @extend_schema(tags=TAGS, operation_id="events_versions", responses=VersionsOut)
    def get(self, request: Request, event_id: Any) -> Response:
        """List an event's versions, newest first, each with what it changed."""
        read_query(request, NoQuery)
        return Response(VersionsOut({"results": event_versions(event_id=event_id)}).data)


class RollBack(V1View):
    """Going back."""

    scopes = {"POST": "events.write"}

    @extend_schema(tags=TAGS, operation_id="events_roll_back", request=RollBackIn, responses=EventOut)
    def post(self, request: Request, event_id: Any) -> Response:
        """Go back to an older version's settings, as a new version. They are checked anew."""
        read_query(request, NoQuery)
        wanted = read_body(request, RollBackIn)
        guard(request, event_id)
        event_roll_back(
            workspace_id=self.caller.workspace_id,
            event_id=event_id,
            number=wanted["version"],
            by=self.caller.actor,
            at=self.now,
        )
        return answer(event_row(event_id=event_id, now=self.now))
