"""Explain this signal: what happened to it, for every event that wanted it, in words (A16).

The same answer feeds the page and the API. Sentences come in English; `say` is the caller's translation, and `show`
the caller's way to write a fact in them (a moment, a list of fields).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.conversions.models import Conversion, Event
from apps.core.errors import Fault, InvalidInput, NotFound
from apps.core.ids import first_id
from apps.core.paging import cursor_of, cursor_read
from apps.deliveries.models import Attempt, Request
from apps.deliveries.selectors import attempts_of, requests_named
from apps.domain.reasons import REASONS, Who
from apps.domain.states import IN_DOUBT, State
from apps.domain.steps import PASSED, TITLES
from apps.pipeline.poisoned import poisoned_among
from apps.pipeline.preview.layout import laid_out
from apps.pipeline.withdrawals import Withdrawal, withdrawals
from apps.records.models import Contact
from apps.records.selectors import contact_ids_now, identity_changes
from apps.signals.models import Signal
from apps.signals.selectors import unjudged_among

Say = Callable[[str], str]
LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One step in words. `result` is pass, block, hold or note; `details` are facts looked at, by name."""

    title: str
    result: str
    sentence: str
    advice: str
    code: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Story:
    """What became of the signal for one event."""

    conversion: Conversion
    event: Event
    summary: str
    steps: tuple[Step, ...]
    payload: str
    request: Request | None
    attempts: tuple[Attempt, ...]
    who: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One signal with its stories. `contact` is None once it was erased."""

    signal: Signal
    is_judged: bool
    contact: Contact | None
    stories: tuple[Story, ...]


def explain(*, signal_id: UUID, say: Say = str, show: Say = str) -> Explanation:
    """The whole explanation of one signal. Raises NotFound; call inside the workspace's scope."""
    signal = Signal.objects.filter(id=signal_id).first()
    if signal is None:
        raise NotFound("There is no such signal in this workspace.")
    conversions = list(Conversion.objects.filter(signal_id=signal_id).order_by("event_id"))
    events = Event.objects.select_related("account").in_bulk([each.event_id for each in conversions])
    attempts = attempts_of(signal_id=signal_id)
    wanted = {each.request_id for each in conversions if each.request_id} | {each.request_id for each in attempts}
    requests = requests_named(wanted)
    changes = identity_changes(contact_id=signal.contact_id)
    withdrawn = withdrawals(conversions, requests)
    return Explanation(
        signal=signal,
        is_judged=not (unjudged_among([signal.id]) or poisoned_among([signal.id])),
        contact=Contact.objects.filter(id=signal.contact_id, erased_at=None).first(),
        stories=tuple(
            _story(
                each,
                events[each.event_id],
                requests,
                [a for a in attempts if a.event_id == each.event_id],
                steps_of(each, changes, say=say, show=show),
                _withdrawn(withdrawn.get((each.signal_id, each.event_id)), say, show),
                say,
            )
            for each in conversions
        ),
    )


def _story(
    conversion: Conversion,
    event: Event,
    requests: Mapping[UUID, Request],
    attempts: list[Attempt],
    steps: tuple[Step, ...],
    withdrawn: str,
    say: Say,
) -> Story:
    reason = REASONS.get(conversion.reason)
    request = requests.get(conversion.request_id) if conversion.request_id else None
    return Story(
        conversion=conversion,
        event=event,
        summary=f"{summary_told(conversion, request, say)} {withdrawn}".strip(),
        steps=steps,
        payload=laid_out(conversion.payload),
        request=request,
        attempts=tuple(attempts),
        who=reason.who if reason else Who.NOBODY,
    )


SUMMARIES = {
    State.BLOCKED: "Not sent.",
    State.CANCELLED: "Not sent: it was called off while it waited.",
    State.WAITING: "Waiting to be sent.",
    State.SENDING: "On its way.",
    State.SENT: "Sent: the network took it.",
    State.CONFIRMED: "Confirmed: the network processed it.",
    State.FAILED: "Failed: the network refused it for good.",
    State.EXPIRED: "Expired: the network's window closed while it waited.",
    State.UNKNOWN: "Unknown: it may have been counted or not.",
    State.POISONED: "Set aside: it did not leave.",
}


DOUBTED = "Unknown so far: it left and no answer came. It leaves again with the same id, so that it counts once."
DROPPED = "{dropped} of the {count} in its request were dropped."


def summary_told(conversion: Conversion, request: Request | None, say: Say) -> str:
    """What became of it, in a sentence or two."""
    reason = REASONS.get(conversion.reason)
    told = [say(DOUBTED if conversion.standing == IN_DOUBT else SUMMARIES[State(conversion.state)])]
    if reason:
        told.append(say(reason.sentence))
    if conversion.reason == "indeterminate" and request is not None:
        dropped = sum(count for code, count in (request.confirmation or {}).items() if code)
        told.append(say(DROPPED).format(dropped=dropped, count=request.count))
    return " ".join(told)


def steps_of(
    conversion: Conversion, changes: Sequence[tuple[str, datetime]], *, say: Say, show: Say
) -> tuple[Step, ...]:
    """The steps of the decision, and how the person changed since: what was judged stays as it was (invariant 3)."""
    since = [
        ("since", "note", code, {"changed_at": moment.isoformat(timespec="seconds")})
        for code, moment in changes
        if moment > conversion.judged_at
    ]
    return tuple(step_told(*step, say=say, show=show) for step in [*conversion.trace, *since])


def _withdrawn(withdrawn: Withdrawal | None, say: Say, show: Say) -> str:
    if withdrawn is None:
        return ""
    return say(withdrawn.sentence).format(**{name: show(fact) for name, fact in withdrawn.facts.items()})


def step_told(step: str, result: str, code: str, looked_at: Mapping[str, str], *, say: Say, show: Say) -> Step:
    """A step as it is stored, in words."""
    reason = REASONS.get(code) if result in ("block", "hold") else None
    template = say(reason.sentence if reason else PASSED.get((step, code), code or step))
    facts = _Lenient({name: show(fact) for name, fact in looked_at.items()})
    return Step(
        title=say(TITLES.get(step, step)),
        result=result,
        sentence=template if reason else template.format_map(facts),
        advice=say(reason.advice) if reason else "",
        code=code or step,
        details=looked_at,
    )


class _Lenient(dict[str, str]):
    """Leaves a placeholder's name where an old trace does not hold its fact."""

    def __missing__(self, key: str) -> str:
        return key


@dataclass(frozen=True, slots=True)
class Filter:
    """Which signals to list; empty means all. `who` is an e-mail address or a contact's id.

    `since` and `until`: those that happened from the one moment to before the other.
    """

    state: str = ""
    network: str = ""
    event_id: str = ""
    reason: str = ""
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal in the list, with its conversions and the contact's address."""

    signal: Signal
    is_judged: bool
    email: str
    conversions: tuple[Conversion, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of the list; `after` is the cursor of the next part, empty at the end."""

    rows: tuple[SignalRow, ...]
    after: str


def signals_listed(*, wanted: Filter, after: str = "", limit: int = 50) -> Page:
    """Signals, latest recorded first, by cursor. Raises InvalidInput for a cursor or a filter that cannot be read."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput(Fault("limit", "range", f"Ask for 1 to {LARGEST_PAGE} at a time."))
    signals = Signal.objects.order_by("-recorded_at", "-id")
    if wanted.who:
        signals = signals.filter(contact_id__in=_contacts_meant(wanted.who))
    signals = signals.filter(**_bounds("id", wanted))
    condition = conversions_meant(wanted)
    if condition:
        matching = Conversion.objects.filter(condition).values("signal_id")
        signals = signals.filter(id__in=matching)
    if after:
        recorded_at, signal_id = cursor_read(after, UUID)
        signals = signals.filter(Q(recorded_at__lt=recorded_at) | Q(recorded_at=recorded_at, id__lt=signal_id))
    rows = list(signals[: limit + 1])
    more = rows[limit - 1] if len(rows) > limit else None
    return Page(_with_conversions(rows[:limit]), cursor_of(more.recorded_at, str(more.id)) if more else "")


def _contacts_meant(who: str) -> list[int]:
    who = who.strip().lower()
    if who.isascii() and who.isdigit() and len(who) < 19:
        return [contact_ids_now({int(who)}).get(int(who), int(who))]
    return list(Contact.objects.filter(email=who).values_list("id", flat=True))


def conversions_meant(wanted: Filter) -> Q:
    """Which conversions the filter's state, network, event, reason and period name; empty: it names none of these.

    Raises InvalidInput. What the ledger counts under the same names is exactly this.
    """
    fields: dict[str, Any] = {name: getattr(wanted, name) for name in ("state", "network", "reason")}
    if wanted.state and wanted.state not in set(State):
        raise InvalidInput(Fault("state", "choice", f"Use one of: {', '.join(State)}."))
    if wanted.event_id:
        try:
            fields["event_id"] = UUID(wanted.event_id)
        except ValueError as error:
            raise InvalidInput(Fault("event_id", "uuid", "Use an event's id.")) from error
    named = {name: value for name, value in fields.items() if value}
    return Q(**named, **_bounds("signal_id", wanted)) if named else Q()


def conversions_counted(wanted: Filter) -> int | None:
    """How many conversions fit, where a period bounds the counting and an index does it; else None."""
    bounded = wanted.since is not None and wanted.until is not None
    if not bounded or wanted.who or wanted.reason:
        return None
    bounds = _bounds("signal_id", wanted)
    return Conversion.objects.filter(conversions_meant(wanted), **bounds).count()


def _bounds(field: str, wanted: Filter) -> dict[str, UUID]:
    """A signal's id begins with the moment at which it happened."""
    ends = {f"{field}__gte": wanted.since, f"{field}__lt": wanted.until}
    return {name: first_id(at=moment) for name, moment in ends.items() if moment is not None}


def _with_conversions(signals: list[Signal]) -> tuple[SignalRow, ...]:
    found: dict[UUID, list[Conversion]] = {}
    rows = Conversion.objects.filter(signal_id__in=[signal.id for signal in signals]).defer("payload", "trace")
    for conversion in rows.order_by("event_id"):
        found.setdefault(conversion.signal_id, []).append(conversion)
    contacts = Contact.objects.filter(id__in={signal.contact_id for signal in signals})
    emails, ids = dict(contacts.values_list("id", "email")), [signal.id for signal in signals]
    waiting = unjudged_among(ids) | poisoned_among(ids)
    return tuple(
        SignalRow(
            signal,
            signal.id not in waiting,
            emails.get(signal.contact_id) or "",
            tuple(found.get(signal.id, ())),
        )
        for signal in signals
    )
