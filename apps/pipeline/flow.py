"""The story of convsync, told once: notice -> judge -> send -> settle, and where a network is slow, confirm.

    notice   a fact is written as a signal, in the transaction of the change that caused it
    judge    each signal is decided for every event that wants it: blocked with its reason, or frozen and owed
    send     what is owed leaves in full requests, one ad account at a time, earliest deadline first
    settle   the answer ends each conversion, or says when to try again; the sweep finds what a crash left behind
    confirm  where a network only says later what it did with a request, it is asked until it has told

The database is the truth. The doorbell (Celery, Redis) only says "look now"; when it is lost, the sweep looks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.ads.leadgen import workspaces_with_leads
from apps.conversions import owing
from apps.conversions.held import overdue_end, workspaces_with_overdue
from apps.conversions.judging import judge_batch
from apps.core.tenancy import every_workspace, workspace_scope
from apps.deliveries import lanes
from apps.deliveries.confirming import accounts_to_ask, confirm_next
from apps.deliveries.sending import Sender, send_next
from apps.domain.retry import HOLD_WAIT
from apps.pipeline import doorbell
from apps.pipeline.simulating import simulations_waiting
from apps.signals.selectors import workspaces_with_unjudged
from apps.signals.services import Noticed, signals_record

OTHERS_TURN = 0.3  # seconds to wait for another worker that judges the same workspace
TURN = timedelta(seconds=20)  # how long one lane may keep a worker before others get theirs


def notice(*, workspace_id: UUID, noticed: Sequence[Noticed], at: datetime) -> None:
    """Write the facts as signals in the caller's transaction, and ring for judging once it is committed."""
    if noticed:
        signals_record(workspace_id=workspace_id, noticed=noticed, at=at)
        transaction.on_commit(lambda: doorbell.ring_judge(workspace_id))


def judge(*, workspace_id: UUID) -> int:
    """Judge the workspace's signals until none is left; returns how many. Wakes the lanes that are owed something."""
    total = 0
    while True:
        now = timezone.now()
        with workspace_scope(workspace_id):
            judged = judge_batch(workspace_id=workspace_id, now=now)
            if judged:
                lanes.lanes_wake(workspace_id=workspace_id, account_ids=judged.accounts, at=now)
        if judged is None:  # its last look may have missed what this bell was about: look again when it is done
            doorbell.ring_judge(workspace_id, in_seconds=OTHERS_TURN)
            return total
        if not judged.signals:
            return total
        total += judged.signals
        for account_id in judged.accounts:
            doorbell.ring_send(workspace_id, account_id)


def send(*, workspace_id: UUID, account_id: UUID) -> int:
    """Serve one lane for a turn; returns how many conversions left. Nothing happens when another worker serves it."""
    started = timezone.now()
    with workspace_scope(workspace_id):
        lease = lanes.lane_lease(account_id=account_id, now=started)
    if lease is None:
        return 0
    sender = Sender.load(workspace_id, account_id, started)
    total, held, wait, renewed = 0, sender.held, None, False
    while not held and timezone.now() - started < TURN:
        sent = send_next(sender, now=timezone.now())
        if sent is None:
            break
        total += sent.count
        held, wait = (sent.hold.code, sent.hold.wait) if sent.hold else ("", None)
        if sent.hold and sent.hold.signed_out:
            # Once a turn: a token that is refused as soon as it was renewed is not renewed for ever.
            mend = sender.ended if renewed else sender.renewed
            sender, renewed = mend(sent.hold, timezone.now()), True
            held = sender.held
        with workspace_scope(workspace_id):
            if not lanes.lane_keep(account_id=account_id, lease=lease, now=timezone.now()):
                return total
    settle(workspace_id=workspace_id, account_id=account_id, lease=lease, held=held, wait=wait)
    return total


def settle(*, workspace_id: UUID, account_id: UUID, lease: UUID, held: str = "", wait: timedelta | None = None) -> None:
    """End a lane's turn: due again when its next conversion is, later when the network or the account holds it up.

    `wait` is how long a hold lasts at least, where that is known.
    """
    with workspace_scope(workspace_id):
        until = timezone.now() + (wait or HOLD_WAIT) if held else None
        lanes.lane_release(account_id=account_id, lease=lease, held_reason=held[:100], held_until=until)
        due = owing.next_due(account_id=account_id)
    # The clock is read last: what came due while the lane was ours has rung in vain.
    if due is not None and due <= timezone.now() and not held:
        doorbell.ring_send(workspace_id, account_id)


def confirm(*, workspace_id: UUID, account_id: UUID) -> int:
    """Ask what became of the account's requests that are processed later; returns how often it asked in bulk."""
    started, turns = timezone.now(), 0
    sender = Sender.load(workspace_id, account_id, started)
    while timezone.now() - started < TURN:
        now = timezone.now()
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

    What waited for a decision until its window closed ends here, because no lane is ever due for it.
    """
    now = timezone.now()
    with every_workspace():
        unjudged = workspaces_with_unjudged(before=now - timedelta(seconds=2))
        crashed = owing.workspaces_with_lost_leases(now=now)
        waiting = workspaces_with_leads(now=now)
        simulations = simulations_waiting(now=now)
        overdue = workspaces_with_overdue(now=now)
    for workspace_id in crashed:
        with workspace_scope(workspace_id):
            accounts = owing.leases_return(now=now)
            lanes.lanes_wake(workspace_id=workspace_id, account_ids=accounts, at=now)
    for workspace_id in overdue:
        with workspace_scope(workspace_id):
            overdue_end(now=now)
    with every_workspace():
        due = lanes.lanes_due(now=now)
        unconfirmed = accounts_to_ask(now=now)
    for workspace_id in unjudged:
        doorbell.ring_judge(workspace_id)
    for workspace_id, account_id in due:
        doorbell.ring_send(workspace_id, account_id)
    for workspace_id, account_id in unconfirmed:
        doorbell.ring_confirm(workspace_id, account_id)
    for workspace_id in waiting:
        doorbell.ring_leads(workspace_id)
    for workspace_id, simulation_id in simulations:
        doorbell.ring_simulate(workspace_id, simulation_id)
    return {"unjudged": len(unjudged), "crashed": len(crashed), "due": len(due)}
