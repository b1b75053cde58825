"""Reading wanted writes out of a body, and writing them: one row or a hundred go the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.api.hubspot.kinds import Kind, Tie, kind_named, ties_between
from apps.api.reading import a_list, a_text, an_id, an_object, some_properties, wrong
from apps.core.errors import Conflict, ConvsyncError, Fault, InvalidInput, NotFound
from apps.pipeline.intake import associations_receive, records_receive
from apps.records.columns import Write
from apps.records.selectors import records_there
from apps.records.services import LARGEST_BATCH, Link, Refused, Written

MOST_TIES = 100


@dataclass(frozen=True, slots=True)
class Target:
    """A record that a new one is to be tied to."""

    kind: Kind
    id: int
    tie: Tie


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row as it was asked for; `trace` is the client's own name for it."""

    write: Write
    targets: tuple[Target, ...] = ()
    trace: str = ""


Outcome = Written | Refused
Row = Wanted | Refused


def created(kind: Kind, body: Any, at: str = "") -> Wanted:
    """A row that makes a record: properties, and what to tie it to."""
    known = ("properties", "associations", "objectWriteTraceId")
    row = an_object(body, at, known)
    properties = some_properties(row.get("properties"), _under(at, "properties"))
    return Wanted(
        Write(properties=properties, update=False),
        _targets(kind, row.get("associations"), _under(at, "associations")),
        a_text(row.get("objectWriteTraceId"), _under(at, "objectWriteTraceId"), longest=200),
    )


def updated(kind: Kind, body: Any, at: str = "") -> Wanted:
    """A row that changes a record, by id or by idProperty."""
    return _named(kind, body, at, create=False)


def upserted(kind: Kind, body: Any, at: str = "") -> Wanted:
    """A row that changes the record with that e-mail address, or makes it."""
    wanted = _named(kind, body, at, create=True)
    email = wanted.write.email
    if not email:
        return wanted
    return replace(wanted, write=replace(wanted.write, properties={"email": email, **wanted.write.properties}))


def _named(kind: Kind, body: Any, at: str, *, create: bool) -> Wanted:
    known = ("id", "idProperty", "properties", "objectWriteTraceId")
    row = an_object(body, at, known)
    properties = some_properties(row.get("properties"), _under(at, "properties"))
    number, email = identified(kind, an_id(row.get("id"), _under(at, "id")), row.get("idProperty"))
    trace = a_text(row.get("objectWriteTraceId"), _under(at, "objectWriteTraceId"), longest=200)
    return Wanted(Write(properties=properties, id=number, email=email, create=create), trace=trace)


def identified(kind: Kind, text: str, id_property: Any) -> tuple[str, str]:
    """The record id or the e-mail address that `text` is, by idProperty. Raises for another property."""
    if id_property in (None, "", "hs_object_id"):
        return text, ""
    if id_property == "email" and kind.by_email:
        return "", text.strip()
    also = "email or " if kind.by_email else ""
    raise wrong("idProperty", "INVALID_ID_PROPERTY", f"{kind.name} are known by {also}hs_object_id.")


def _targets(kind: Kind, value: Any, at: str) -> tuple[Target, ...]:
    if value is None:
        return ()
    found = []
    for index, each in enumerate(a_list(value, at, most=MOST_TIES)):
        here = f"{at}.{index}"
        body = an_object(each, here, ("to", "types"))
        to = an_object(body.get("to"), f"{here}.to", ("id",))
        number = an_id(to.get("id"), f"{here}.to.id")
        for place, spec in enumerate(a_list(body.get("types"), f"{here}.types", least=1, most=10)):
            end, tie = tie_specified(kind, spec, f"{here}.types.{place}")
            found.append(Target(end, record_number(number), tie))
    return tuple(found)


def tie_specified(start: Kind, spec: Any, at: str, end: Kind | None = None) -> tuple[Kind, Tie]:
    """The association type of an AssociationSpec that begins at `start` (and ends at `end`)."""
    body = an_object(spec, at, ("associationCategory", "associationTypeId"))
    type_id = body.get("associationTypeId")
    ends = [end] if end else [kind_named(name) for name in ("contacts", "companies", "deals") if name != start.name]
    for each in ends:
        for tie in ties_between(start, each):
            if type_id in (tie.type_id, str(tie.type_id)) and body.get("associationCategory") == "HUBSPOT_DEFINED":
                return each, tie
    allowed = ", ".join(str(tie.type_id) for each in ends for tie in ties_between(start, each))
    raise wrong(at, "INVALID_ASSOCIATION_TYPE", f"Send a HUBSPOT_DEFINED type of {start.name}: {allowed}.")


def record_number(text: str) -> int:
    """A record's id as a number; -1, which no record has, for what cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def rows_of(kind: Kind, inputs: Any, read: Callable[[Kind, Any, str], Wanted]) -> list[Row]:
    """Every input of a batch; one that cannot be read is refused by itself."""
    rows: list[Row] = []
    for index, body in enumerate(a_list(inputs, "inputs", least=1, most=LARGEST_BATCH)):
        try:
            rows.append(read(kind, body, f"inputs.{index}"))
        except InvalidInput as error:
            rows.append(Refused(error.faults))
    return rows


def receive(*, workspace_id: UUID, kind: Kind, rows: Sequence[Row], at: datetime) -> list[Outcome]:
    """Write the rows that can be, tie them, and say of each what became of it, in order."""
    outcomes: dict[int, Outcome] = {index: row for index, row in enumerate(rows) if isinstance(row, Refused)}
    wanted = {index: row for index, row in enumerate(rows) if isinstance(row, Wanted)}
    outcomes |= _astray(wanted)
    usable = {index: row for index, row in wanted.items() if index not in outcomes}
    writes = [replace(row.write, source="hubspot") for row in usable.values()]
    results = records_receive(workspace_id=workspace_id, object_type=kind.name, writes=writes, at=at)
    links = []
    for (index, row), result in zip(usable.items(), results, strict=True):
        outcomes[index] = result
        if isinstance(result, Written):
            links += [_link(kind, result, target) for target in row.targets]
    if links:
        associations_receive(workspace_id=workspace_id, links=links, at=at)
    return [outcomes[index] for index in range(len(rows))]


def receive_one(*, workspace_id: UUID, kind: Kind, row: Wanted, at: datetime) -> Written:
    """Write one row. Raises Conflict, NotFound or InvalidInput when it is refused."""
    (outcome,) = receive(workspace_id=workspace_id, kind=kind, rows=[row], at=at)
    if isinstance(outcome, Refused):
        raise refusal(outcome)
    return outcome


def _astray(wanted: Mapping[int, Wanted]) -> dict[int, Refused]:
    """The rows that name a record to be tied to which is not in this workspace."""
    by_type: dict[str, set[int]] = {}
    for row in wanted.values():
        for target in row.targets:
            by_type.setdefault(target.kind.name, set()).add(target.id)
    there = {name: records_there(object_type=name, ids=ids) for name, ids in by_type.items()}
    found = {}
    for index, row in wanted.items():
        lost = [target for target in row.targets if target.id not in there[target.kind.name]]
        if lost:
            message = f"There is no such {lost[0].kind.singular} in this workspace."
            found[index] = Refused((Fault("associations", "OBJECT_NOT_FOUND", message),), missing=True)
    return found


def _link(kind: Kind, written: Written, target: Target) -> Link:
    return Link(
        from_type=kind.name,
        from_id=int(written.record.pk),
        to_type=target.kind.name,
        to_id=target.id,
        type_id=target.tie.type_id,
        reverse_type_id=target.tie.reverse_type_id,
    )


def refusal(refused: Refused) -> ConvsyncError:
    """The exception that says of one record what a refused row says."""
    if refused.faults[0].code == "CONFLICT":
        return Conflict(refused.faults[0].message, existing_id=refused.conflict_id)
    if refused.missing:
        return NotFound(refused.faults[0].message)
    return InvalidInput(*refused.faults)


def _under(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
