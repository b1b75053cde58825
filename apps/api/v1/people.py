"""/api/v1/contacts/{id}/timeline and /api/v1/erasures: what a person did, and forgetting them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import NoQuery
from apps.api.v1.fields import Strict, Text
from apps.api.v1.views import V1View, read_body, read_query
from apps.core.errors import Fault, InvalidInput, NotFound
from apps.domain.states import State
from apps.pipeline.explain import LARGEST_PAGE
from apps.pipeline.timeline import Entry, Told, timeline
from apps.privacy.certificates import certificate_get, certificate_told, certificates_listed
from apps.privacy.erasing import person_erase
from apps.records.contacts import contact_get
from apps.records.selectors import records_named

_CONTACTS, _PRIVACY = ["Contacts"], ["Privacy"]


class ToldOut(serializers.Serializer[Told]):
    """What became of a signal for one event."""

    event_id = serializers.UUIDField(source="conversion.event_id")
    event_name = serializers.CharField()
    network = serializers.CharField(source="conversion.network")
    state = serializers.ChoiceField(source="conversion.state", choices=[state.value for state in State])
    in_doubt_since = serializers.DateTimeField(
        source="conversion.doubtful_since",
        allow_null=True,
        help_text="Since when it may have been taken without our knowing: it left, and no answer came.",
    )
    reason = serializers.CharField(source="conversion.reason")
    sentence = serializers.CharField()
    judged_before = serializers.ListField(
        source="before",
        child=serializers.CharField(),
        help_text="What of the person changed after it was judged: merged, email. It keeps what it was judged with.",
    )


class EntryOut(serializers.Serializer[Entry]):
    """One thing that happened."""

    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="A signal's kind, or created, click, merged, email, consent, erased.")
    name = serializers.CharField(
        help_text="The form's or custom event's id, the stage, the consent property, or the kind of click."
    )
    signal_id = serializers.UUIDField(allow_null=True)
    details = serializers.DictField(child=serializers.CharField())
    verdicts = ToldOut(source="told", many=True)


class TimelineOut(serializers.Serializer[Any]):
    """A page of the timeline, the latest first."""

    results = EntryOut(many=True)
    next = serializers.CharField(help_text="Send it as `after` for the next page; empty at the end.")


class PageQuery(Strict):
    """Which part of the list."""

    limit = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=50)
    after = Text(max_length=200, required=False, help_text="`next` of the page before.")


class ErasureIn(Strict):
    """Whom to erase: by id or by e-mail address."""

    contact_id = Text(max_length=20, required=False)
    email = Text(max_length=254, required=False)


class LeftOut(serializers.Serializer[Any]):
    """What an ad account had got before."""

    network = serializers.CharField()
    account = serializers.CharField()
    conversions = serializers.IntegerField(help_text="That were in a request.")
    taken = serializers.IntegerField(help_text="That the network took.")
    first = serializers.CharField(help_text="When the first left; empty where that is not known.")
    last = serializers.CharField()


class CertificateOut(serializers.Serializer[Any]):
    """The certificate of an erasure. It holds nothing of whom it was about."""

    id = serializers.UUIDField()
    erased_at = serializers.DateTimeField()
    erased_by = serializers.CharField()
    removed = serializers.DictField(child=serializers.IntegerField(), help_text="How much went, by kind.")
    left_before = LeftOut(many=True)
    statement = serializers.CharField()


class CertificatesOut(serializers.Serializer[Any]):
    """A page of certificates, the latest first."""

    results = CertificateOut(many=True)
    next = serializers.CharField(help_text="Send it as `after` for the next page; empty at the end.")


class TimelineOfContact(V1View):
    """What happened to one person."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=_CONTACTS, operation_id="contacts_timeline", parameters=[PageQuery], responses=TimelineOut)
    def get(self, request: Request, contact_id: int) -> Response:
        """Read a contact's timeline: signals with what became of each, clicks, consent, merges, the latest first."""
        asked = read_query(request, PageQuery)
        found = timeline(contact=contact_get(contact_id=contact_id), after=asked.get("after", ""), limit=asked["limit"])
        return Response(TimelineOut({"results": found.entries, "next": found.after}).data)


class Erasures(V1View):
    """Erasures and their certificates."""

    scopes = {"GET": "privacy.read", "POST": "privacy.write"}

    @extend_schema(tags=_PRIVACY, operation_id="erasures_list", parameters=[PageQuery], responses=CertificatesOut)
    def get(self, request: Request) -> Response:
        """List the certificates, the latest first."""
        asked = read_query(request, PageQuery)
        page = certificates_listed(after=asked.get("after", ""), limit=asked["limit"])
        rows = [certificate_told(row) for row in page.rows]
        return Response(CertificatesOut({"results": rows, "next": page.after}).data)

    @extend_schema(tags=_PRIVACY, operation_id="erasures_create", request=ErasureIn, responses={201: CertificateOut})
    def post(self, request: Request) -> Response:
        """Erase a person, everywhere and for good. What networks had got before is counted in the certificate."""
        read_query(request, NoQuery)
        certificate = person_erase(
            workspace_id=self.caller.workspace_id,
            contact_id=_meant(read_body(request, ErasureIn)),
            by=self.caller.actor,
            at=self.now,
        )
        return Response(CertificateOut(certificate_told(certificate)).data, status=201)


class OneErasure(V1View):
    """One certificate."""

    scopes = {"GET": "privacy.read"}

    @extend_schema(tags=_PRIVACY, operation_id="erasures_read", responses=CertificateOut)
    def get(self, request: Request, certificate_id: Any) -> Response:
        """Read a certificate."""
        read_query(request, NoQuery)
        return Response(CertificateOut(certificate_told(certificate_get(certificate_id=certificate_id))).data)


def _meant(asked: dict[str, Any]) -> int:
    if ("contact_id" in asked) == ("email" in asked):
        raise InvalidInput(Fault("contact_id", "REQUIRED_FIELD", "Send either contact_id or email."))
    if "contact_id" in asked:
        text = asked["contact_id"]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    found = records_named(object_type="contacts", emails=[asked["email"].strip().lower()])
    if not found:
        raise NotFound("There is no contact with this address.")
    return int(found[0].pk)
