"""Sending again what failed, expired or was called off, and late what was never judged: always in bulk, never twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Q, QuerySet

from apps.conversions.circumstances import circumstances_keep
from apps.conversions.claiming import Row, refusals
from apps.conversions.judging import Sitting, judge_by_act
from apps.conversions.models import Conversion
from apps.conversions.owing import Key, named
from apps.core.ids import first_id
from apps.core.tenancy import current_workspace_id
from apps.domain.facts import Act
from apps.domain.resend import BACKFILLABLE, ENDED, REPLAYABLE, Fate, fate_as_it_was, fate_of_judging
from apps.domain.states import Priority, State
from apps.records.selectors import records_there
from apps.signals.models import Signal
from apps.signals.selectors import judged

BEGINNING = UUID(int=0)
START: Key = (BEGINNING, BEGINNING)
_REOPENED = (Fate.ELIGIBLE, Fate.WINDOW, Fate.CONSENT)  # what may come out otherwise when it is judged again


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which conversions of an ad account a replay is about; empty means all. Periods are of when it happened."""

    states: tuple[str, ...] = ()
    network: str = ""
    reason: str = ""
    event_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    ended_by: datetime | None = None  # what ends later is not meant

    def rows(self) -> QuerySet[Conversion]:
        """All of them, in the order of their keys: nothing that is blocked, nor still on its way."""
        rows = Conversion.objects.filter(state__in=self.states or ENDED)
        rows = rows.filter(network=self.network) if self.network else rows
        rows = rows.filter(reason=self.reason) if self.reason else rows
        rows = rows.filter(event_id=self.event_id) if self.event_id else rows
        rows = rows.filter(signal_id__gte=first_id(at=self.since)) if self.since else rows
        rows = rows.filter(signal_id__lt=first_id(at=self.until)) if self.until else rows
        return rows.filter(settled_at__lte=self.ended_by) if self.ended_by else rows

    def after(self, cursor: Key, *, account_id: UUID, limit: int, lock: bool) -> list[Conversion]:
        """The next of the account's; `lock`: nobody else changes them until the transaction ends."""
        rows = self.rows().filter(_beyond(cursor), account_id=account_id).order_by("signal_id", "event_id")
        return list((rows.select_for_update() if lock else rows)[:limit])


class Judgement(NamedTuple):
    """What becomes of one conversion. `row`: as it is, or as judging it again would leave it; not written yet."""

    fate: Fate
    reason: str
    row: Conversion


def judged_as_it_was(
    rows: Sequence[Conversion], *, recognised_for: timedelta | None, terms_accepted: bool, sitting: Sitting
) -> list[Judgement]:
    """The fate of each if its own bytes left again: a fixed number of queries, and the questions that claiming asks."""
    asked = [Row(*(getattr(row, name) for name in Row._fields)) for row in rows]
    refused = refusals(asked, terms_accepted, sitting.now, recognised_for)
    return _without_repeats([_as_it_was(row, refused.get(key_of(row), "")) for row in rows], sitting)


def _without_repeats(judged: Sequence[Judgement], sitting: Sitting) -> list[Judgement]:
    """What was called off stood in no repeat's way (A13): where one of the same act counts since, this one does not."""
    off = {each.row.signal_id for each in judged if each.row.state == State.CANCELLED and each.fate is Fate.ELIGIBLE}
    acts = {signal.id: signal for signal in Signal.objects.filter(id__in=off).exclude(repeat_key="")}
    sitting.repeats.load(list(acts.values()))
    told = []
    for each in judged:
        signal = acts.get(each.row.signal_id) if each.fate is Fate.ELIGIBLE else None
        if signal is not None and sitting.repeats.first(signal, str(each.row.event_id)):
            told.append(each._replace(fate=Fate.BLOCKED, reason="duplicate"))
            continue
        if signal is not None:
            sitting.repeats.add(signal, str(each.row.event_id))
        told.append(each)
    return told


def _as_it_was(row: Conversion, refusal: str) -> Judgement:
    fate = fate_as_it_was(state=row.state, reason=row.reason, has_bytes=bool(row.payload), refusal=refusal)
    return Judgement(fate, refusal or row.reason, row)


def judged_anew(first: Sequence[Judgement], *, sitting: Sitting) -> list[Judgement]:
    """The fate of each if it were judged again with what is known now.

    Only of what the network certainly never took: what it may have must not change under its id.
    """
    found = {key_of(each.row): each for each in first}
    by_event: dict[UUID, list[UUID]] = {}
    for each in first:
        if each.fate not in _REOPENED:
            continue
        if each.row.doubtful_since is not None:
            found[key_of(each.row)] = each._replace(fate=Fate.DOUBTFUL, reason="outcome_unknown")
        else:
            by_event.setdefault(each.row.event_id, []).append(each.row.signal_id)
    for event_id, signal_ids in by_event.items():
        signals = list(Signal.objects.filter(id__in=signal_ids).order_by("id"))
        for again in _judged(event_id, signals, sitting=sitting):
            found[key_of(again.row)] = again
    return [found[key_of(each.row)] for each in first]


def signals_after(cursor: Key, *, kind: str, name: str, since: datetime, until: datetime, limit: int) -> list[Signal]:
    """The next judged signals of a trigger that occurred in the period, first to last."""
    rows = judged(Signal.objects.filter(kind=kind, name=name, id__lt=first_id(at=until)))
    return list(rows.filter(id__gte=first_id(at=since), id__gt=cursor[0]).order_by("id")[:limit])


def judged_late(signals: Sequence[Signal], *, event_id: UUID, sitting: Sitting) -> list[Judgement]:
    """The fate of each of the signals that the event has not decided on yet; the others are not in it."""
    held = Conversion.objects.filter(event_id=event_id, signal_id__in=[signal.id for signal in signals])
    decided = held.exclude(state=State.BLOCKED, reason__in=BACKFILLABLE).values_list("signal_id", flat=True)
    settled = set(decided)
    open_to = [each for each in signals if each.id not in settled]
    return _judged(event_id, open_to, sitting=sitting)


def _judged(event_id: UUID, signals: Sequence[Signal], *, sitting: Sitting) -> list[Judgement]:
    if not signals:
        return []
    there = records_there(object_type="contacts", ids={each.contact_id for each in signals})
    rows = judge_by_act(workspace_id=current_workspace_id(), event_id=event_id, signals=signals, sitting=sitting)
    return [Judgement(_fate_of(row) if row.contact_id in there else Fate.ERASED, row.reason, row) for row in rows]


def _fate_of(row: Conversion) -> Fate:
    return fate_of_judging(leaves=row.state == State.WAITING, reason=row.reason)


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


def put_in_place(rows: Sequence[Conversion], sitting: Sitting) -> None:
    """Write what judging came to where there was nothing, or in the place of what was: still one row for each key."""
    circumstances_keep(workspace_id=current_workspace_id(), found=sitting.circumstances.values())
    ended = [*REPLAYABLE, State.BLOCKED]
    named([key_of(row) for row in rows]).filter(state__in=ended).delete()
    Conversion.objects.bulk_create(rows, ignore_conflicts=True)


def key_of(row: Conversion) -> Key:
    """What names the conversion within its workspace."""
    return row.signal_id, row.event_id


def _beyond(cursor: Key) -> Q:
    signal_id, event_id = cursor
    # The first part alone says where in the primary key to begin reading.
    return Q(signal_id__gte=signal_id) & (Q(signal_id__gt=signal_id) | Q(event_id__gt=event_id))
