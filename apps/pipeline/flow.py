"""The story of convsync, told once: notice -> judge -> send -> settle, and where a network is slow, confirm.

    notice   a fact is written as a signal, in the transaction of the change that caused it
    judge    each signal is decided for every event that wants it: blocked with its reason, or frozen and owed
    send     what is owed leaves in full requests, one ad account at a time, earliest deadline first
    settle   the answer ends each conversion, or says when to try again; the sweep finds what a crash left behind
    confirm  where a network only says later what it did with a request, it is asked until it has told

The database is the truth. The doorbell (Celery, Redis) only says "look now"; when it is lost, the sweep looks.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import SystemRandom
from uuid import UUID

from django.db import transaction

from apps.ads.leadgen import workspaces_with_leads
from apps.conversions import owing
from apps.conversions.held import overdue_end, workspaces_with_overdue
from apps.core.alone import alone
from apps.core.clock import shared_now
from apps.core.stopping import stopping
from apps.core.tenancy import every_workspace, workspace_scope
from apps.deliveries import lanes
from apps.deliveries.confirming import accounts_to_ask, confirm_next
from apps.deliveries.dropped import given_back
from apps.deliveries.sender import Sender
from apps.deliveries.sending import Keep, Sent, send_next
from apps.domain.retry import HOLD_WAIT
from apps.pipeline import doorbell
from apps.pipeline.poisoned import Bench
from apps.pipeline.simulating import simulations_waiting
from apps.pipeline.turns import turn
from apps.signals.selectors import workspaces_with_unjudged
from apps.signals.services import Noticed, signals_record

OTHERS_TURN = 0.3  # seconds to wait for another worker that judges the same workspace
LONGEST_HOLD = timedelta(days=1)  # whatever was asked for: then somebody looks again
MOST_RUNG = 2000  # bells of one kind in one sweep
_RANDOM = SystemRandom()


def notice(*, workspace_id: UUID, noticed: Sequence[Noticed], at: datetime) -> None:
    """Write the facts as signals in the caller's transaction, and ring for judging once it is committed."""
    if noticed:
        signals_record(workspace_id=workspace_id, noticed=noticed, at=at)
        transaction.on_commit(lambda: doorbell.ring_judge(workspace_id))


def judge(*, workspace_id: UUID) -> int:
    """Judge the workspace's signals for a turn; returns how many. Wakes the lanes that are owed something."""
    total, bench = 0, Bench(workspace_id)
    for _ in turn():
        judged = bench.batch(now=shared_now())
        if judged is None:  # its last look may have missed what this bell was about: look again when it is done
            doorbell.ring_judge(workspace_id, in_seconds=OTHERS_TURN)
            return total
        total += judged.signals
        for account_id in judged.accounts:
            doorbell.ring_send(workspace_id, account_id)
        if not judged.more:  # what is recorded from here on rings its own bell
            return total
    doorbell.ring_judge(workspace_id)  # at the back of the line
    return total


def send(*, workspace_id: UUID, account_id: UUID) -> int:
    """Serve one lane for a turn; returns how many conversions left. Nothing happens when another worker serves it."""
    started = shared_now()
    with workspace_scope(workspace_id, lasting=False):
        lease = None if stopping() else lanes.lane_lease(account_id=account_id, now=started)
    if lease is None:
        return 0
    with given_back(workspace_id=workspace_id, account_id=account_id, lease=lease):
        return _served(workspace_id, account_id, lease, started)


def _served(workspace_id: UUID, account_id: UUID, lease: UUID, started: datetime) -> int:
    keep = partial(lanes.lane_keep, account_id=account_id, lease=lease)
    sender = Sender.load(workspace_id, account_id, started)
    total, held, wait = 0, sender.held, None
    for _ in turn():
        sent = None
        if not held:
            sender, sent = _sent(sender, keep)
        if sent is None:
            break
        total += sent.count
        held, wait = (sent.hold.code, sent.hold.wait) if sent.hold else ("", None)
        with workspace_scope(workspace_id, lasting=False):
            if not keep():
                return total
    settle(workspace_id=workspace_id, account_id=account_id, lease=lease, held=held, wait=wait)
    return total


def _sent(sender: Sender, keep: Keep) -> tuple[Sender, Sent | None]:
    """One request's worth; once more with a newer token where the network called this one dead, and then no more."""
    sent = send_next(sender, keep=keep, now=shared_now())
    for mend in (Sender.renewed, Sender.ended):
        if sent is None or sent.hold is None or not sent.hold.signed_out:
            break
        sender = mend(sender, sent.hold, shared_now())
        if sender.held:
            return sender, Sent(sent.count, replace(sent.hold, code=sender.held))
        again = send_next(sender, keep=keep, now=shared_now())
        sent = Sent(sent.count + again.count, again.hold) if again else Sent(sent.count)
    return sender, sent


def settle(*, workspace_id: UUID, account_id: UUID, lease: UUID, held: str = "", wait: timedelta | None = None) -> None:
    """End a lane's turn: due again when its next conversion is, later when the network or the account holds it up.

    `wait` is how long a hold lasts, where that is known; what would end meanwhile gets a last try.
    """
    with workspace_scope(workspace_id, lasting=False):
        until = _hold_ends(account_id, wait) if held else None
        due = lanes.lane_release(account_id=account_id, lease=lease, held_reason=held[:100], held_until=until)
    # The clock is read last: what came due while the lane was ours has rung in vain.
    if due is not None and due <= shared_now() and not held:
        doorbell.ring_send(workspace_id, account_id)


def _hold_ends(account_id: UUID, wait: timedelta | None) -> datetime:
    return lanes.hold_ends(account_id=account_id, wait=min(wait or HOLD_WAIT, LONGEST_HOLD), now=shared_now())


def confirm(*, workspace_id: UUID, account_id: UUID) -> int:
    """Ask what became of the account's requests that are processed later; returns how often it asked in bulk."""
    turns, sender = 0, Sender.load(workspace_id, account_id, shared_now())
    for _ in turn():
        now = shared_now()
        owed = confirm_next(sender, now=now)
        if owed is None:
            break
        turns += 1
        if owed:
            with workspace_scope(workspace_id):
                lanes.lanes_wake(workspace_id=workspace_id, account_ids=[account_id], at=now)
    return turns


def resume(*, workspace_id: UUID, account_ids: Sequence[UUID], at: datetime) -> None:
    """Somebody mended what held these accounts up: what waited for them goes on at once."""
    with workspace_scope(workspace_id):
        owing.held_lift(account_ids=account_ids, now=at)
        lanes.lanes_lift(account_ids=account_ids)
        lanes.lanes_wake(workspace_id=workspace_id, account_ids=account_ids, at=at)
    for account_id in account_ids:
        doorbell.ring_send(workspace_id, account_id)


def sweep() -> dict[str, int]:
    """Find what the doorbell missed: unjudged signals, lanes that are due, leases that a crash left behind.

    What waited for a decision until its window closed ends here, because no lane is ever due for it. One sweep at a
    time, however many schedulers there are (an advisory lock); each rings so many bells at most, not always the same.
    """
    now = shared_now()
    with every_workspace():
        if not alone("sweep"):
            return {}
        crashed = owing.workspaces_with_lost_leases()
        for workspace_id in crashed:
            with workspace_scope(workspace_id):
                accounts = owing.leases_return(now=now)
                lanes.lanes_wake(workspace_id=workspace_id, account_ids=accounts, at=now)
        for workspace_id in workspaces_with_overdue(now=now):
            with workspace_scope(workspace_id):
                overdue_end(now=now)
        unjudged = workspaces_with_unjudged(before=now - timedelta(seconds=2))
        due = lanes.lanes_due(now=now, limit=MOST_RUNG)
        unconfirmed = accounts_to_ask(now=now)
        leads = workspaces_with_leads(now=now)
        simulations = simulations_waiting(now=now)
    for workspace_id in _some(unjudged):
        doorbell.ring_judge(workspace_id)
    for workspace_id, account_id in due:
        doorbell.ring_send(workspace_id, account_id)
    for workspace_id, account_id in unconfirmed:
        doorbell.ring_confirm(workspace_id, account_id)
    for workspace_id in _some(leads):
        doorbell.ring_leads(workspace_id)
    for workspace_id, simulation_id in simulations:
        doorbell.ring_simulate(workspace_id, simulation_id)
    return {"unjudged": len(unjudged), "crashed": len(crashed), "due": len(due)}


def _some(workspaces: Sequence[UUID]) -> Sequence[UUID]:
    return workspaces if len(workspaces) <= MOST_RUNG else _RANDOM.sample(workspaces, MOST_RUNG)
