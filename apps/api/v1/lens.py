"""/api/v1/signals/{signal_id}/events/{event_id}: one conversion through the lens, and its decision taken once more."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import EventIn, NoQuery, frozen
from apps.api.v1.views import V1View, read_body, read_query
from apps.conversions.rules import Draft
from apps.pipeline.again import THEN, Again, decision_again
from apps.pipeline.lens import Origin, Seen, conversion_seen
from apps.pipeline.linting import Finding, found_in_draft

_TAGS = ["Signals"]


class RequestOut(serializers.Serializer[Any]):
    """A request as it leaves or left, its secrets masked."""

    method = serializers.CharField()
    url = serializers.CharField()
    headers = serializers.DictField(child=serializers.CharField())
    body = serializers.CharField(help_text="The very text, with this one conversion in it.")


class OriginOut(serializers.Serializer[Origin]):
    """Where something that leaves came from."""

    field = serializers.CharField()
    sentence = serializers.CharField()


class DroppedOut(serializers.Serializer[Any]):
    """An identifier that does not leave, and the code of the reason."""

    field = serializers.CharField()
    reason = serializers.CharField()


class FindingOut(serializers.Serializer[Finding]):
    """Something that the network takes and then makes nothing of, without saying so."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    advice = serializers.CharField()


class SeenOut(serializers.Serializer[Seen]):
    """A conversion through the lens."""

    verdict = serializers.CharField(help_text="The conversion's state.")
    reason = serializers.CharField(help_text="A code of /reasons or the network's own, or empty.")
    request = RequestOut(allow_null=True, help_text="Null when nothing leaves.")
    dropped = DroppedOut(many=True)
    origins = OriginOut(many=True)
    findings = FindingOut(many=True)


class AgainOut(serializers.Serializer[Again]):
    """A decision, taken once more."""

    then = serializers.ChoiceField(
        choices=list(THEN), help_text="Whether it comes out the same on what was looked at then."
    )
    then_sentence = serializers.CharField()
    verdict = serializers.CharField(help_text="What it would be today: send, held or blocked; empty for a correction.")
    reason = serializers.CharField(help_text="A code of /reasons, or empty.")
    today_sentence = serializers.CharField()
    advice = serializers.CharField()


class SeenConversion(V1View):
    """The lens."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=_TAGS, operation_id="conversions_see", responses=SeenOut)
    def get(self, request: Request, signal_id: Any, event_id: Any) -> Response:
        """See the very request of a conversion, and where each of its fields came from."""
        read_query(request, NoQuery)
        return Response(SeenOut(conversion_seen(signal_id=signal_id, event_id=event_id)).data)


class FindingsOut(serializers.Serializer[Any]):
    """Everything that was found."""

    results = FindingOut(many=True)


class DraftLint(V1View):
    """The linter."""

    scopes = {"POST": "events.write"}

    @extend_schema(tags=["Events"], operation_id="events_lint", request=EventIn, responses=FindingsOut)
    def post(self, request: Request) -> Response:
        """Tell what the network would take and then drop of every conversion of such an event. Nothing is created."""
        read_query(request, NoQuery)
        draft = Draft(**frozen(read_body(request, EventIn)))
        return Response(FindingsOut({"results": found_in_draft(draft=draft)}).data)


class DecidedAgain(V1View):
    """Running it again."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=_TAGS, operation_id="conversions_decide_again", responses=AgainOut)
    def get(self, request: Request, signal_id: Any, event_id: Any) -> Response:
        """Take the decision once more: on what it looked at then, and on today's settings and facts."""
        read_query(request, NoQuery)
        found = decision_again(workspace_id=self.caller.workspace_id, signal_id=signal_id, event_id=event_id)
        return Response(AgainOut(found).data)
