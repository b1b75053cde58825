"""/api/v1/contacts/{id}/receipt: everything that left about a person."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import NoQuery
from apps.api.v1.views import V1View, read_query
from apps.privacy.receipt import Consent, Departure, Field, receipt
from apps.records.contacts import contact_get


class FieldOut(serializers.Serializer[Field]):
    """One value that left."""

    path = serializers.CharField(help_text="Where it stood in what left.")
    field = serializers.CharField(help_text="What it is; empty where it says nothing of the person.")
    wire = serializers.CharField(help_text="The text that left.")
    hashed = serializers.BooleanField(help_text="Whether it left as a SHA-256.")
    origin = serializers.CharField(help_text="contact, click, visit, worth or event.")
    property = serializers.CharField(help_text="The contact's property it came from, where it was one.")


class ConsentThenOut(serializers.Serializer[Consent]):
    """What the person had said when it was decided."""

    property = serializers.CharField()
    value = serializers.CharField()
    since = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]


class DepartureOut(serializers.Serializer[Departure]):
    """A conversion that left."""

    signal_id = serializers.UUIDField()
    event_id = serializers.UUIDField()
    network = serializers.CharField()
    account = serializers.CharField()
    event_name = serializers.CharField()
    network_event_id = serializers.CharField()
    state = serializers.CharField()
    left_at = serializers.DateTimeField()
    consent_property = serializers.CharField(help_text="The property that the event asks; empty when it asks none.")
    consent = ConsentThenOut(allow_null=True)
    fields_sent = FieldOut(source="fields", many=True)


class ReceiptOut(serializers.Serializer[Any]):
    """Everything that left about a contact, first to last."""

    contact_id = serializers.CharField()
    made_at = serializers.DateTimeField()
    departures = DepartureOut(many=True)


class ReceiptOfContact(V1View):
    """What left about one person."""

    scopes = {"GET": "privacy.read"}

    @extend_schema(tags=["Privacy"], operation_id="contacts_receipt", responses=ReceiptOut)
    def get(self, request: Request, contact_id: int) -> Response:
        """Read what left about a person: each field, its form, where it came from, and the consent it rested on."""
        read_query(request, NoQuery)
        contact = contact_get(contact_id=contact_id)
        told = {"contact_id": str(contact.pk), "made_at": self.now, "departures": receipt(contact=contact)}
        return Response(ReceiptOut(told).data)
