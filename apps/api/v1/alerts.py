"""/api/v1/alerts: what is the matter in the workspace, and what was."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.fields import Strict, Text
from apps.api.v1.views import V1View, read_query
from apps.domain.alerts import KINDS
from apps.domain.reasons import Who
from apps.operating.listing import LARGEST_PAGE, OPEN, PAST, AlertRow, alerts_listed

_KINDS = [kind.code for kind in KINDS.values() if kind.who is not Who.OPERATOR]


class AlertOut(serializers.Serializer[AlertRow]):
    """Something that is, or was, the matter."""

    id = serializers.UUIDField(help_text="The same as in the webhook's messages.")
    kind = serializers.ChoiceField(choices=_KINDS)
    subject = serializers.CharField(help_text="The id of what it is about: an account, an event, a network.")
    sentence = serializers.CharField(help_text="What is, or was, the matter.")
    advice = serializers.CharField(help_text="What to do; empty once it is over.")
    who = serializers.CharField(help_text="Who can change it: nobody, marketer, admin or operator.")
    since = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Null while it lasts.")


class AlertsOut(serializers.Serializer[Any]):
    """A page of alerts, the latest first."""

    results = AlertOut(many=True)
    next = serializers.CharField(help_text="Send it as `after` for the next page; empty at the end.")


class AlertsQuery(Strict):
    """Which alerts to list; all of them when nothing is asked."""

    state = serializers.ChoiceField(choices=[OPEN, PAST], required=False, help_text="Whether it lasts or is over.")
    limit = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=50)
    after = Text(max_length=200, required=False, help_text="`next` of the page before.")


class Alerts(V1View):
    """The workspace's alerts."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=["Signals"], operation_id="alerts_list", parameters=[AlertsQuery], responses=AlertsOut)
    def get(self, request: Request) -> Response:
        """List alerts, the latest first: those that last, and for 90 days those that are over."""
        asked = read_query(request, AlertsQuery)
        page = alerts_listed(state=asked.get("state", ""), after=asked.get("after", ""), limit=asked["limit"])
        return Response(AlertsOut({"results": page.rows, "next": page.after}).data)
