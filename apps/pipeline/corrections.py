"""Corrections: a conversion that a network took is given another value there, or withdrawn.

Nothing is corrected by itself, not even when a deal changes: it is somebody's act, kept in the audit log. It becomes a
signal of its own that names the conversion it is about; that signal is judged for that one event, owed, sent and
explained like any other. Google's rules for it: its conversion adjustments (RESTATEMENT, RETRACTION).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.ads.registry import NETWORKS
from apps.audit import services as audit
from apps.conversions.models import Conversion, Event, EventVersion
from apps.conversions.rules import event_rules
from apps.conversions.selectors import REACHED
from apps.core.actor import Actor
from apps.core.errors import Fault, InvalidInput, NotFound
from apps.domain.facts import Adjustment, ValueFrom
from apps.domain.manifest import Manifest, Shape
from apps.domain.money import Money
from apps.domain.states import State
from apps.domain.value import value_of
from apps.domain.windows import closes_at
from apps.pipeline import flow
from apps.records.selectors import latest_deals
from apps.signals.models import Signal, SignalKind
from apps.signals.services import Noticed

CORRECTIONS = (Adjustment.RESTATEMENT, Adjustment.RETRACTION)
_CAME_TO_NOTHING = (State.BLOCKED, State.CANCELLED, State.FAILED, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A conversion and the correction that is asked of it."""

    conversion: Conversion
    event: Event
    signal: Signal
    adjustment: str
    withdrawn: bool
    at: datetime

    @property
    def manifest(self) -> Manifest:
        """The network that has it."""
        return NETWORKS[self.conversion.network].manifest

    @property
    def shape(self) -> Shape | None:
        """What the network takes of the kind."""
        return self.manifest.adjustments.get(self.adjustment) if self.adjustment in CORRECTIONS else None


def conversion_correct(
    *,
    workspace_id: UUID,
    signal_id: UUID,
    event_id: UUID,
    adjustment: str,
    value: Decimal | None = None,
    currency: str = "",
    by: Actor,
    at: datetime,
) -> UUID:
    """Correct the conversion of that signal for that event; returns the id of the correction's own signal.

    `adjustment` is restatement, with its new `value` in major units of `currency` (empty: the conversion's own), or
    retraction, without. Raises NotFound, and InvalidInput with the reason for which it cannot be corrected.
    """
    with transaction.atomic():
        asked = _asked(signal_id, event_id, adjustment, at)
        fault = _fault(asked) or _value_fault(asked, value)
        if fault:
            raise InvalidInput(fault)
        noticed = _noticed(asked, value, currency)
        flow.notice(workspace_id=workspace_id, noticed=[noticed], at=at)
        detail = {"signal": str(signal_id), "adjustment": adjustment}
        if value is not None:
            detail |= {"value": f"{value:f}", "currency": noticed.facts.get("currency", "")}
        audit.record(
            workspace_id=workspace_id,
            by=by,
            action="conversion.correct",
            subject=asked.event.name,
            at=at,
            detail=detail,
        )
    return noticed.id_in(workspace_id)


def corrections_open(*, conversions: Sequence[Conversion], signal: Signal, at: datetime) -> Mapping[UUID, list[str]]:
    """By event, which corrections each conversion of the signal can be given now: a fixed number of queries."""
    events = Event.objects.select_related("account").in_bulk([each.event_id for each in conversions])
    withdrawn = _withdrawn(signal)
    return {
        each.event_id: [
            str(kind)
            for kind in CORRECTIONS
            if _fault(_Asked(each, events[each.event_id], signal, kind, each.event_id in withdrawn, at)) is None
        ]
        for each in conversions
    }


def values_now(
    *, conversions: Sequence[Conversion], corrections: Sequence[Signal], currency: str
) -> Mapping[UUID, Money]:
    """By event, what a conversion that was sent would be worth by the deal as it is now, where that is another value.

    Nothing follows from it by itself (A07): it is shown beside the correction that somebody can send, and not of one
    that somebody corrected already. `currency` is the workspace's. Two queries.
    """
    corrected = {UUID(each.facts["event"]) for each in corrections}
    sent = [each for each in conversions if each.state in REACHED and each.value is not None]
    versions = EventVersion.objects.select_related("event").in_bulk({each.version_id for each in sent})
    rules = {number: event_rules(each.event, each.settings).value for number, each in versions.items()}
    followed = [each for each in sent if rules[each.version_id].source is ValueFrom.DEAL]
    deals = latest_deals({each.contact_id for each in followed})
    found = {}
    for each in followed:
        money = value_of(rules[each.version_id], deals.get(each.contact_id), currency).money
        if money and each.event_id not in corrected and (money.amount, money.currency) != (each.value, each.currency):
            found[each.event_id] = money
    return found


def corrections_of(*, signal: Signal) -> list[Signal]:
    """The corrections that were made of the signal's conversions, first to last."""
    rows = Signal.objects.filter(contact_id=signal.contact_id, kind=SignalKind.ADJUSTMENT)
    return list(rows.filter(facts__original=str(signal.id)).order_by("id"))


def _asked(signal_id: UUID, event_id: UUID, adjustment: str, at: datetime) -> _Asked:
    # Locked, so that of two who withdraw it at once the second is refused.
    conversion = Conversion.objects.select_for_update().filter(signal_id=signal_id, event_id=event_id).first()
    if conversion is None:
        raise NotFound("There is no such conversion in this workspace.")
    event = Event.objects.select_related("account").get(id=event_id)
    signal = Signal.objects.get(id=signal_id)
    return _Asked(conversion, event, signal, adjustment, event_id in _withdrawn(signal), at)


def _withdrawn(signal: Signal) -> set[UUID]:
    """The events whose conversion of the signal was withdrawn, or is about to be."""
    made = {each.id: UUID(each.facts["event"]) for each in corrections_of(signal=signal) if _withdraws(each)}
    nothing = Conversion.objects.filter(signal_id__in=made, state__in=_CAME_TO_NOTHING)
    ended = set(nothing.values_list("signal_id", flat=True))
    return {event_id for signal_id, event_id in made.items() if signal_id not in ended}


def _withdraws(correction: Signal) -> bool:
    return bool(correction.facts["adjustment"] == Adjustment.RETRACTION)


def _fault(asked: _Asked) -> Fault | None:
    return next((fault for check in _CHECKS if (fault := check(asked))), None)


def _kind(asked: _Asked) -> Fault | None:
    if asked.adjustment in CORRECTIONS:
        return None
    return Fault("adjustment", "choice", f"Choose one of: {', '.join(CORRECTIONS)}.")


def _taken(asked: _Asked) -> Fault | None:
    if asked.shape is None:
        return Fault("adjustment", "not_taken", f"{asked.manifest.label} takes no corrections of what was sent.")
    if asked.event.account.route in asked.shape.closed_by:
        message = (
            f"{asked.manifest.label} takes none of this ad account by the sign-in in use. Check the account again."
        )
        return Fault("adjustment", "closed", message)
    return None


def _original(asked: _Asked) -> Fault | None:
    if asked.signal.kind != SignalKind.ADJUSTMENT:
        return None
    return Fault("signal_id", "is_correction", "This is a correction itself. Correct the conversion that it is about.")


def _sent(asked: _Asked) -> Fault | None:
    if asked.conversion.state in REACHED:
        return None
    return Fault("signal_id", "never_sent", "The network never took it, so there is nothing to correct.")


def _on(asked: _Asked) -> Fault | None:
    if asked.event.deleted_at is None and asked.event.on_since is not None:
        return None
    return Fault("event_id", "event_off", "The event is off or deleted, so nothing is sent for it. Switch it on first.")


def _still_counts(asked: _Asked) -> Fault | None:
    if not asked.withdrawn:
        return None
    return Fault("signal_id", "withdrawn", "It was withdrawn already, so nothing is left to correct.")


def _in_time(asked: _Asked) -> Fault | None:
    closed = closes_at(asked.shape, asked.signal.occurred_at, None) if asked.shape else None
    if closed is None or asked.at <= closed:
        return None
    message = f"{asked.manifest.label}'s window for corrections closed at {closed.isoformat(timespec='minutes')}."
    return Fault("signal_id", "too_late", message)


_CHECKS: tuple[Callable[[_Asked], Fault | None], ...] = (_kind, _taken, _original, _sent, _on, _still_counts, _in_time)


def _value_fault(asked: _Asked, value: Decimal | None) -> Fault | None:
    if asked.adjustment == Adjustment.RESTATEMENT and value is None:
        return Fault("value", "required", "Say the new value, as a number with a point, such as 25.00.")
    if asked.adjustment == Adjustment.RETRACTION and value is not None:
        return Fault("value", "not_taken", "A withdrawal has no value: leave it out, or choose restatement.")
    return None


def _noticed(asked: _Asked, value: Decimal | None, currency: str) -> Noticed:
    conversion = asked.conversion
    about = f"{asked.adjustment}:{conversion.event_id}"
    facts = {
        "original": str(conversion.signal_id),
        "event": str(conversion.event_id),
        "adjustment": asked.adjustment,
        "order_id": _order_id(asked),
        "original_occurred_at": asked.signal.occurred_at.isoformat(),
    }
    if value is not None:
        facts |= {"value": f"{value:f}", "currency": currency or conversion.currency}
    return Noticed(
        kind=SignalKind.ADJUSTMENT,
        name=about,
        contact_id=conversion.contact_id,
        cause=f"correction:{conversion.signal_id}:{about}:{asked.at.isoformat()}",
        occurred_at=asked.at,
        facts={name: told for name, told in facts.items() if told},
    )


def _order_id(asked: _Asked) -> str:
    """What the network knows the conversion by: the tag's own order id where it counted by that, else ours."""
    shape = asked.manifest.shapes[asked.event.trigger]
    own = asked.signal.facts.get("order_id", "") if shape.own_order_id else ""
    return str(own or asked.conversion.network_event_id)
