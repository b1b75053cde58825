"""Sending again what failed, expired or was called off, and late what was never judged: always in bulk, never twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Q, QuerySet

from apps.conversions.claiming import Row, refusals
from apps.conversions.judging import judge_by_act
from apps.conversions.models import Conversion
from apps.conversions.owing import Key, named
from apps.conversions.repeats import Repeats
from apps.core.ids import first_id
from apps.core.tenancy import current_workspace_id
from apps.domain.facts import Act
from apps.domain.resend import BACKFILLABLE, REPLAYABLE, Fate, fate_as_it_was, fate_of_judging
from apps.domain.states import Priority, State
from apps.records.models import Contact
from apps.signals.models import Signal

BEGINNING = UUID(int=0)
START: Key = (BEGINNING, BEGINNING)
_ENDED = (*REPLAYABLE, State.SENT, State.CONFIRMED)
_REOPENED = (Fate.ELIGIBLE, Fate.WINDOW, Fate.CONSENT)  # what may come out otherwise when it is judged again


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which conversions of an ad account a replay is about; empty means all. Periods are of when it happened."""

    states: tuple[str, ...] = ()
    reason: str = ""
    event_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    ended_by: datetime | None = None  # what ends later is not meant

    def rows(self) -> QuerySet[Conversion]:
        """All of them, in the order of their keys: nothing that is blocked, nor still on its way."""
        rows = Conversion.objects.filter(state__in=self.states or _ENDED)
        rows = rows.filter(reason=self.reason) if self.reason else rows
        rows = rows.filter(event_id=self.event_id) if self.event_id else rows
        rows = rows.filter(signal_id__gte=first_id(at=self.since)) if self.since else rows
        rows = rows.filter(signal_id__lt=first_id(at=self.until)) if self.until else rows
        return rows.filter(settled_at__lte=self.ended_by) if self.ended_by else rows

    def after(self, cursor: Key, *, account_id: UUID, limit: int) -> list[Conversion]:
        """The next of the account's, locked until the transaction ends."""
        rows = self.rows().filter(_beyond(cursor), account_id=account_id).order_by("signal_id", "event_id")
        return list(rows.select_for_update()[:limit])


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of one conversion; `row` is what it leaves as, None where it leaves as it was."""

    key: Key
    fate: Fate
    reason: str
    state: str
    row: Conversion | None = None


def judged_as_it_was(
    rows: Sequence[Conversion], *, recognised_for: timedelta | None, terms_accepted: bool, now: datetime
) -> list[Judgement]:
    """The fate of each if its own bytes left again: a fixed number of queries, and the questions that claiming asks."""
    asked = [Row(*(getattr(row, name) for name in Row._fields)) for row in rows]
    refused = refusals(asked, terms_accepted, now, now - recognised_for if recognised_for else None)
    return [
        Judgement(
            row.key,
            fate_as_it_was(
                state=held.state, reason=held.reason, has_bytes=bool(held.payload), refusal=refused.get(row.key, "")
            ),
            refused.get(row.key, held.reason),
            held.state,
        )
        for row, held in zip(asked, rows, strict=True)
    ]


def judged_anew(
    held: Sequence[Conversion], first: Sequence[Judgement], *, act: Act, now: datetime, repeats: Repeats
) -> list[Judgement]:
    """The fate of each if it were judged again with what is known now.

    Only what the network certainly never took: what may be there must not change under its id.
    """
    found = {each.key: each for each in first}
    meant = [row for row in held if found[key_of(row)].fate in _REOPENED]
    for row in meant:
        if row.doubtful_since is not None:
            found[key_of(row)] = Judgement(key_of(row), Fate.DOUBTFUL, "outcome_unknown", row.state)
    open_to = [row for row in meant if row.doubtful_since is None]
    for event_id in {row.event_id for row in open_to}:
        of_event = {row.signal_id: row for row in open_to if row.event_id == event_id}
        signals = list(Signal.objects.filter(id__in=list(of_event)).order_by("id"))
        for each in _judged(event_id, signals, act=act, now=now, repeats=repeats):
            found[each.key] = Judgement(each.key, each.fate, each.reason, of_event[each.key[0]].state, each.row)
    return [found[key_of(row)] for row in held]


def signals_after(cursor: Key, *, kind: str, name: str, since: datetime, until: datetime, limit: int) -> list[Signal]:
    """The next judged signals of a trigger that occurred in the period, first to last."""
    rows = Signal.objects.filter(kind=kind, name=name, judged_at__isnull=False, id__lt=first_id(at=until))
    return list(rows.filter(id__gte=first_id(at=since), id__gt=cursor[0]).order_by("id")[:limit])


def judged_late(
    event_id: UUID, signals: Sequence[Signal], *, act: Act, now: datetime, repeats: Repeats
) -> list[Judgement]:
    """The fate of each of the signals that the event has not decided on yet; the others are not in it."""
    held = Conversion.objects.filter(event_id=event_id, signal_id__in=[signal.id for signal in signals])
    decided = held.exclude(state=State.BLOCKED, reason__in=BACKFILLABLE).values_list("signal_id", flat=True)
    settled = set(decided)
    return _judged(event_id, [each for each in signals if each.id not in settled], act=act, now=now, repeats=repeats)


def _judged(event_id: UUID, signals: Sequence[Signal], *, act: Act, now: datetime, repeats: Repeats) -> list[Judgement]:
    if not signals:
        return []
    there = set(Contact.objects.filter(id__in={each.contact_id for each in signals}).values_list("id", flat=True))
    rows = judge_by_act(
        workspace_id=signals[0].workspace_id,
        event_id=event_id,
        signals=signals,
        act=act,
        repeats=repeats,
        now=now,
    )
    return [
        Judgement(
            key_of(row),
            fate_of_judging(leaves=row.state == State.WAITING, reason=row.reason)
            if row.contact_id in there
            else Fate.ERASED,
            row.reason,
            row.state,
            row,
        )
        for row in rows
    ]


_AGAIN = """
    UPDATE conversions_conversion AS ended
       SET state = 'waiting', reason = '', priority = %(priority)s, due_at = %(now)s, settled_at = NULL,
           tries = CASE WHEN doubtful_since IS NULL THEN 0 ELSE 1 END, trace = trace || %(step)s::jsonb
      FROM unnest(%(signals)s::uuid[], %(events)s::uuid[]) AS chosen (signal_id, event_id)
     WHERE ended.workspace_id = %(workspace)s AND ended.signal_id = chosen.signal_id
       AND ended.event_id = chosen.event_id AND ended.state = ANY (%(states)s)
"""


def send_again(keys: Sequence[Key], *, act: Act, now: datetime) -> None:
    """Owe these once more, with the bytes and the id they have; the trace says by whose act.

    One that is in doubt begins at its second try: a network that has it already then says so of our own.
    """
    step = ["resend", "note", act.code, {"by": act.by, "started_at": act.started_at.isoformat(timespec="seconds")}]
    with connection.cursor() as cursor:
        cursor.execute(
            _AGAIN,
            {
                "priority": Priority.RESEND,
                "now": now,
                "step": orjson.dumps([step]).decode(),
                "signals": [str(signal_id) for signal_id, _ in keys],
                "events": [str(event_id) for _, event_id in keys],
                "workspace": current_workspace_id(),
                "states": list(REPLAYABLE),
            },
        )


def put_in_place(rows: Sequence[Conversion]) -> None:
    """Write what judging came to where there was nothing, or in the place of what was: still one row for each key."""
    ended = [*REPLAYABLE, State.BLOCKED]
    named([key_of(row) for row in rows]).filter(state__in=ended).delete()
    Conversion.objects.bulk_create(rows, ignore_conflicts=True)


def key_of(row: Conversion) -> Key:
    """What names the conversion within its workspace."""
    return row.signal_id, row.event_id


def _beyond(cursor: Key) -> Q:
    signal_id, event_id = cursor
    return Q(signal_id__gt=signal_id) | Q(signal_id=signal_id, event_id__gt=event_id)
