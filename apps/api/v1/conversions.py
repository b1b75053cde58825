"""/api/v1/conversions: acts on conversions: correcting what was sent, deciding about what is held."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import NoQuery
from apps.api.v1.fields import Amount, Strict, Text
from apps.api.v1.signals import ConversionOut
from apps.api.v1.views import V1View, read_body, read_query
from apps.conversions.rules import value_told
from apps.pipeline.corrections import CORRECTIONS, conversion_correct
from apps.pipeline.outliers import conversion_reject, conversion_release

_TAGS = ["Signals"]


class CorrectionIn(Strict):
    """A conversion, by its signal and its event, and what is to become of it at the network."""

    signal_id = serializers.UUIDField()
    event_id = serializers.UUIDField()
    adjustment = serializers.ChoiceField(choices=[each.value for each in CORRECTIONS])
    value = Amount(max_length=40, required=False, allow_blank=True, help_text="The new value of a restatement.")
    currency = Text(max_length=3, required=False, allow_blank=True, help_text="Empty: the conversion's own.")


class CorrectionOut(serializers.Serializer[Any]):
    """The correction, to be followed as a signal."""

    signal_id = serializers.UUIDField()


class Correct(V1View):
    """Correcting."""

    scopes = {"POST": "events.write"}

    @extend_schema(tags=_TAGS, operation_id="conversions_correct", request=CorrectionIn, responses={201: CorrectionOut})
    def post(self, request: Request) -> Response:
        """Give a conversion that was sent another value at the network, or withdraw it there."""
        read_query(request, NoQuery)
        wanted = read_body(request, CorrectionIn)
        wanted["value"], wanted["currency"] = value_told(wanted.get("value", ""), wanted.get("currency", ""))
        signal_id = conversion_correct(
            workspace_id=self.caller.workspace_id, **wanted, by=self.caller.actor, at=self.now
        )
        return Response(CorrectionOut({"signal_id": signal_id}).data, status=201)


class HeldIn(Strict):
    """A conversion that waits for a decision, by its signal and its event."""

    signal_id = serializers.UUIDField()
    event_id = serializers.UUIDField()


class Release(V1View):
    """Sending what was held."""

    scopes = {"POST": "events.write"}

    @extend_schema(tags=_TAGS, operation_id="conversions_release", request=HeldIn, responses=ConversionOut)
    def post(self, request: Request) -> Response:
        """Send a conversion that is held because of its value (reason `outlier`), as it is."""
        read_query(request, NoQuery)
        wanted = read_body(request, HeldIn)
        row = conversion_release(workspace_id=self.caller.workspace_id, **wanted, by=self.caller.actor, at=self.now)
        return Response(ConversionOut(row).data)


class Reject(V1View):
    """Not sending what was held."""

    scopes = {"POST": "events.write"}

    @extend_schema(tags=_TAGS, operation_id="conversions_reject", request=HeldIn, responses=ConversionOut)
    def post(self, request: Request) -> Response:
        """Do not send a conversion that is held because of its value (reason `outlier`)."""
        read_query(request, NoQuery)
        wanted = read_body(request, HeldIn)
        row = conversion_reject(workspace_id=self.caller.workspace_id, **wanted, by=self.caller.actor, at=self.now)
        return Response(ConversionOut(row).data)
