"""Writing signals, in the transaction of the change that caused them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson
from django.db import connection

from apps.core.bulk import array_of, rows_insert
from apps.core.ids import derived_id
from apps.core.tenancy import current_workspace_id
from apps.signals.models import Signal, Unjudged

_CLOSE = "DELETE FROM signals_unjudged WHERE workspace_id = %(workspace)s AND signal_id = ANY(%(ids)s::uuid[])"
_COLUMNS = ("id", "kind", "name", "contact_id", "facts", "repeat_key", "occurred_at")


@dataclass(frozen=True, slots=True)
class Noticed:
    """A fact an event may want. `cause` names what happened, uniquely in the workspace: the same cause, one signal."""

    kind: str
    name: str
    contact_id: int
    cause: str
    occurred_at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    repeat_key: str = ""

    def id_in(self, workspace_id: UUID) -> UUID:
        """The signal's id in that workspace: the same cause at the same moment, the same id."""
        return derived_id(at=self.occurred_at, key=f"{workspace_id}:{self.cause}")


def signals_record(*, workspace_id: UUID, noticed: Sequence[Noticed], at: datetime) -> None:
    """Write each fact as a signal; one that is already there stays as it is."""
    rows = [
        (
            str(each.id_in(workspace_id)),
            each.kind,
            each.name,
            str(each.contact_id),
            orjson.dumps(dict(each.facts)).decode(),
            each.repeat_key,
            each.occurred_at.isoformat(),
        )
        for each in noticed
    ]
    same: dict[str, str | int | datetime | UUID] = {"workspace_id": workspace_id, "recorded_at": at}
    unjudged = {"workspace_id": "workspace_id", "signal_id": "id", "recorded_at": "recorded_at"}
    rows_insert(Signal, columns=_COLUMNS, rows=rows, same=same, also=(Unjudged, unjudged))


def signals_close(*, ids: Iterable[object]) -> None:
    """Note that these signals were judged."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, {"workspace": current_workspace_id(), "ids": array_of(ids)})
