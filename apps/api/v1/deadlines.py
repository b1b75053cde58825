"""/api/v1/deadlines: what will expire soon, and what holds it up."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import NoQuery
from apps.api.v1.signals import ConversionOut
from apps.api.v1.views import V1View, read_query
from apps.conversions.deadlines import HEADROOM_HOURS, Headroom
from apps.pipeline.deadlines import Endangered, deadlines


class EndangeredOut(serializers.Serializer[Endangered]):
    """A conversion that would expire within a day."""

    signal_id = serializers.UUIDField(source="conversion.signal_id")
    conversion = ConversionOut()
    held_up_by = serializers.CharField(
        source="held_up.why", help_text="A code of /reasons, a network's own, or signed_out, retry or turn."
    )
    next_try_at = serializers.DateTimeField(source="held_up.until", allow_null=True)


class HeadroomOut(serializers.Serializer[Headroom]):
    """What waits at a network, by the time that it has left."""

    network = serializers.CharField()
    by_class = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="One more than there are bounds: the first is over, the last longer.",
    )
    without_end = serializers.IntegerField()


class DeadlinesOut(serializers.Serializer[Any]):
    """What is at risk, the earliest deadline first, and the headroom at each network."""

    within_2_hours = serializers.IntegerField()
    within_24_hours = serializers.IntegerField()
    next_end = serializers.DateTimeField(allow_null=True, help_text="When the first window of all that waits closes.")
    at_risk = EndangeredOut(many=True, help_text="At most 50.")
    bounds_hours = serializers.ListField(child=serializers.IntegerField())
    headroom = HeadroomOut(many=True)


class DeadlinesOfWorkspace(V1View):
    """The deadlines."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=["Signals"], operation_id="deadlines_read", responses=DeadlinesOut)
    def get(self, request: Request) -> Response:
        """List what would expire within a day with what holds it up, and count what waits by the time it has left."""
        read_query(request, NoQuery)
        found = deadlines(now=self.now)
        told = {
            "within_2_hours": found.risk.soon,
            "within_24_hours": found.risk.near,
            "next_end": found.risk.next_end,
            "at_risk": found.endangered,
            "bounds_hours": HEADROOM_HOURS,
            "headroom": found.headroom,
        }
        return Response(DeadlinesOut(told).data)
