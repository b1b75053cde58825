"""The conversions owed to a network, from a request's departure to its answer. Always in bulk."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Least, Now

from apps.conversions.models import Conversion
from apps.core.bulk import Among, array_of
from apps.core.tenancy import current_workspace_id
from apps.domain.retry import IN_DOUBT, LAST_TRY, Next
from apps.domain.states import State

# Above the longest call, kept anew with each; by the database's clock, because workers' clocks differ and jump.
LEASE = timedelta(seconds=75)
Key = tuple[UUID, UUID]  # (signal, event)


def taken(*, keys: Sequence[Key], request_id: UUID) -> None:
    """Lease what a request is to be made of, and count the try. The caller has locked these rows."""
    if keys:
        named(keys).update(state=State.SENDING, leased_until=Now() + LEASE, tries=F("tries") + 1, request_id=request_id)


def put_in_request(*, keys: Sequence[Key], request_id: UUID) -> None:
    """Note which request the claimed conversions leave in, and lease them anew."""
    named(keys).filter(state=State.SENDING).update(request_id=request_id, leased_until=Now() + LEASE)


def leases_keep(*, keys: Sequence[Key]) -> None:
    """Lease claimed conversions anew that wait for another request's answer."""
    if keys:
        named(keys).filter(state=State.SENDING).update(leased_until=Now() + LEASE)


def give_back(*, request_id: UUID, keys: Sequence[Key], now: datetime) -> None:
    """Owe claimed conversions as before: that request of theirs was refused, so that none of it was taken."""
    rows = named(keys).filter(state=State.SENDING, request_id=request_id)
    _erased_end(rows, now)
    rows.update(state=State.WAITING, due_at=now, leased_until=None, tries=F("tries") - 1)


def set_aside(*, key: Key, now: datetime) -> None:
    """End a conversion that waits and that our own code fails on; one that may have been taken ends as unknown."""
    waiting = named([key]).filter(state=State.WAITING)
    ended = {"due_at": None, "settled_at": now}
    waiting.exclude(doubtful_since=None).update(state=State.UNKNOWN, reason=IN_DOUBT, **ended)
    waiting.update(state=State.POISONED, reason="poisoned", **ended)


@dataclass(frozen=True, slots=True)
class Owing:
    """One conversion of a request, as far as its next step needs it."""

    signal_id: UUID
    event_id: UUID
    tries: int
    expires_at: datetime | None
    doubtful_since: datetime | None

    @property
    def key(self) -> Key:
        """What names it within the workspace."""
        return self.signal_id, self.event_id


@dataclass(frozen=True, slots=True)
class Waiting:
    """One conversion that waits, as far as its contact's consent concerns it."""

    signal_id: UUID
    event_id: UUID
    contact_id: int
    version_id: UUID

    @property
    def key(self) -> Key:
        """What names it within the workspace."""
        return self.signal_id, self.event_id


def waiting_for(*, contact_ids: Collection[int]) -> list[Waiting]:
    """What waits to be sent about these contacts."""
    rows = Conversion.objects.filter(contact_id__in=list(contact_ids), state=State.WAITING)
    return [Waiting(*row) for row in rows.values_list("signal_id", "event_id", "contact_id", "version_id")]


def in_request(*, request_id: UUID, state: State) -> list[Owing]:
    """The conversions whose latest request it is and that are in that state."""
    rows = Conversion.objects.filter(request_id=request_id, state=state).order_by("signal_id", "event_id")
    return [Owing(*row) for row in rows.values_list("signal_id", "event_id", "tries", "expires_at", "doubtful_since")]


def settle(
    *,
    request_id: UUID,
    steps: Mapping[Key, Next],
    now: datetime,
    state: State = State.SENDING,
    is_all: bool = False,
) -> None:
    """Apply the step after an answer to each conversion of a request; one that is not in `state` stays as it is.

    A statement for each way to end, and one for each cause to wait, however many different moments they wait until.
    `is_all`: the request has no others in that state.
    """
    ends: dict[Next, list[Key]] = {}
    waits: dict[_Wait, list[tuple[Key, datetime | None]]] = {}
    for key, step in steps.items():
        if step.state is State.WAITING:
            waits.setdefault(_Wait(step.reason, step.used_try, step.doubtful), []).append((key, step.due_at))
        else:
            ends.setdefault(step, []).append(key)
    of_request = Conversion.objects.filter(request_id=request_id, state=state)
    for step, keys in ends.items():
        rows = of_request if is_all and len(ends) == 1 and not waits else of_request.filter(_pairs(keys))
        rows.update(
            state=step.state,
            reason=step.reason[:100],
            due_at=None,
            tries=F("tries") if step.used_try else F("tries") - 1,
            settled_at=now,
            leased_until=None,
            **({"doubtful_since": _first(now)} if step.doubtful else {}),
        )
    for wait, moments in waits.items():
        _erased_end(of_request.filter(_pairs([key for key, _ in moments])), now)
        _put_off(request_id, state, wait, moments, now)


class _Wait(NamedTuple):
    """Why conversions wait for another try."""

    reason: str
    used_try: bool
    doubtful: bool


_PUT_OFF = """
    UPDATE conversions_conversion AS owed
       SET state = 'waiting', reason = %(reason)s, due_at = step.due_at, tries = owed.tries - %(unused)s,
           settled_at = NULL, leased_until = NULL,
           doubtful_since = CASE WHEN %(doubtful)s THEN COALESCE(owed.doubtful_since, %(now)s)
                                 ELSE owed.doubtful_since END
      FROM unnest(%(signals)s::uuid[], %(events)s::uuid[], %(moments)s::timestamptz[])
           AS step (signal_id, event_id, due_at)
     WHERE owed.workspace_id = %(workspace)s AND owed.signal_id = ANY(%(signals)s::uuid[])
       AND owed.signal_id = step.signal_id AND owed.event_id = step.event_id
       AND owed.request_id = %(request)s AND owed.state = %(state)s
"""


def _put_off(
    request_id: UUID, state: State, wait: _Wait, moments: Sequence[tuple[Key, datetime | None]], now: datetime
) -> None:
    asked = {
        "workspace": current_workspace_id(),
        "request": request_id,
        "state": state.value,
        "reason": wait.reason[:100],
        "unused": int(not wait.used_try),
        "doubtful": wait.doubtful,
        "now": now,
        "signals": array_of(signal_id for (signal_id, _), _ in moments),
        "events": array_of(event_id for (_, event_id), _ in moments),
        "moments": array_of(f'"{due_at.isoformat()}"' if due_at else "NULL" for _, due_at in moments),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PUT_OFF, asked)


def _erased_end(rows: QuerySet[Conversion], now: datetime) -> None:
    """What has nothing left to send never waits: an erasure blanked it while it was in a request."""
    rows.filter(payload="").update(
        state=State.CANCELLED, reason="erased", due_at=None, leased_until=None, settled_at=now
    )


def workspaces_with_lost_leases() -> list[UUID]:
    """Workspaces whose worker crashed while holding conversions. For the sweep, in every_workspace."""
    lost = Conversion.objects.filter(state=State.SENDING, leased_until__lt=Now())
    return list(lost.order_by().values_list("workspace_id", flat=True).distinct())


def leases_return(*, now: datetime) -> list[UUID]:
    """Give back what a crashed worker had claimed: due at once, same id, same bytes. Returns the accounts concerned."""
    rows = Conversion.objects.filter(state=State.SENDING, leased_until__lt=Now())
    accounts = list(rows.order_by().values_list("account_id", flat=True).distinct())
    if accounts:
        _erased_end(rows, now)
        rows.update(state=State.WAITING, due_at=now, leased_until=None, doubtful_since=_first(now))
    return accounts


def _first(now: datetime) -> Coalesce:
    """The moment from which a conversion's fate was first in doubt."""
    return Coalesce("doubtful_since", Value(now), output_field=DateTimeField())


def held_lift(*, account_ids: Collection[UUID], now: datetime) -> None:
    """What waited for these accounts to be mended is due at once."""
    waiting = Conversion.objects.filter(account_id__in=account_ids, state=State.WAITING, due_at__gt=now)
    waiting.exclude(reason="").update(due_at=now)


def route_put_off(*, account_id: UUID, route: str, reason: str, wait: timedelta, now: datetime) -> None:
    """What waits for this route of the account waits so much longer, and says why; what is due later keeps its time.

    What would expire meanwhile is tried once more in its last minute.
    """
    waiting = Conversion.objects.filter(account_id=account_id, route=route, state=State.WAITING, due_at__lt=now + wait)
    last = F("expires_at") - LAST_TRY
    due_at = Greatest(Least(Value(now + wait), last), Value(now + min(wait, LAST_TRY)), output_field=DateTimeField())
    waiting.update(due_at=due_at, reason=reason[:100])


def named(keys: Sequence[Key]) -> QuerySet[Conversion]:
    """The conversions with these keys."""
    return Conversion.objects.filter(_pairs(keys))


def _pairs(keys: Iterable[Key]) -> Q:
    """Rows named by (signal, event). The signals come once more by themselves: they say in which parts to look."""
    pairs = list(keys)
    return Q(Among("signal_id", {signal_id for signal_id, _ in pairs}), Among(("signal_id", "event_id"), pairs))
