"""/api/v1/contacts and /api/v1/forms: what happens, told in bulk. A refused row never takes its neighbours along."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.forms import MOST_FIELDS, fields_checked, form_named
from apps.api.v1.batches import FaultOut, VisitRow, batch_answer, read_rows, visit_of
from apps.api.v1.events import NoQuery
from apps.api.v1.fields import Answers, Moment, PropertyValues, Rows, Strict, Text
from apps.api.v1.views import V1View, read_body, read_query
from apps.api.views import MIB
from apps.pipeline.intake import Posted, Received, records_receive, submissions_receive
from apps.records.columns import Write
from apps.records.services import Refused, Written
from apps.tracking.models import Form
from apps.tracking.services import form_create

_CONTACTS, _FORMS = ["Contacts"], ["Forms"]


class ContactRow(Strict):
    """A contact to be made, or changed where the e-mail address is known."""

    email = Text(max_length=254)
    properties = PropertyValues(required=False)


class ContactsIn(Strict):
    """Up to 100 contacts."""

    contacts = Rows(ContactRow)


class ContactResult(serializers.Serializer[Any]):
    """What became of a row."""

    index = serializers.IntegerField(help_text="The row's place in what was sent, from 0.")
    status = serializers.ChoiceField(choices=["created", "updated", "refused"])
    id = serializers.CharField(allow_null=True)
    errors = FaultOut(many=True)  # type: ignore[assignment]


class ContactsOut(serializers.Serializer[Any]):
    """What became of each row."""

    results = ContactResult(many=True)
    refused = serializers.IntegerField()


class SubmissionRow(VisitRow):
    """A form as it was sent in, and the visit it came from."""

    values = Answers(help_text="The answers by property name.")
    submitted_at = Moment(required=False, help_text="ISO 8601 with an offset, or Unix milliseconds; else now.")


class SubmissionsIn(Strict):
    """Up to 100 submissions of one form."""

    submissions = Rows(SubmissionRow)


class SubmissionResult(serializers.Serializer[Any]):
    """What became of a row."""

    index = serializers.IntegerField(help_text="The row's place in what was sent, from 0.")
    status = serializers.ChoiceField(choices=["accepted", "refused"])
    id = serializers.UUIDField(allow_null=True)
    contact_id = serializers.CharField(allow_null=True)
    errors = FaultOut(many=True)  # type: ignore[assignment]


class SubmissionsOut(serializers.Serializer[Any]):
    """What became of each row."""

    results = SubmissionResult(many=True)
    refused = serializers.IntegerField()


class FormOut(serializers.Serializer[Form]):
    """A form of the workspace."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    created_at = serializers.DateTimeField()


class FormsOut(serializers.Serializer[Any]):
    """A page of forms, oldest first."""

    results = FormOut(many=True)
    next = serializers.CharField(help_text="Send it as `after` for the next page; empty at the end.")


class FormIn(Strict):
    """A form to be made."""

    name = Text(max_length=200)
    fields = serializers.ListField(  # type: ignore[assignment]
        child=Text(max_length=100), max_length=MOST_FIELDS, help_text="Names of contact properties."
    )


class FormsQuery(Strict):
    """Which part of the list."""

    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)
    after = serializers.UUIDField(required=False, help_text="`next` of the page before.")


class ContactsBatch(V1View):
    """Contacts in bulk."""

    scopes = {"POST": "records.write"}
    body_limit = 10 * MIB

    @extend_schema(
        tags=_CONTACTS,
        operation_id="contacts_batch",
        request=ContactsIn,
        responses={200: ContactsOut, 207: ContactsOut},
    )
    def post(self, request: Request) -> Response:
        """Make or change up to 100 contacts by e-mail address. 207 when some rows were refused."""
        read_query(request, NoQuery)
        rows, refused = read_rows(read_body(request, ContactsIn)["contacts"], ContactRow)
        writes = [
            Write(properties={"email": row["email"], **row.get("properties", {})}, email=row["email"])
            for row in rows.values()
        ]
        written = records_receive(
            workspace_id=self.caller.workspace_id, object_type="contacts", writes=writes, at=self.now
        )
        outcomes = {**refused, **dict(zip(rows, written, strict=True))}
        results = [_contact_result(index, outcomes[index]) for index in sorted(outcomes)]
        return batch_answer(results)


class Submissions(V1View):
    """Submissions of one form, in bulk."""

    scopes = {"POST": "records.write"}
    body_limit = 10 * MIB

    @extend_schema(
        tags=_FORMS,
        operation_id="forms_submissions",
        request=SubmissionsIn,
        responses={200: SubmissionsOut, 207: SubmissionsOut},
    )
    def post(self, request: Request, form_id: Any) -> Response:
        """Send in up to 100 submissions of a form. 207 when some rows were refused."""
        read_query(request, NoQuery)
        form = form_named(form_id)
        rows, refused = read_rows(read_body(request, SubmissionsIn)["submissions"], SubmissionRow)
        posted = [
            Posted(answers=row["values"], submitted_at=row.get("submitted_at", self.now), **visit_of(row))
            for row in rows.values()
        ]
        received = submissions_receive(workspace_id=self.caller.workspace_id, form=form, posted=posted, at=self.now)
        outcomes = {**refused, **dict(zip(rows, received, strict=True))}
        results = [_submission_result(index, outcomes[index]) for index in sorted(outcomes)]
        return batch_answer(results)


class Forms(V1View):
    """The workspace's forms."""

    scopes = {"GET": "records.read", "POST": "records.write"}

    @extend_schema(tags=_FORMS, operation_id="forms_list", parameters=[FormsQuery], responses=FormsOut)
    def get(self, request: Request) -> Response:
        """List forms, oldest first."""
        asked = read_query(request, FormsQuery)
        rows = Form.objects.filter(archived_at=None).order_by("id")
        if "after" in asked:
            rows = rows.filter(id__gt=asked["after"])
        found = list(rows[: asked["limit"] + 1])
        shown = found[: asked["limit"]]
        more = str(shown[-1].id) if len(found) > len(shown) else ""
        return Response(FormsOut({"results": shown, "next": more}).data)

    @extend_schema(tags=_FORMS, operation_id="forms_create", request=FormIn, responses={201: FormOut})
    def post(self, request: Request) -> Response:
        """Make a form. Its id is the GUID that pages post to."""
        read_query(request, NoQuery)
        wanted = read_body(request, FormIn)
        form = form_create(
            workspace_id=self.caller.workspace_id,
            name=wanted["name"],
            fields=fields_checked(wanted["fields"]),
            at=self.now,
        )
        return Response(FormOut(form).data, status=201)


def _contact_result(index: int, outcome: Written | Refused) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return {"index": index, "status": "refused", "id": None, "errors": outcome.faults}
    status = "created" if outcome.created else "updated"
    return {"index": index, "status": status, "id": str(outcome.record.pk), "errors": ()}


def _submission_result(index: int, outcome: Received | Refused) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return {"index": index, "status": "refused", "id": None, "contact_id": None, "errors": outcome.faults}
    ids = {"id": str(outcome.submission_id), "contact_id": str(outcome.contact_id)}
    return {"index": index, "status": "accepted", **ids, "errors": ()}
