"""The blast radius of an edit: what the last 7 days would have been under it, beside what they are as things stand.

Both are rehearsals of the same signals (rehearsing.py), each as if its settings had been in force all along, so that
what differs between them is the edit's alone. Nothing is written. Call inside the workspace's scope.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.conversions.editing import present_of
from apps.conversions.models import Event
from apps.conversions.rehearsing import Rehearsed, rehearse, setting_of
from apps.conversions.rules import guards_value
from apps.conversions.usual import usual_values
from apps.conversions.versions import Change, changes, settings_of
from apps.core.ids import first_id
from apps.domain.decision import Setting, Verdict
from apps.signals.models import Signal

LOOKS_BACK = timedelta(days=7)
MOST, WITHIN = 20_000, timedelta(seconds=1.5)  # signals, and how long it takes: of more, the latest are looked at
BATCH = 500
MOST_EXAMPLES = 20


class Differs(StrEnum):
    """In what a signal's two outcomes differ; the first that is true of them."""

    VERDICT = "verdict"
    VALUE = "value"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Move:
    """How many signals would go from one verdict to another; a reason is a code, "" where it would be sent."""

    before: Verdict
    before_reason: str
    after: Verdict
    after_reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Total:
    """What would be sent is worth, in major units of the currency."""

    currency: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Example:
    """One signal that the edit changes."""

    differs: Differs
    before: Rehearsed
    after: Rehearsed


@dataclass(frozen=True, slots=True)
class Radius:
    """What an edit changes. `signals` of the `found` were looked at: all of them, or the latest.

    moves      verdicts that change, the most frequent first
    values     how many would be sent with another value
    bytes      how many would be sent with the same value and otherwise another request
    totals     what is sent before and after, by currency
    examples   of each kind of difference the latest, at most MOST_EXAMPLES together
    """

    changes: tuple[Change, ...]
    since: datetime
    found: int
    signals: int
    sent_before: int
    sent_after: int
    moves: tuple[Move, ...]
    values: int
    bytes: int
    totals: tuple[Total, ...]
    examples: tuple[Example, ...]

    @property
    def changed(self) -> int:
        """Signals that the edit changes in any way."""
        return sum(move.count for move in self.moves) + self.values + self.bytes


def radius_of(
    *, workspace_id: UUID, event: Event, settings: Mapping[str, Any], now: datetime, within: timedelta = WITHIN
) -> Radius:
    """What the event's last 7 days until `now` would have been under `settings`, which were checked.

    The event counts as on all along: what it missed while it was off, or not yet there, is looked at too. A value is
    far above the usual when it is so today. The latest are looked at first, until MOST were or `within` has passed.
    """
    since, present = now - LOOKS_BACK, settings_of(event, present_of(event))
    rows = Signal.objects.filter(
        kind=event.trigger, name=event.trigger_name, id__gte=first_id(at=since), id__lt=first_id(at=now)
    )
    before, after = (_setting(workspace_id, event, each, since) for each in (present, settings))
    counted, until = _Counted(), monotonic() + within.total_seconds()
    batch = _latest(rows)
    while batch:
        counted.add(batch, before, after)
        more = counted.signals < MOST and monotonic() < until
        batch = _latest(rows.filter(id__lt=batch[0].id)) if more else []
    return counted.radius(tuple(changes(present, settings)), since, rows.count())


def _setting(workspace_id: UUID, event: Event, settings: Mapping[str, Any], since: datetime) -> Setting:
    setting = setting_of(workspace_id=workspace_id, account=event.account, event=event, settings=settings, since=since)
    if not guards_value(settings):
        return setting
    default = settings["value"]
    usual = usual_values({event.id: Decimal(default) if default else None}).get(event.id, {})
    return replace(setting, event=replace(setting.event, usual=usual))


def _latest(rows: QuerySet[Signal]) -> Sequence[Signal]:
    """The latest of them in their own order."""
    return list(rows.order_by("-id")[:BATCH])[::-1]


def differs(before: Rehearsed, after: Rehearsed) -> Differs | None:
    """In what two outcomes of one signal differ, None when in nothing."""
    if (before.verdict, before.reason) != (after.verdict, after.reason):
        return Differs.VERDICT
    if before.value != after.value:
        return Differs.VALUE
    return Differs.BYTES if before.element != after.element else None


@dataclass
class _Counted:
    """The outcomes as they are compared, the latest first."""

    signals: int = 0
    sent_before: int = 0
    sent_after: int = 0
    moves: Counter[tuple[Verdict, str, Verdict, str]] = field(default_factory=Counter)
    kinds: Counter[Differs] = field(default_factory=Counter)
    worth_before: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    worth_after: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    examples: dict[Differs, list[Example]] = field(default_factory=lambda: {kind: [] for kind in Differs})

    def add(self, batch: Sequence[Signal], before: Setting, after: Setting) -> None:
        """Rehearse the batch under both settings; what came before it is known to rehearsing as well."""
        rehearsed = [rehearse(signals=batch, setting=each, elements=True) for each in (before, after)]
        for pair in reversed(list(zip(*rehearsed, strict=True))):
            self._compare(*pair)

    def _compare(self, before: Rehearsed, after: Rehearsed) -> None:
        self.signals += 1
        self.sent_before += _count(before, self.worth_before)
        self.sent_after += _count(after, self.worth_after)
        kind = differs(before, after)
        if kind is None:
            return
        self.kinds[kind] += 1
        if kind is Differs.VERDICT:
            self.moves[before.verdict, before.reason, after.verdict, after.reason] += 1
        if len(self.examples[kind]) < MOST_EXAMPLES:
            self.examples[kind].append(Example(kind, before, after))

    def radius(self, changed: tuple[Change, ...], since: datetime, found: int) -> Radius:
        """All of it, counted."""
        currencies = sorted({*self.worth_before, *self.worth_after})
        return Radius(
            changes=changed,
            since=since,
            found=found,
            signals=self.signals,
            sent_before=self.sent_before,
            sent_after=self.sent_after,
            moves=tuple(Move(*move, count) for move, count in self.moves.most_common()),
            values=self.kinds[Differs.VALUE],
            bytes=self.kinds[Differs.BYTES],
            totals=tuple(Total(each, self.worth_before[each], self.worth_after[each]) for each in currencies),
            examples=tuple(_shared_out(list(self.examples.values()))),
        )


def _count(outcome: Rehearsed, worth: defaultdict[str, Decimal]) -> int:
    """1 when it would be sent, its value then added to what is sent is worth."""
    if outcome.verdict is not Verdict.SEND:
        return 0
    if outcome.value is not None:
        worth[outcome.value.currency] += outcome.value.amount
    return 1


def _shared_out(kinds: Sequence[Sequence[Example]]) -> list[Example]:
    """At most MOST_EXAMPLES, verdicts before values before bytes, with room for each kind that there is."""
    share = MOST_EXAMPLES // max(1, sum(bool(kind) for kind in kinds))
    spare = MOST_EXAMPLES - sum(min(share, len(kind)) for kind in kinds)
    chosen: list[Example] = []
    for kind in kinds:
        extra = min(spare, max(0, len(kind) - share))
        spare -= extra
        chosen += kind[: share + extra]
    return chosen
