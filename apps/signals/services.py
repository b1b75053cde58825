"""Writing signals, in the transaction of the change that caused them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from apps.core.bulk import Among
from apps.core.ids import derived_id
from apps.signals.models import Signal


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
    Signal.objects.bulk_create(
        [
            Signal(
                workspace_id=workspace_id,
                id=each.id_in(workspace_id),
                kind=each.kind,
                name=each.name,
                contact_id=each.contact_id,
                facts=dict(each.facts),
                repeat_key=each.repeat_key,
                occurred_at=each.occurred_at,
                recorded_at=at,
            )
            for each in noticed
        ],
        ignore_conflicts=True,
    )


def signals_close(*, ids: Sequence[str], at: datetime) -> None:
    """Note that these signals were judged."""
    Signal.objects.filter(Among("id", ids)).update(judged_at=at)
