"""/api/v1/consents and a contact's own: facts of consent told with their dates, and what was known at any moment."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.batches import FaultOut, batch_answer, read_rows
from apps.api.v1.events import NoQuery
from apps.api.v1.fields import Moment, Rows, Strict, Text
from apps.api.v1.views import V1View, read_body, read_query
from apps.api.views import MIB
from apps.core.errors import NotFound
from apps.pipeline.consents import Kept, Told, consents_receive
from apps.records.models import ConsentFact
from apps.records.selectors import consent_held, consent_history, contact_ids_now, records_there
from apps.records.services import Refused

_TAGS = ["Consent"]


class ConsentRow(Strict):
    """What a contact said, and when."""

    contact_id = Text(max_length=20, required=False, allow_blank=True, help_text="The contact's id, or its email.")
    email = Text(max_length=254, required=False, allow_blank=True)
    property = Text(max_length=100, help_text="The contact property that holds the consent.")
    value = Text(max_length=500, allow_blank=True, help_text="Empty: not known any more, which is a no.")
    given_at = Moment(required=False, help_text="When it was said: ISO 8601 with an offset, or Unix ms; else now.")
    source = Text(max_length=60, required=False, help_text="Who told, in your own words; else `api`.")  # type: ignore[assignment]


class ConsentsIn(Strict):
    """Up to 100 facts."""

    consents = Rows(ConsentRow)


class ConsentResult(serializers.Serializer[Any]):
    """What became of a row."""

    index = serializers.IntegerField(help_text="The row's place in what was sent, from 0.")
    status = serializers.ChoiceField(choices=["kept", "refused"])
    contact_id = serializers.CharField(allow_null=True)
    value_now = serializers.CharField(
        allow_null=True, help_text="What the property says now; another value where a later fact counts."
    )
    errors = FaultOut(many=True)  # type: ignore[assignment]


class ConsentsOut(serializers.Serializer[Any]):
    """What became of each row."""

    results = ConsentResult(many=True)
    refused = serializers.IntegerField()


class FactOut(serializers.Serializer[ConsentFact]):
    """What a property said from a moment on."""

    property = serializers.CharField()
    value = serializers.CharField()
    held_from = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField(help_text="When it was told; later than held_from where it was told late.")
    source = serializers.CharField(help_text="form:<id>, lead, api, hubspot, merge, as_found, or the client's own.")  # type: ignore[assignment]


class ConsentsQuery(Strict):
    """At which moment."""

    as_of = Moment(required=False, help_text="What held at that moment; else now.")
    known_at = Moment(
        required=False, help_text="By what had been told until then; the same as as_of: what was believed at the time."
    )


class ContactConsentsOut(serializers.Serializer[Any]):
    """A contact's consent properties: what each said at the moment asked about, and every fact, the latest first."""

    contact_id = serializers.CharField()
    as_of = serializers.DateTimeField()
    held = FactOut(many=True)
    history = FactOut(many=True, help_text="Up to 200, whatever moment was asked about.")


class Consents(V1View):
    """Facts of consent, in bulk."""

    scopes = {"POST": "records.write"}
    body_limit = MIB

    @extend_schema(
        tags=_TAGS, operation_id="consents_tell", request=ConsentsIn, responses={200: ConsentsOut, 207: ConsentsOut}
    )
    def post(self, request: Request) -> Response:
        """Tell up to 100 facts of consent, each with the moment it was given or withdrawn. An older fact than the
        latest one changes the history alone; a withdrawal reaches what waits at once. 207 when some were refused."""
        read_query(request, NoQuery)
        rows, refused = read_rows(read_body(request, ConsentsIn)["consents"], ConsentRow)
        told = [Told(**row) for row in rows.values()]
        kept = consents_receive(workspace_id=self.caller.workspace_id, told=told, by=self.caller.actor, at=self.now)
        outcomes = {**refused, **dict(zip(rows, kept, strict=True))}
        return batch_answer([_result(index, outcomes[index]) for index in sorted(outcomes)])


class ContactConsents(V1View):
    """One contact's consent."""

    scopes = {"GET": "records.read"}

    @extend_schema(
        tags=_TAGS, operation_id="contacts_consents", parameters=[ConsentsQuery], responses=ContactConsentsOut
    )
    def get(self, request: Request, contact_id: int) -> Response:
        """Read what a contact's consent properties said at a moment, by what is known now or was known then."""
        asked = read_query(request, ConsentsQuery)
        number = contact_ids_now([contact_id]).get(contact_id, contact_id)
        if not records_there(object_type="contacts", ids=[number]):
            raise NotFound("There is no such contact in this workspace.")
        as_of = asked.get("as_of", self.now)
        held = consent_held(contact_ids=[number], as_of=as_of, known_at=asked.get("known_at"))
        told = {
            "contact_id": str(number),
            "as_of": as_of,
            "held": list(held.get(number, {}).values()),
            "history": consent_history(number),
        }
        return Response(ContactConsentsOut(told).data)


def _result(index: int, outcome: Kept | Refused) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        told = {"status": "refused", "contact_id": None, "value_now": None, "errors": outcome.faults}
    else:
        told = {"status": "kept", "contact_id": str(outcome.contact_id), "value_now": outcome.value_now, "errors": ()}
    return {"index": index, **told}
