"""A conversion as it is judged: the columns of its row, as PostgreSQL reads them, written by the thousand."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import orjson

from apps.ads.registry import NETWORKS
from apps.conversions.models import Conversion
from apps.conversions.wanting import Ready
from apps.core.bulk import rows_insert
from apps.domain.decision import Case, Decision
from apps.domain.rerun import asked_of
from apps.domain.states import Priority, State
from apps.signals.selectors import AnySignal

HELD_AGAIN = timedelta(minutes=10)
_BLOCKED, _WAITING = str(State.BLOCKED), str(State.WAITING)


class Frozen(NamedTuple):
    """The columns that judging fills, each as text; None where the row has nothing there."""

    signal_id: str
    event_id: str
    version_id: str
    account_id: str
    contact_id: str
    network: str
    state: str
    reason: str
    trace: str
    asked: str
    circumstances_id: str
    occurred_at: str
    settled_at: str | None = None
    network_event_id: str = ""
    route: str = ""
    payload: str = ""
    value: str | None = None
    currency: str = ""
    due_at: str | None = None
    expires_at: str | None = None


def frozen(signal: AnySignal, ready: Ready, case: Case, decision: Decision) -> Frozen:
    """The row of one judged signal: blocked with its reason, or with all that will leave."""
    owed = decision.owed
    shared = (
        str(signal.id),
        ready.rules.id,
        ready.version_id,
        ready.account_id,
        str(signal.contact_id),
        ready.account.network,
        _BLOCKED if owed is None else _WAITING,
        decision.reason,
        # A moment in the trace is told to the second (Decision.trace).
        orjson.dumps(decision.noted, option=orjson.OPT_OMIT_MICROSECONDS).decode(),
        orjson.dumps(asked_of(case, decision)).decode(),
        ready.told.id,
        _written(signal.occurred_at),
    )
    if owed is None:
        return Frozen(*shared, _written_once(case.now))
    network, value, expires_at = NETWORKS[ready.account.network], owed.value, decision.expires_at
    return Frozen._make(
        (
            *shared,
            None,
            owed.network_event_id,
            network.route(owed),
            network.element(owed),
            None if value is None else str(value.amount),
            "" if value is None else value.currency,
            _due_at(decision.reason, case.now),
            _written(expires_at) if expires_at else None,
        )
    )


def _written(moment: datetime) -> str:
    """ISO 8601, at a third of what `isoformat` takes."""
    return orjson.dumps(moment)[1:-1].decode()


# All of a batch are judged at one moment.
_written_once = lru_cache(maxsize=64)(_written)


@lru_cache(maxsize=64)
def _due_at(held_by: str, now: datetime) -> str | None:
    """When it may leave; None: not before somebody has decided."""
    if held_by == "outlier":
        return None
    return _written(now + HELD_AGAIN if held_by else now)


def conversions_write(*, workspace_id: UUID, rows: Iterable[Frozen], now: datetime) -> None:
    """Write what was judged, in one statement; what is there already stays as it was decided."""
    same: dict[str, str | int | datetime | UUID] = {
        "workspace_id": workspace_id,
        "judged_at": now,
        "tries": 0,
        "priority": Priority.LIVE,
    }
    rows_insert(Conversion, columns=Frozen._fields, rows=rows, same=same)


def conversion_of(row: Frozen, *, workspace_id: UUID, now: datetime, priority: Priority) -> Conversion:
    """The same as a model's instance, not saved."""
    ids = {name: UUID(getattr(row, name)) for name in ("signal_id", "event_id", "version_id", "account_id")}
    moments = {name: getattr(row, name) for name in ("occurred_at", "settled_at", "due_at", "expires_at")}
    as_they_are = ("network", "state", "reason", "asked", "network_event_id", "route", "payload", "currency")
    return Conversion(
        **ids,
        **{name: datetime.fromisoformat(told) if told else None for name, told in moments.items()},
        **{name: getattr(row, name) for name in as_they_are},
        workspace_id=workspace_id,
        contact_id=int(row.contact_id),
        trace=orjson.loads(row.trace),
        circumstances_id=UUID(row.circumstances_id),
        value=None if row.value is None else Decimal(row.value),
        judged_at=now,
        priority=priority,
    )
