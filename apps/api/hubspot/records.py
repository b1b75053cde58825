"""A record as HubSpot answers it, and its refusals."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from apps.api.hubspot.kinds import Kind, tie_numbered
from apps.api.hubspot.views import error_details, moment
from apps.records.models import Association, PropertyDefinition, Record
from apps.records.search import COLUMNS
from apps.records.services import Refused

MOST_TIES = 500


def properties_wanted(kind: Kind, asked: Sequence[str]) -> list[str]:
    """The properties to answer: those asked for that exist, with what is always there; else the usual ones."""
    if not asked:
        return list(kind.shown)
    defined = PropertyDefinition.objects.filter(object_type=kind.name, name__in=asked)
    known = {*defined.values_list("name", flat=True), *COLUMNS}
    always = ("createdate", "hs_object_id", "lastmodifieddate")
    return [*dict.fromkeys((*(name for name in asked if name in known), *always))]


def record_body(record: Record, wanted: Iterable[str], **more: Any) -> dict[str, Any]:
    """A SimplePublicObject with the wanted properties, null where there is no value; `more` is added to it."""
    kept = {
        "hs_object_id": str(record.pk),
        "createdate": moment(record.created_at),
        "hs_createdate": moment(record.created_at),
        "lastmodifieddate": moment(record.updated_at),
        "hs_lastmodifieddate": moment(record.updated_at),
    }
    body = {
        "id": str(record.pk),
        "properties": {name: kept.get(name, record.properties.get(name)) for name in wanted},
        "createdAt": moment(record.created_at),
        "updatedAt": moment(record.updated_at),
        "archived": record.archived_at is not None,
    }
    if record.archived_at is not None:
        body["archivedAt"] = moment(record.archived_at)
    return body | {name: value for name, value in more.items() if value}


def ties_body(ties: Mapping[str, Sequence[Association]]) -> dict[str, Any]:
    """A record's associations as the objects API lists them, by the object type they lead to."""
    body = {}
    for object_type, rows in ties.items():
        shown = rows[:MOST_TIES]
        results = [{"id": str(row.to_id), "type": _tie_name(row.type_id)} for row in shown]
        body[object_type] = {"results": results}
        if len(rows) > MOST_TIES:
            body[object_type] |= paging(str(shown[-1].to_id))
    return body


def _tie_name(type_id: int) -> str:
    found = tie_numbered(type_id)
    return found[2].name if found else str(type_id)


def paging(after: str) -> dict[str, Any]:
    """The way to the next page, or nothing at the end."""
    return {"paging": {"next": {"after": after}}} if after else {}


def row_error(refused: Refused, *, index: int, ids: Collection[str] = (), trace: str = "") -> dict[str, Any]:
    """A refused row as HubSpot's StandardError; `index` is its place in `inputs`."""
    context = {"index": [str(index)], "ids": list(ids), "objectWriteTraceId": [trace] if trace else []}
    code = refused.faults[0].code
    category = "OBJECT_NOT_FOUND" if refused.missing else "CONFLICT" if code == "CONFLICT" else "VALIDATION_ERROR"
    return {
        "status": "error",
        "category": category,
        "message": " ".join(
            fault.message if category == "CONFLICT" else f"{fault.field}: {fault.message}" for fault in refused.faults
        ),
        "context": {name: values for name, values in context.items() if values},
        "errors": error_details(refused.faults),
        "links": {},
    }
