"""What is told late of erased people: whatever happened before the erasure is not kept; what they do anew counts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from apps.core.errors import Fault
from apps.records.services import Refused
from apps.records.suppression import erased_at, names_in
from apps.workspaces.models import Workspace

Key = TypeVar("Key")
_WHY = "The person was erased after this happened, so it is not kept. What they do from then on is."
ERASED = Refused((Fault("", "ERASED", _WHY),))


def erased_before(
    *,
    workspace_id: UUID,
    told: Iterable[tuple[Key, datetime]],
    people: Mapping[Key, Mapping[str, str]],
    at: datetime,
    leads: Mapping[Key, str] | None = None,
) -> set[tuple[Key, datetime]]:
    """Those of `told` (who, and when it happened) that erased people did before they were erased.

    `people` holds each one's properties or answers, `leads` the lead ids. Asks the database nothing unless something
    is told that did not happen just now: nobody was erased in the future.
    """
    late = {(key, moment) for key, moment in told if moment < at}
    if not late:
        return set()
    country = Workspace.objects.values_list("country", flat=True).get(id=workspace_id)
    names = {
        key: names_in(people[key], country=country, more={"lead": [(leads or {}).get(key, "")]})
        for key in {key for key, _ in late}
    }
    erased = erased_at(names)
    return {(key, moment) for key, moment in late if key in erased and moment <= erased[key]}
