"""Judging in bulk: unjudged signals in, conversions out, in one transaction and a fixed number of statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.conversions.circumstances import Told, circumstances_keep
from apps.conversions.frozen import Frozen, conversion_of, conversions_write, frozen
from apps.conversions.gathering import contacts_of, network_event_id, signal_of, workspace_of
from apps.conversions.models import Conversion
from apps.conversions.repeats import Repeats
from apps.conversions.wanting import Ready, events_wanting
from apps.domain import facts
from apps.domain.decide import decide
from apps.domain.decision import Case, Verdict
from apps.domain.states import Priority
from apps.records.selectors import latest_deals
from apps.signals.models import Signal
from apps.signals.selectors import AnySignal, signals_unjudged
from apps.signals.services import signals_close

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """How many signals were judged, the ad accounts that are now owed something, and whether more may be unjudged."""

    signals: int
    accounts: frozenset[UUID]
    more: bool = False


def judge_batch(*, workspace_id: UUID, now: datetime, limit: int | None = None) -> Judged | None:
    """Judge up to `limit` (BATCH) unjudged signals for every event that wants them. Call inside the workspace's scope.

    One worker judges a workspace at a time (an advisory lock), so that of two repeats the first is always settled: None
    when another is at it.
    """
    if not take_turn(workspace_id):
        return None
    signals = signals_unjudged(limit=limit or BATCH)
    if not signals:
        return Judged(0, frozenset())
    shared: dict[str, Told] = {}
    workspace = workspace_of(workspace_id)
    wanting = events_wanting(signals, workspace)
    rows = list(_judged(workspace, signals, wanting, Repeats(), shared, now))
    circumstances_keep(workspace_id=workspace_id, found=shared.values())
    conversions_write(workspace_id=workspace_id, rows=rows, now=now)
    signals_close(ids=[signal.id for signal in signals])
    owed = {row.account_id for row in rows if row.payload}
    return Judged(len(signals), frozenset(map(UUID, owed)), more=len(signals) == (limit or BATCH))


def turn_wait(*, workspace_id: UUID) -> None:
    """Let nobody judge the workspace's signals until this transaction ends; waits for who is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"judge:{workspace_id}"])


def take_turn(workspace_id: UUID) -> bool:
    """Be the one who judges this workspace until the transaction ends; False when another is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"judge:{workspace_id}"])
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Sitting:
    """Judging by somebody's act: by which, as of when, and what is remembered from one slice to the next."""

    act: facts.Act
    now: datetime
    repeats: Repeats = field(default_factory=Repeats)
    circumstances: dict[str, Told] = field(default_factory=dict)


def judge_by_act(
    *, workspace_id: UUID, event_id: UUID, signals: Sequence[Signal], sitting: Sitting
) -> list[Conversion]:
    """What these signals come to for that one event in its present version; none where it is deleted. Not written."""
    workspace = workspace_of(workspace_id)
    wanting = {
        heard: [each.by_act(sitting.act)]
        for heard, events in events_wanting(signals, workspace).items()
        for each in events
        if each.rules.id == str(event_id)
    }
    rows = _judged(workspace, signals, wanting, sitting.repeats, sitting.circumstances, sitting.now)
    return [
        conversion_of(row, workspace_id=workspace_id, now=sitting.now, priority=Priority.RESEND) for row in list(rows)
    ]


def _judged(
    workspace: facts.Workspace,
    signals: Sequence[AnySignal],
    wanting: Mapping[tuple[str, str], Sequence[Ready]],
    repeats: Repeats,
    shared: dict[str, Told],
    now: datetime,
) -> Iterator[Frozen]:
    """Each signal's conversion for each event; `shared` is filled with the circumstances that they name."""
    wanted = [signal for signal in signals if (signal.kind, signal.name) in wanting]
    contact_ids = {signal.contact_id for signal in wanted}
    contacts, nobody = contacts_of(contact_ids), facts.Contact()
    deals = latest_deals(contact_ids) if _ask_for_deals(wanting) else {}
    repeats.load(wanted)
    for signal in wanted:
        fact = signal_of(signal)
        for newest in wanting[signal.kind, signal.name]:
            ready = newest if newest.older is None else newest.at(fact.original_occurred_at or fact.occurred_at)
            rules = ready.rules
            case = Case(
                fact,
                contacts.get(signal.contact_id, nobody),
                deals.get(signal.contact_id),
                rules,
                ready.account,
                workspace,
                ready.shape,
                now,
                repeats.first(signal, rules.id) if signal.repeat_key else "",
            )
            decision = decide(case, network_event_id=network_event_id(workspace, rules, fact))
            if signal.repeat_key and decision.verdict is not Verdict.BLOCKED:
                repeats.add(signal, rules.id)
            shared[ready.told.id] = ready.told
            yield frozen(signal, ready, case, decision)


def _ask_for_deals(wanting: Mapping[tuple[str, str], Sequence[Ready]]) -> bool:
    return any(ready.may_ask_for_deals for events in wanting.values() for ready in events)
