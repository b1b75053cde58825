"""What is at risk, and what holds each of it up: its own reason, its lane, its sign-in, or nothing but its turn."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from apps.ads.models import AdAccount
from apps.connections.models import ConnectionState
from apps.conversions.deadlines import AtRisk, Headroom, at_risk, headroom
from apps.conversions.models import Conversion, Event
from apps.deliveries.models import Lane
from apps.records.models import Contact

SHOWN = 50
SIGNED_OUT, RETRY, TURN = "signed_out", "retry", "turn"


class HeldUp(NamedTuple):
    """`why` is a reason's code, a network's own, or one of SIGNED_OUT, RETRY, TURN; `until` when it is tried next."""

    why: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Endangered:
    """A conversion that would expire within a day."""

    conversion: Conversion
    event_name: str
    email: str
    held_up: HeldUp


@dataclass(frozen=True, slots=True)
class Deadlines:
    """All of the page: what is at risk, and the headroom at each network."""

    risk: AtRisk
    endangered: tuple[Endangered, ...]
    headroom: tuple[Headroom, ...]


def deadlines(*, now: datetime, limit: int = SHOWN) -> Deadlines:
    """What is at risk now in this workspace: seven queries at most. Call inside the workspace's scope."""
    risk = at_risk(now=now, limit=limit)
    names = dict(Event.objects.filter(id__in={each.event_id for each in risk.first}).values_list("id", "name"))
    emails = dict(Contact.objects.filter(id__in={each.contact_id for each in risk.first}).values_list("id", "email"))
    holding = _holding({each.account_id for each in risk.first}, now)
    endangered = tuple(
        Endangered(each, names[each.event_id], emails.get(each.contact_id) or "", _held_up(each, holding, now))
        for each in risk.first
    )
    return Deadlines(risk, endangered, tuple(headroom(now=now)))


def _holding(accounts: set[UUID], now: datetime) -> dict[UUID, HeldUp]:
    """What holds up all of an account, where something does."""
    lanes = Lane.objects.filter(account_id__in=accounts, held_until__gt=now)
    held = {account_id: HeldUp(why, until) for account_id, why, until in lanes.values_list(*_LANE)}
    out = AdAccount.objects.filter(id__in=accounts).exclude(connection__state=ConnectionState.WORKING)
    return held | {account_id: HeldUp(SIGNED_OUT, None) for account_id in out.values_list("id", flat=True)}


_LANE = ("account_id", "held_reason", "held_until")


def _held_up(conversion: Conversion, holding: dict[UUID, HeldUp], now: datetime) -> HeldUp:
    if conversion.due_at is None:
        return HeldUp(conversion.reason, None)
    if conversion.account_id in holding:
        return holding[conversion.account_id]
    if conversion.reason:
        return HeldUp(conversion.reason, conversion.due_at)
    return HeldUp(RETRY, conversion.due_at) if conversion.due_at > now else HeldUp(TURN, None)
