"""Ties between records: /crm/v4/objects/.../associations, and the v3 and v4 batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.hubspot.kinds import Kind, Tie, kind_named, tie_numbered, ties_between
from apps.api.hubspot.records import MOST_TIES, paging, row_error
from apps.api.hubspot.views import HubSpotView
from apps.api.hubspot.writing import record_number, tie_specified
from apps.api.reading import a_list, a_text, a_whole, an_id, an_object, single, wrong
from apps.api.views import MIB
from apps.core.errors import Fault, InvalidInput, NotFound
from apps.pipeline.intake import associations_receive
from apps.records.selectors import associations_page, records_there
from apps.records.services import Link, Refused, associations_remove

MOST_INPUTS = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Two records to be tied, by one type or several."""

    from_id: str
    to_id: str
    ties: tuple[Tie, ...]


Row = Wanted | Refused


class OneRecordsTies(HubSpotView):
    """What one record is tied to."""

    scopes = {"GET": "records.read"}

    def get(self, request: Request, object_type: str, record_id: str, to_type: str) -> Response:
        """The ids of a type that the record is tied to, with the types of each tie."""
        start, end = kind_named(object_type), kind_named(to_type)
        query = single(request.query_params, ("after", "limit"))
        limit = a_whole(query.get("limit"), "limit", least=1, most=MOST_TIES, default=MOST_TIES)
        after = a_whole(query.get("after"), "after", least=0, most=10**18, default=0)
        (number,) = _there(start, [record_id])
        found = associations_page(
            object_type=start.name, record_id=number, to_type=end.name, after=after, limit=limit + 1
        )
        shown = list(found)[:limit]
        results = [
            {"toObjectId": str(to_id), "associationTypes": [_labelled(each) for each in found[to_id]]}
            for to_id in shown
        ]
        return Response({"results": results} | paging(str(shown[-1]) if len(found) > limit else ""))


class DefaultTie(HubSpotView):
    """The usual tie between two records."""

    scopes = {"PUT": "records.write"}

    def put(self, request: Request, object_type: str, record_id: str, to_type: str, to_id: str) -> Response:
        """Tie them."""
        start, end = kind_named(object_type), kind_named(to_type)
        single(request.query_params, ())
        wanted = Wanted(record_id, to_id, ties_between(start, end)[:1])
        return self.batch(_default_results(_tied_one(self, start, end, wanted)))


class LabelledTie(HubSpotView):
    """Ties of given types between two records."""

    scopes = {"PUT": "records.write", "DELETE": "records.write"}

    def put(self, request: Request, object_type: str, record_id: str, to_type: str, to_id: str) -> Response:
        """Tie them by each type of the body."""
        start, end = kind_named(object_type), kind_named(to_type)
        single(request.query_params, ())
        specs = a_list(request.data, "body", least=1, most=10)
        ties = tuple(tie_specified(start, spec, str(index), end)[1] for index, spec in enumerate(specs))
        wanted = Wanted(record_id, to_id, ties)
        _tied_one(self, start, end, wanted)
        return Response(_labels(start, end, wanted), status=201)

    def delete(self, request: Request, object_type: str, record_id: str, to_type: str, to_id: str) -> Response:
        """Untie them, whatever the types."""
        start, end = kind_named(object_type), kind_named(to_type)
        single(request.query_params, ())
        (from_number,) = _there(start, [record_id])
        (to_number,) = _there(end, [to_id])
        associations_remove(from_type=start.name, from_id=from_number, to_type=end.name, to_id=to_number)
        return Response(status=204)


class TieBatch(HubSpotView):
    """Ties many pairs; a pair that cannot be tied is an error of its own."""

    scopes = {"POST": "records.write"}
    body_limit = 2 * MIB

    def tie(
        self, object_type: str, to_type: str, read: Callable[[Kind, Kind, Any, str], Wanted]
    ) -> tuple[list[Wanted], list[dict[str, Any]]]:
        """Read each input, tie the pairs that are there, and return them with the others' errors."""
        start, end = kind_named(object_type), kind_named(to_type)
        single(self.request.query_params, ())
        body = an_object(self.request.data, "", ("inputs",))
        rows: list[Row] = []
        for index, each in enumerate(a_list(body.get("inputs"), "inputs", least=1, most=MOST_INPUTS)):
            try:
                rows.append(read(start, end, each, f"inputs.{index}"))
            except InvalidInput as error:
                rows.append(Refused(error.faults))
        outcomes = _tied(self, start, end, rows)
        errors = [row_error(each, index=index) for index, each in enumerate(outcomes) if isinstance(each, Refused)]
        return [each for each in outcomes if isinstance(each, Wanted)], errors


class BatchDefault(TieBatch):
    """/crm/v4/associations/{from}/{to}/batch/associate/default."""

    def post(self, request: Request, object_type: str, to_type: str) -> Response:
        """Tie each pair the usual way."""
        tied, errors = self.tie(object_type, to_type, _default_row)
        return self.batch([result for each in tied for result in _default_results(each)], errors)


class BatchLabelled(TieBatch):
    """/crm/v4/associations/{from}/{to}/batch/create."""

    def post(self, request: Request, object_type: str, to_type: str) -> Response:
        """Tie each pair by its types."""
        tied, errors = self.tie(object_type, to_type, _labelled_row)
        start, end = kind_named(object_type), kind_named(to_type)
        return self.batch([_labels(start, end, each) for each in tied], errors, status=201)


class BatchNamed(TieBatch):
    """/crm/v3/associations/{from}/{to}/batch/create."""

    def post(self, request: Request, object_type: str, to_type: str) -> Response:
        """Tie each pair by the name of its type."""
        tied, errors = self.tie(object_type, to_type, _named_row)
        results = [{"from": {"id": each.from_id}, "to": {"id": each.to_id}, "type": each.ties[0].name} for each in tied]
        return self.batch(results, errors, status=201)


def _tied_one(view: HubSpotView, start: Kind, end: Kind, wanted: Wanted) -> Wanted:
    (outcome,) = _tied(view, start, end, [wanted])
    if isinstance(outcome, Refused):
        raise NotFound(outcome.faults[0].message)
    return outcome


def _tied(view: HubSpotView, start: Kind, end: Kind, rows: Sequence[Row]) -> list[Row]:
    wanted = [row for row in rows if isinstance(row, Wanted)]
    starts = records_there(object_type=start.name, ids={record_number(row.from_id) for row in wanted})
    ends = records_there(object_type=end.name, ids={record_number(row.to_id) for row in wanted})
    outcomes = [_checked(row, start, end, starts, ends) for row in rows]
    links = [
        Link(
            from_type=start.name,
            from_id=record_number(row.from_id),
            to_type=end.name,
            to_id=record_number(row.to_id),
            type_id=tie.type_id,
            reverse_type_id=tie.reverse_type_id,
        )
        for row in outcomes
        if isinstance(row, Wanted)
        for tie in row.ties
    ]
    if links:
        associations_receive(workspace_id=view.caller.workspace_id, links=links, at=view.now)
    return outcomes


def _checked(row: Row, start: Kind, end: Kind, starts: set[int], ends: set[int]) -> Row:
    if isinstance(row, Refused):
        return row
    for field, kind, text, there in (("from", start, row.from_id, starts), ("to", end, row.to_id, ends)):
        if record_number(text) not in there:
            message = f"There is no {kind.singular} {text[:40]} in this workspace."
            return Refused((Fault(field, "OBJECT_NOT_FOUND", message),), missing=True)
    return row


def _there(kind: Kind, ids: Sequence[str]) -> list[int]:
    numbers = [record_number(each) for each in ids]
    if set(numbers) - records_there(object_type=kind.name, ids=numbers):
        raise NotFound("resource not found")
    return numbers


def _pair(value: Any, at: str, *more: str) -> tuple[dict[str, Any], str, str]:
    body = an_object(value, at, ("from", "to", *more))
    ends = [
        an_id(an_object(body.get(name), f"{at}.{name}", ("id",)).get("id"), f"{at}.{name}.id")
        for name in ("from", "to")
    ]
    return body, ends[0], ends[1]


def _default_row(start: Kind, end: Kind, value: Any, at: str) -> Wanted:
    _, from_id, to_id = _pair(value, at)
    return Wanted(from_id, to_id, ties_between(start, end)[:1])


def _labelled_row(start: Kind, end: Kind, value: Any, at: str) -> Wanted:
    body, from_id, to_id = _pair(value, at, "types")
    specs = a_list(body.get("types"), f"{at}.types", least=1, most=10)
    ties = (tie_specified(start, spec, f"{at}.types.{place}", end)[1] for place, spec in enumerate(specs))
    return Wanted(from_id, to_id, tuple(ties))


def _named_row(start: Kind, end: Kind, value: Any, at: str) -> Wanted:
    body, from_id, to_id = _pair(value, at, "type")
    name = a_text(body.get("type"), f"{at}.type", longest=100, required=True)
    ties = ties_between(start, end)
    found = [tie for tie in ties if name in (tie.name, str(tie.type_id))]
    if not found:
        listed = ", ".join(tie.name for tie in ties)
        raise wrong(f"{at}.type", "INVALID_ASSOCIATION_TYPE", f"Use one of: {listed}.")
    return Wanted(from_id, to_id, tuple(found))


def _default_results(wanted: Wanted) -> list[dict[str, Any]]:
    ends = {"from": {"id": wanted.from_id}, "to": {"id": wanted.to_id}}
    back = {"from": ends["to"], "to": ends["from"]}
    tie = wanted.ties[0]
    return [ends | _spec(tie.type_id), back | _spec(tie.reverse_type_id)]


def _spec(type_id: int) -> dict[str, Any]:
    return {"associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}}


def _labels(start: Kind, end: Kind, wanted: Wanted) -> dict[str, Any]:
    return {
        "fromObjectTypeId": start.type_id,
        "fromObjectId": wanted.from_id,
        "toObjectTypeId": end.type_id,
        "toObjectId": wanted.to_id,
        "labels": [tie.label for tie in wanted.ties if tie.label],
    }


def _labelled(type_id: int) -> dict[str, Any]:
    found = tie_numbered(type_id)
    label = found[2].label if found else None
    return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label}
