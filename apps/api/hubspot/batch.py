"""/crm/v3/objects/{type}/batch: up to 100 records at a time. A refused row never takes its neighbours along."""

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.hubspot import writing
from apps.api.hubspot.kinds import Kind, kind_named
from apps.api.hubspot.records import properties_wanted, record_body, row_error
from apps.api.hubspot.views import HubSpotView
from apps.api.hubspot.writing import Wanted, identified, receive, record_number, rows_of
from apps.api.reading import a_choice, a_list, a_text, an_id, an_object, single, wrong
from apps.api.views import MIB
from apps.core.errors import Fault
from apps.records.models import Record
from apps.records.selectors import records_named
from apps.records.services import LARGEST_BATCH, Refused, Written, records_archive


class BatchWrite(HubSpotView):
    """Writes rows; `read` makes a row of an input."""

    scopes = {"POST": "records.write"}
    body_limit = 10 * MIB
    read: ClassVar[Callable[[Kind, Any, str], Wanted]]
    status: ClassVar[int] = 200
    says_new: ClassVar[bool] = False

    def post(self, request: Request, object_type: str) -> Response:
        """Each row's record, and each refused row's error."""
        kind = kind_named(object_type)
        single(request.query_params, ())
        body = an_object(request.data, "", ("inputs",))
        rows = rows_of(kind, body.get("inputs"), type(self).read)
        outcomes = receive(workspace_id=self.caller.workspace_id, kind=kind, rows=rows, at=self.now)
        results, errors = [], []
        for index, (row, outcome) in enumerate(zip(rows, outcomes, strict=True)):
            trace = row.trace if isinstance(row, Wanted) else ""
            if isinstance(outcome, Written):
                results.append(self._result(kind, row, outcome, trace))
            else:
                asked = row.write.id or row.write.email if isinstance(row, Wanted) else ""
                errors.append(row_error(outcome, index=index, ids=[asked] if asked else [], trace=trace))
        return self.batch(results, errors, status=self.status)

    def _result(self, kind: Kind, row: Wanted | Refused, outcome: Written, trace: str) -> dict[str, Any]:
        named = row.write.properties if isinstance(row, Wanted) else {}
        body = record_body(outcome.record, (*kind.shown, *named), objectWriteTraceId=trace)
        return body | {"new": outcome.created} if self.says_new else body


class BatchCreate(BatchWrite):
    """New records."""

    read = staticmethod(writing.created)
    status = 201


class BatchUpdate(BatchWrite):
    """Changes to records, by id or by idProperty."""

    read = staticmethod(writing.updated)


class BatchUpsert(BatchWrite):
    """Changes to contacts by e-mail address; those that are not there are made."""

    read = staticmethod(writing.upserted)
    says_new = True


class BatchRead(HubSpotView):
    """Records by id or by idProperty."""

    scopes = {"POST": "records.read"}

    def post(self, request: Request, object_type: str) -> Response:
        """The records that are there, and one error that lists the others."""
        kind = kind_named(object_type)
        query = single(request.query_params, ("archived",))
        known = ("inputs", "properties", "propertiesWithHistory", "idProperty")
        body = an_object(request.data, "", known)
        if a_list(body.get("propertiesWithHistory"), "propertiesWithHistory", most=50):
            raise wrong("propertiesWithHistory", "NOT_KEPT", "Histories are not kept. Ask for properties.")
        asked = [
            a_text(name, "properties", longest=100) for name in a_list(body.get("properties"), "properties", most=1_000)
        ]
        ids = _ids(body.get("inputs"))
        named = [identified(kind, each, body.get("idProperty")) for each in ids]
        found = records_named(
            object_type=kind.name,
            ids=[record_number(number) for number, _ in named if number],
            emails=[email.lower() for _, email in named if email],
            archived=a_choice(query, "archived"),
        )
        wanted = properties_wanted(kind, asked)
        there = {each for record in found for each in _names(record)}
        missing = [each for each in ids if each.strip().lower() not in there]
        return self.batch([record_body(record, wanted) for record in found], _missing(kind, missing))


class BatchArchive(HubSpotView):
    """Archives records by id."""

    scopes = {"POST": "records.write"}

    def post(self, request: Request, object_type: str) -> Response:
        """204, also for ids that are not there."""
        kind = kind_named(object_type)
        single(request.query_params, ())
        body = an_object(request.data, "", ("inputs",))
        records_archive(object_type=kind.name, ids=_ids(body.get("inputs")), at=self.now)
        return Response(status=204)


def _ids(inputs: Any) -> list[str]:
    rows = a_list(inputs, "inputs", least=1, most=LARGEST_BATCH)
    return [
        an_id(an_object(row, f"inputs.{index}", ("id",)).get("id"), f"inputs.{index}.id")
        for index, row in enumerate(rows)
    ]


def _names(record: Record) -> tuple[str, str]:
    return str(record.pk), getattr(record, "email", None) or ""


def _missing(kind: Kind, ids: list[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    message = f"Some {kind.name} are not there: they do not exist or were archived. Check the ids."
    refused = Refused((Fault("inputs", "OBJECT_NOT_FOUND", message),), missing=True)
    error = row_error(refused, index=0, ids=ids)
    return [error | {"context": {"ids": ids}}]
