"""Room for what is not urgent: what is sent again or sent late is let into a lane only while nothing live is due there.

A slice at a time, and the next one when the last has left; at half of the network's pace at most.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from apps.ads.models import AdAccount
from apps.connections.models import ConnectionState
from apps.conversions.models import Conversion
from apps.conversions.queues import next_turn
from apps.deliveries.models import Lane
from apps.deliveries.pacing import Pacing
from apps.domain.states import Priority, State

SLICE = 200  # conversions let in at a time: a request that live traffic waits for no longer than a second or two


class Wait(StrEnum):
    """What it waits for; empty: nothing."""

    NONE = ""
    LIVE = "live"  # what happens now goes first
    HELD = "held"  # the account, or the connection, has to be mended
    SLICE = "slice"  # what was let in last has not left yet
    PACE = "pace"  # half of what the network takes is in use


@dataclass(frozen=True, slots=True)
class Room:
    """Whether more may be let in now, and if not, when to look again at the earliest."""

    wait: Wait
    look_in: timedelta = timedelta(seconds=1)


def lane_room(account: AdAccount, *, now: datetime) -> Room:
    """Whether the account's lane has room. `account` comes with its connection."""
    if account.connection.state != ConnectionState.WORKING:
        return Room(Wait.HELD, timedelta(seconds=30))
    held_until = Lane.objects.filter(account_id=account.id).values_list("held_until", flat=True).first()
    if held_until is not None and held_until > now:
        return Room(Wait.HELD, held_until - now)
    waiting = Conversion.objects.filter(account_id=account.id, state=State.WAITING)
    turn = next_turn(account_id=account.id, now=now)
    if turn is not None:
        return Room(Wait.LIVE if turn.priority is Priority.LIVE else Wait.SLICE)
    held_back = waiting.filter(priority=Priority.RESEND, due_at__isnull=False).values_list("signal_id", flat=True)[
        :SLICE
    ]
    return Room(Wait.SLICE if len(held_back) >= SLICE else Wait.NONE)


def pace_room(account: AdAccount, *, routes: Collection[str], now: datetime) -> Room:
    """Take a turn of the spare pace for a request of each route; when one has to wait, they all do."""
    pacing = Pacing.of(account)
    for route in sorted(routes):
        if wait := pacing.turn_to_spare(route, now):
            return Room(Wait.PACE, wait)
    return Room(Wait.NONE)
