"""Judging in bulk: unjudged signals in, conversions out, in one transaction and a fixed number of statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import connection

from apps.ads.registry import NETWORKS
from apps.conversions.circumstances import Told, circumstances_keep
from apps.conversions.gathering import contacts_of, signal_of, workspace_of
from apps.conversions.models import Conversion
from apps.conversions.repeats import Repeats
from apps.conversions.wanting import Ready, events_wanting
from apps.core.ids import short_hash
from apps.domain import facts
from apps.domain.decide import decide
from apps.domain.decision import Case, Decision, Verdict
from apps.domain.rerun import asked_of
from apps.domain.states import Priority, State
from apps.records.selectors import latest_deals
from apps.signals.models import Signal

BATCH = 1000
HELD_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Judged:
    """How many signals were judged, and the ad accounts that are now owed something."""

    signals: int
    accounts: frozenset[UUID]


def judge_batch(*, workspace_id: UUID, now: datetime) -> Judged | None:
    """Judge up to BATCH unjudged signals for every event that wants them. Call inside the workspace's scope.

    One worker judges a workspace at a time (an advisory lock), so that of two repeats the first is always settled: None
    when another is at it.
    """
    if not take_turn(workspace_id):
        return None
    signals = list(Signal.objects.filter(judged_at=None).order_by("id")[:BATCH])
    if not signals:
        return Judged(0, frozenset())
    shared: dict[UUID, Told] = {}
    workspace = workspace_of(workspace_id)
    wanting = events_wanting(signals, workspace)
    conversions = list(_conversions(workspace, signals, wanting, Repeats(), shared, now))
    circumstances_keep(workspace_id=workspace_id, found=shared.values())
    Conversion.objects.bulk_create(conversions, ignore_conflicts=True)
    Signal.objects.filter(id__in=[signal.id for signal in signals]).update(judged_at=now)
    owed = frozenset(each.account_id for each in conversions if each.state == State.WAITING)
    return Judged(len(signals), owed)


def turn_wait(*, workspace_id: UUID) -> None:
    """Let nobody judge the workspace's signals until this transaction ends; waits for who is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"judge:{workspace_id}"])


def take_turn(workspace_id: UUID) -> bool:
    """Be the one who judges this workspace until the transaction ends; False when another is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"judge:{workspace_id}"])
        return bool(cursor.fetchone()[0])


def judge_by_act(
    *, workspace_id: UUID, event_id: UUID, signals: Sequence[Signal], act: facts.Act, repeats: Repeats, now: datetime
) -> list[Conversion]:
    """What judging these signals for that one event comes to now, by its present version; empty: it is deleted.

    Only the circumstances are written. Whoever asks for slice after slice without writing them hands on `repeats`.
    """
    workspace = workspace_of(workspace_id)
    wanting = {
        heard: [each.by_act(act)]
        for heard, events in events_wanting(signals, workspace).items()
        for each in events
        if each.event.id == event_id
    }
    shared: dict[UUID, Told] = {}
    rows = list(_conversions(workspace, signals, wanting, repeats, shared, now))
    circumstances_keep(workspace_id=workspace_id, found=shared.values())
    for row in rows:
        row.priority = Priority.RESEND
    return rows


def _conversions(
    workspace: facts.Workspace,
    signals: Sequence[Signal],
    wanting: Mapping[tuple[str, str], Sequence[Ready]],
    repeats: Repeats,
    shared: dict[UUID, Told],
    now: datetime,
) -> Iterator[Conversion]:
    """Each signal's conversion for each event; `shared` is filled with the circumstances that they name."""
    wanted = [signal for signal in signals if (signal.kind, signal.name) in wanting]
    contact_ids = {signal.contact_id for signal in wanted}
    contacts = contacts_of(contact_ids)
    deals = latest_deals(contact_ids)
    repeats.load(wanted)
    for signal in wanted:
        fact = signal_of(signal)
        for newest in wanting[signal.kind, signal.name]:
            ready = newest if newest.older is None else newest.at(fact.original_occurred_at or fact.occurred_at)
            case = Case(
                signal=fact,
                contact=contacts.get(signal.contact_id, facts.Contact()),
                deal=deals.get(signal.contact_id),
                event=ready.rules,
                account=ready.account,
                workspace=workspace,
                shape=ready.shape,
                now=now,
                repeat_of=repeats.first(signal, ready.event.id),
            )
            decision = decide(case, network_event_id=short_hash(workspace.id, ready.rules.id, fact.id))
            if decision.verdict is not Verdict.BLOCKED:
                repeats.add(signal, ready.event.id)
            shared[ready.told.id] = ready.told
            yield _row(signal, ready, case, decision)


def _row(signal: Signal, ready: Ready, case: Case, decision: Decision) -> Conversion:
    now = case.now
    row = Conversion(
        workspace_id=signal.workspace_id,
        signal_id=signal.id,
        event_id=ready.event.id,
        version_id=ready.version_id,
        account_id=ready.event.account_id,
        contact_id=signal.contact_id,
        network=ready.account.network,
        state=State.BLOCKED,
        reason=decision.reason,
        trace=[[step.step, step.result, step.code, step.looked_at] for step in decision.trace],
        asked=orjson.dumps(asked_of(case, decision)).decode(),
        circumstances_id=ready.told.id,
        occurred_at=signal.occurred_at,
        judged_at=now,
    )
    owed = decision.owed
    if owed is None:
        row.settled_at = now
        return row
    network = NETWORKS[ready.account.network]
    row.state = State.WAITING
    row.network_event_id = owed.network_event_id
    row.route, row.payload = network.route(owed), network.element(owed)
    if owed.value is not None:
        row.value, row.currency = owed.value.amount, owed.value.currency
    row.expires_at = decision.expires_at
    row.due_at = _due_at(decision, now)
    return row


def _due_at(decision: Decision, now: datetime) -> datetime | None:
    """When it may leave; None: not before somebody has decided."""
    if decision.verdict is Verdict.SEND:
        return now
    return None if decision.reason == "outlier" else now + HELD_AGAIN
