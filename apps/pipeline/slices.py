"""Slice by slice through a replay or a backfill: counted for the forecast, then let into the lanes.

Each slice is one transaction that holds the job's row. It moves the row's cursor and writes what it did together, so
that one whose worker dies was never there, and the next worker takes it again (invariant 1).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any
from uuid import UUID

from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.audit import services as audit
from apps.conversions import resending
from apps.conversions.judging import BATCH, Sitting, take_turn
from apps.conversions.models import Conversion, Event
from apps.conversions.owing import Key
from apps.conversions.repeats import Repeats
from apps.conversions.resending import Chosen, Judgement
from apps.core.actor import SYSTEM
from apps.core.clock import shared_now
from apps.core.tenancy import every_workspace, workspace_scope
from apps.deliveries import lanes
from apps.deliveries.pacing import UNSAID
from apps.deliveries.spare import SLICE, Room, Wait, lane_room, pace_room
from apps.domain.facts import Act
from apps.domain.resend import Fate
from apps.pipeline import doorbell
from apps.pipeline.models import Resend, ResendKind, ResendState
from apps.pipeline.turns import turn

LOOK = timedelta(seconds=1)  # between two slices of a lane
ANOTHER_JUDGES = timedelta(seconds=0.3)
GOING_ON = (ResendState.COUNTING, ResendState.RUNNING)
SAMPLES = 5  # of each fate
MOST_AT_ONCE = 500


def key_written(key: Key) -> str:
    """A cursor as the job's row keeps it."""
    return f"{key[0]}:{key[1]}"


def key_read(text: str) -> Key:
    """The cursor of that text."""
    signal_id, _, event_id = text.partition(":")
    return UUID(signal_id), UUID(event_id)


def resends_ring() -> int:
    """Ring for the jobs that have to go on: the sweep of what the doorbell missed. Returns how many."""
    with every_workspace():
        due = Resend.objects.filter(due_at__lte=shared_now()).order_by("due_at")
        keys = list(due.values_list("workspace_id", "id")[:MOST_AT_ONCE])
    for workspace_id, resend_id in keys:
        doorbell.ring_resend(workspace_id, resend_id)
    return len(keys)


def resend_go_on(*, workspace_id: UUID, resend_id: UUID) -> None:
    """Go on with a job, slice by slice, until it has to wait, is through, or has had its turn."""
    repeats = Repeats()
    for _ in turn():
        now = shared_now()
        with workspace_scope(workspace_id):
            # The lock is the lease: it ends with the transaction, however that ends.
            mine = Resend.objects.select_for_update(skip_locked=True).filter(id=resend_id, state__in=GOING_ON)
            job = mine.first()
            if job is None:
                return
            woken = resend_step(job, now=now, repeats=repeats)
            due_at = job.due_at
        for account_id in woken:
            doorbell.ring_send(workspace_id, account_id)
        if due_at is None:
            return
        if due_at > now:
            doorbell.ring_resend(workspace_id, resend_id, in_seconds=(due_at - now).total_seconds())
            return
    doorbell.ring_resend(workspace_id, resend_id)


def nothing_counted() -> dict[str, Any]:
    """Counts to begin with: by fate, of the blocked by reason and by ad account; value by currency; a few of each."""
    return {"counts": {}, "reasons": {}, "value": {}, "accounts": {}, "samples": [], "seconds": 0}


def resend_step(job: Resend, *, now: datetime, repeats: Repeats | None = None) -> list[UUID]:
    """One slice of each of the job's ad accounts, and the job's row saved; returns the accounts to serve.

    Call inside the workspace's scope with the row locked, or new.
    """
    accounts = AdAccount.objects.select_related("connection").in_bulk(_open(job))
    step, before = _STEPS[ResendState(job.state)], job.done
    sitting = Sitting(act_of(job, now), now, repeats or Repeats())
    rooms = [step(job, accounts[account_id], sitting) for account_id in _open(job)]
    woken = list(accounts) if job.done > before and step is _let_in else []
    if not _open(job):
        _end(job, now)
    else:
        soonest = min(rooms, key=lambda room: room.look_in)
        job.due_at, job.waits_for = now + soonest.look_in, soonest.wait
    job.save()
    return woken


def _open(job: Resend) -> list[UUID]:
    """The ad accounts that it is not through with."""
    return [UUID(number) for number, cursor in job.cursors.items() if cursor]


def _end(job: Resend, now: datetime) -> None:
    job.due_at, job.waits_for = None, ""
    if job.state == ResendState.COUNTING:
        job.forecast["seconds"] = _seconds(job)
        job.cursors = dict.fromkeys(job.cursors, key_written(resending.START))
        job.done, job.state = 0, ResendState.DRAFT
        if job.started_by:
            job.state, job.due_at = ResendState.RUNNING, now
        return
    job.state, job.ended_at = ResendState.DONE, now
    audit.record(
        workspace_id=job.workspace_id,
        by=SYSTEM,
        action=f"{job.kind}.done",
        subject=str(job.id),
        at=now,
        detail={"counts": job.outcome["counts"]},
    )


def _seconds(job: Resend) -> int:
    """How long it takes at least: lanes side by side, each a slice a second or at half of its network's pace."""
    eligible = {UUID(number): count for number, count in job.forecast["accounts"].items()}
    networks = dict(AdAccount.objects.filter(id__in=eligible).values_list("id", "network"))
    return max((ceil(count / SLICE) * _apart(networks[number]) for number, count in eligible.items()), default=0)


def _apart(network: str) -> int:
    slowest = min((pace.per_minute for pace in NETWORKS[network].manifest.paces), default=UNSAID.per_minute)
    return max(1, ceil(120 / slowest))


def _count(job: Resend, account: AdAccount, sitting: Sitting) -> Room:
    """A slice for the forecast: nothing is written."""
    part = _NEXT[ResendKind(job.kind)](job, account, sitting)
    _tally(job.forecast, part.judged, account)
    _pass(job, account, part)
    return Room(Wait.NONE, timedelta(0))


def _let_in(job: Resend, account: AdAccount, sitting: Sitting) -> Room:
    """A slice into the account's lane, when that has room: as many as are eligible, SLICE at most."""
    room = lane_room(account, now=sitting.now)
    if room.wait:
        return room
    if _judges(job) and not take_turn(job.workspace_id):
        return Room(Wait.SLICE, ANOTHER_JUDGES)
    part = _NEXT[ResendKind(job.kind)](job, account, sitting).cut()
    eligible = part.eligible
    room = pace_room(account, routes={row.route for row in eligible}, now=sitting.now)
    if room.wait:
        return room
    _write(job, part, sitting)
    _tally(job.outcome, part.judged, account)
    _pass(job, account, part)
    if not eligible:
        return Room(Wait.NONE, timedelta(0))
    lanes.lanes_wake(workspace_id=job.workspace_id, account_ids=[account.id], at=sitting.now)
    return Room(Wait.NONE, LOOK)


_STEPS = {ResendState.COUNTING: _count, ResendState.RUNNING: _let_in}


@dataclass(frozen=True, slots=True)
class _Part:
    """The next of an account's: the keys that were passed, and what was judged of them; `last`: there are no more."""

    keys: Sequence[Key]
    judged: Sequence[Judgement]
    last: bool

    @property
    def eligible(self) -> list[Conversion]:
        """What leaves."""
        return [each.row for each in self.judged if each.fate is Fate.ELIGIBLE]

    def cut(self) -> "_Part":
        """Itself up to the SLICE-th that leaves."""
        eligible = self.eligible
        if len(eligible) <= SLICE:
            return self
        last = resending.key_of(eligible[SLICE - 1])
        judged = [each for each in self.judged if resending.key_of(each.row) <= last]
        return _Part([key for key in self.keys if key <= last], judged, last=False)


def _replayed(job: Resend, account: AdAccount, sitting: Sitting) -> _Part:
    chosen = chosen_of(job)
    cursor = key_read(job.cursors[str(account.id)])
    running = job.state == ResendState.RUNNING
    rows = chosen.after(cursor, account_id=account.id, limit=BATCH, lock=running)
    recognised_for = NETWORKS[account.network].manifest.recognises_repeats
    judged = resending.judged_as_it_was(
        rows, recognised_for=recognised_for, terms_accepted=account.terms_accepted, sitting=sitting
    )
    if job.wanted["anew"]:
        judged = resending.judged_anew(judged, sitting=sitting)
    return _Part([resending.key_of(row) for row in rows], judged, len(rows) < BATCH)


def _backfilled(job: Resend, account: AdAccount, sitting: Sitting) -> _Part:
    assert job.event_id is not None
    event = Event.objects.get(id=job.event_id)
    since, until = (datetime.fromisoformat(job.wanted[name]) for name in ("since", "until"))
    cursor = key_read(job.cursors[str(account.id)])
    signals = resending.signals_after(
        cursor, kind=event.trigger, name=event.trigger_name, since=since, until=until, limit=BATCH
    )
    judged = resending.judged_late(signals, event_id=event.id, sitting=sitting)
    return _Part([(signal.id, event.id) for signal in signals], judged, len(signals) < BATCH)


_NEXT = {ResendKind.REPLAY: _replayed, ResendKind.BACKFILL: _backfilled}


def chosen_of(job: Resend) -> Chosen:
    """What a replay is about: what had ended when it was made."""
    told = job.wanted
    since, until = ((datetime.fromisoformat(told[name]) if told[name] else None) for name in ("since", "until"))
    return Chosen(
        states=tuple(told["states"]),
        network=told["network"],
        reason=told["reason"],
        event_id=job.event_id,
        since=since,
        until=until,
        ended_by=job.created_at,
    )


def act_of(job: Resend, now: datetime) -> Act:
    """By whose act it is, as traces say it."""
    again = "judged_anew" if job.wanted["anew"] else "replay"
    code = "backfill" if job.kind == ResendKind.BACKFILL else again
    return Act(code, job.started_by or job.created_by, job.started_at or now)


def _judges(job: Resend) -> bool:
    return job.kind == ResendKind.BACKFILL or bool(job.wanted["anew"])


_UNDECIDED = (Fate.ERASED, Fate.EVENT)  # a backfill has nothing to decide there


def _write(job: Resend, part: _Part, sitting: Sitting) -> None:
    """Owe what is eligible. A backfill also keeps why the others do not leave: it is the first decision on them."""
    if job.kind == ResendKind.BACKFILL:
        resending.put_in_place([each.row for each in part.judged if each.fate not in _UNDECIDED], sitting)
    elif not part.eligible:
        return
    elif job.wanted["anew"]:
        resending.put_in_place(part.eligible, sitting)
    else:
        keys = [resending.key_of(row) for row in part.eligible]
        resending.send_again(keys, act=sitting.act, now=sitting.now)


def _pass(job: Resend, account: AdAccount, part: _Part) -> None:
    """Move the cursor, past the end where that was reached."""
    job.done += len(part.keys)
    job.cursors[str(account.id)] = "" if part.last else key_written(part.keys[-1])


def _tally(into: dict[str, Any], judged: Sequence[Judgement], account: AdAccount) -> None:
    """Add these to the counts."""
    counts, reasons, accounts = (Counter(into[name]) for name in ("counts", "reasons", "accounts"))
    value = {currency: Decimal(told) for currency, told in into["value"].items()}
    samples = into["samples"]
    seen = Counter(sample["fate"] for sample in samples)
    for fate, reason, row in judged:
        counts[fate] += 1
        if fate is Fate.BLOCKED:
            reasons[reason] += 1
        if fate is Fate.ELIGIBLE:
            accounts[str(account.id)] += 1
            if row.value is not None:
                value[row.currency] = value.get(row.currency, Decimal(0)) + row.value
        if seen[fate] < SAMPLES:
            seen[fate] += 1
            samples.append(_sample(fate, reason, row))
    told = {currency: f"{amount:f}" for currency, amount in sorted(value.items())}
    into |= {"counts": counts, "reasons": reasons, "accounts": accounts, "value": told}


def _sample(fate: Fate, reason: str, row: Conversion) -> dict[str, str]:
    ids = {"signal_id": str(row.signal_id), "event_id": str(row.event_id)}
    return {**ids, "occurred_at": row.occurred_at.isoformat(), "fate": fate, "reason": reason}
