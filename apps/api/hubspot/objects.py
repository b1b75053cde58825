"""/crm/v3/objects/{type}: list, read, create, change and archive one record."""

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.hubspot.kinds import Kind, kind_named
from apps.api.hubspot.records import MOST_TIES, paging, properties_wanted, record_body, ties_body
from apps.api.hubspot.views import HubSpotView
from apps.api.hubspot.writing import Wanted, created, identified, receive_one, record_number
from apps.api.reading import a_choice, a_whole, an_object, names_listed, single, some_properties, wrong
from apps.core.errors import NotFound
from apps.records.columns import Write
from apps.records.models import Record
from apps.records.selectors import associations_of, records_named, records_page
from apps.records.services import records_archive

SEVERAL = ("properties", "propertiesWithHistory", "associations")
LARGEST_PAGE = 100


class Reading:
    """What a GET asks to see of records: properties, associations, archived or not."""

    def __init__(self, request: Request, kind: Kind, known: Sequence[str]) -> None:
        query = request.query_params
        self.kind = kind
        self.single = single(query, known, several=SEVERAL)
        if names_listed(query.getlist("propertiesWithHistory"), "propertiesWithHistory"):
            raise wrong("propertiesWithHistory", "NOT_KEPT", "Histories are not kept. Ask for properties.")
        self.archived = a_choice(self.single, "archived")
        self.wanted = properties_wanted(kind, names_listed(query.getlist("properties"), "properties"))
        self.ties = [kind_named(name).name for name in names_listed(query.getlist("associations"), "associations")[:10]]

    def bodies(self, records: Sequence[Record]) -> list[dict[str, Any]]:
        """The records with what was asked for."""
        ids = [int(record.pk) for record in records]
        found = (
            associations_of(object_type=self.kind.name, ids=ids, to_types=self.ties, each=MOST_TIES + 1)
            if self.ties
            else {}
        )
        return [
            record_body(record, self.wanted, associations=ties_body(found.get(int(record.pk), {})))
            for record in records
        ]


class Objects(HubSpotView):
    """All records of a type."""

    scopes = {"GET": "records.read", "POST": "records.write"}

    def get(self, request: Request, object_type: str) -> Response:
        """A page of records, by id."""
        kind = kind_named(object_type)
        asked = Reading(request, kind, ("limit", "after", "archived"))
        limit = a_whole(asked.single.get("limit"), "limit", least=1, most=LARGEST_PAGE, default=10)
        after = a_whole(asked.single.get("after"), "after", least=0, most=10**18, default=0)
        records = records_page(object_type=kind.name, after=after, limit=limit + 1, archived=asked.archived)
        shown = records[:limit]
        more = str(shown[-1].pk) if len(records) > limit else ""
        return Response({"results": asked.bodies(shown)} | paging(more))

    def post(self, request: Request, object_type: str) -> Response:
        """A new record, tied to others if asked. 409 when a contact has the e-mail address already."""
        kind = kind_named(object_type)
        single(request.query_params, ())
        row = created(kind, request.data)
        written = receive_one(workspace_id=self.caller.workspace_id, kind=kind, row=row, at=self.now)
        return Response(record_body(written.record, (*kind.shown, *row.write.properties)), status=201)


class OneObject(HubSpotView):
    """One record, by id or by idProperty."""

    scopes = {"GET": "records.read", "PATCH": "records.write", "DELETE": "records.write"}

    def get(self, request: Request, object_type: str, record_id: str) -> Response:
        """The record."""
        kind = kind_named(object_type)
        asked = Reading(request, kind, ("idProperty", "archived"))
        number, email = identified(kind, record_id, asked.single.get("idProperty"))
        found = records_named(
            object_type=kind.name,
            ids=[record_number(number)] if number else [],
            emails=[email.lower()] if email else [],
            archived=asked.archived,
        )
        if not found:
            raise NotFound("resource not found")
        return Response(asked.bodies(found)[0])

    def patch(self, request: Request, object_type: str, record_id: str) -> Response:
        """Change properties of the record; the others stay."""
        kind = kind_named(object_type)
        query = single(request.query_params, ("idProperty",))
        body = an_object(request.data, "", ("properties", "objectWriteTraceId"))
        number, email = identified(kind, record_id, query.get("idProperty"))
        properties = some_properties(body.get("properties"), "properties")
        row = Wanted(Write(properties=properties, id=number, email=email, create=False))
        written = receive_one(workspace_id=self.caller.workspace_id, kind=kind, row=row, at=self.now)
        return Response(record_body(written.record, (*kind.shown, *properties)))

    def delete(self, request: Request, object_type: str, record_id: str) -> Response:
        """Archive the record."""
        kind = kind_named(object_type)
        single(request.query_params, ())
        if not records_archive(object_type=kind.name, ids=[record_id], at=self.now):
            raise NotFound("resource not found")
        return Response(status=204)
