"""Rehearsing: signals decided for an event, drafted or in use, without writing anything and without anything leaving.

The same facts are read in the same way as when judging (gathering.py), by the thousand, and the same decision is
asked. Each signal is decided at the moment when it was recorded, so that no window closes merely because the rehearsal
comes later; contacts, deals and consent are what is known of them today. Call inside the workspace's scope.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from apps.ads.models import AdAccount, ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.gathering import account_of, contacts_of, network_event_id, signal_of, workspace_of
from apps.conversions.models import Event
from apps.conversions.repeats import REPEAT_WINDOW
from apps.conversions.rules import Draft, event_rules
from apps.conversions.services import draft_check
from apps.core.bulk import Among
from apps.core.ids import first_id, new_id
from apps.domain import facts
from apps.domain.decide import decide
from apps.domain.decision import Case, Decision, Setting, Verdict
from apps.domain.facts import ValueFrom
from apps.domain.manifest import Shape
from apps.domain.money import Money
from apps.domain.shaping import fitted
from apps.records.selectors import latest_deals
from apps.signals.models import Signal
from apps.signals.selectors import AnySignal

BATCH = 1000
_NOTHING: Mapping[str, Any] = {}


class Rehearsed(NamedTuple):
    """What became of one signal.

    verdict, reason  as the decision gave them; the reason is a code, "" when it would be sent
    value            what it is worth, None where it has no value or is blocked
    kept             by what the network could match it: the identifiers, and the kind of click that is credited, as
                     far as the decision came to ask
    dropped          the identifiers that were left out, each with its DropReason's code
    expires_at       until when it could have been sent, where the network sets a limit
    element          the very bytes that would leave; "" when it is blocked or they were not asked for
    """

    signal_id: str
    contact_id: int
    occurred_at: datetime
    verdict: Verdict
    reason: str
    value: Money | None
    kept: tuple[str, ...]
    dropped: Mapping[str, Any]
    expires_at: datetime | None
    element: str


def setting_drafted(*, workspace_id: UUID, draft: Draft, since: datetime) -> Setting:
    """The setting of an event so drafted that counts from `since` on. Nothing is written.

    Raises InvalidInput naming every field of the draft that is wrong.
    """
    account, settings = draft_check(draft=draft)
    return setting_of(
        workspace_id=workspace_id,
        account=account,
        event=Event(id=new_id(), trigger=draft.trigger, trigger_name=draft.trigger_name, on_since=since),
        settings=settings,
    )


def setting_of(
    *,
    workspace_id: UUID,
    account: AdAccount,
    event: Event,
    settings: Mapping[str, Any],
    since: datetime | None = None,
) -> Setting:
    """The setting of an event as one of its versions (or any checked settings) has it.

    `since`: from when on it counts; None: since the event is on. An event that is off blocks everything.
    """
    rules = event_rules(event, settings)
    return Setting(
        event=replace(rules, on_since=since) if since else rules,
        account=account_of(account),
        shape=shape_at(account, event.trigger, rules.destination),
        workspace=workspace_of(workspace_id),
    )


def shape_at(account: AdAccount, trigger: str, destination: str) -> Shape:
    """The network's shape for the trigger, fitted to where at the account it lands."""
    shape = NETWORKS[account.network].manifest.shapes[trigger]
    lands = ConversionAction.objects.filter(account=account, kind=shape.destination, external_id=destination)
    return fitted(shape, lands.values_list("facts", flat=True).first() or {})


def history(*, trigger: str, name: str, since: datetime, until: datetime) -> Iterator[Signal]:
    """The signals that an event of this trigger listens for, of `since` <= occurred_at < `until`, in their own order.

    Read a thousand at a time; their ids begin with the time, so that the order of ids is the order of time.
    """
    rows = Signal.objects.filter(kind=trigger, name=name, id__lt=first_id(at=until)).order_by("id")
    batch = list(rows.filter(id__gte=first_id(at=since))[:BATCH])
    while batch:
        yield from batch
        batch = list(rows.filter(id__gt=batch[-1].id)[:BATCH])


def rehearse(
    *,
    signals: Iterable[AnySignal],
    setting: Setting,
    now: datetime | None = None,
    elements: bool = False,
    repeated: Collection[str] | None = None,
) -> Iterator[Rehearsed]:
    """Decide each signal for the setting, in a fixed number of queries a thousand. Give them in the order of their ids.

    A repeat is judged as it is in earnest: it is blocked when an earlier one of the same act would be sent, also when
    that one lies before the first of `signals`. `now`: decide as if it were then, and not when each was recorded.
    `elements`: also make the bytes that would leave. `repeated`: the repeat keys that occur again, among `signals` or
    before them, where the caller knows; None: they are looked for.
    """
    rehearsal = _Rehearsal(setting, now, elements, repeated)
    remaining = iter(signals)
    while batch := list(islice(remaining, BATCH)):
        rehearsal.look_back(batch)
        yield from rehearsal.decided(batch)


class _Rehearsal:
    """One rehearsal's memory: which acts would have been sent already."""

    def __init__(
        self, setting: Setting, now: datetime | None, elements: bool, repeated: Collection[str] | None
    ) -> None:
        self._setting, self._now, self._elements, self._repeated_keys = setting, now, elements, repeated
        self._sent: dict[str, tuple[datetime, str]] = {}  # by repeat key: when and by which signal, the latest
        self._looked_back: set[str] = set()

    def look_back(self, batch: Sequence[AnySignal]) -> None:
        """Decide what lies before the batch and may make one of it a repeat."""
        keys = {signal.repeat_key for signal in batch} - {""} - self._looked_back
        if self._repeated_keys is not None:
            keys = keys.intersection(self._repeated_keys)
        since = self._setting.event.on_since
        if not keys or since is None:
            return
        self._looked_back |= keys
        first = batch[0]
        earlier = Signal.objects.filter(
            Among("repeat_key", keys), kind=first.kind, name=first.name, occurred_at__gte=since, id__lt=first.id
        )
        rows = earlier.order_by("id").iterator(chunk_size=BATCH)
        while before := list(islice(rows, BATCH)):
            for _ in self.decided(before):
                pass

    def decided(self, batch: Sequence[AnySignal]) -> Iterator[Rehearsed]:
        """What becomes of each signal of the batch."""
        setting, rules = self._setting, self._setting.event
        contact_ids = {signal.contact_id for signal in batch}
        contacts = contacts_of(contact_ids)
        deals = latest_deals(contact_ids) if rules.value.source is ValueFrom.DEAL else {}
        nobody = facts.Contact()
        for signal in batch:
            fact = signal_of(signal)
            case = Case(
                signal=fact,
                contact=contacts.get(signal.contact_id, nobody),
                deal=deals.get(signal.contact_id),
                event=rules,
                account=setting.account,
                workspace=setting.workspace,
                shape=setting.shape,
                now=self._now or signal.recorded_at,
                repeat_of=self._repeated(signal) if signal.repeat_key else "",
            )
            # Its id at the network is part of the bytes and of nothing that is decided.
            number = network_event_id(setting.workspace, rules, fact) if self._elements else ""
            decision = decide(case, network_event_id=number)
            if signal.repeat_key and decision.verdict is not Verdict.BLOCKED:
                self._sent[signal.repeat_key] = (signal.occurred_at, fact.id)
            yield self._rehearsed(signal, decision)

    def _repeated(self, signal: AnySignal) -> str:
        at, number = self._sent.get(signal.repeat_key, (None, ""))
        return number if at is not None and signal.occurred_at - at <= REPEAT_WINDOW else ""

    def _rehearsed(self, signal: AnySignal, decision: Decision) -> Rehearsed:
        owed = decision.owed
        kept, dropped = _identifiers(decision)
        element = NETWORKS[self._setting.account.network].element(owed) if owed and self._elements else ""
        return Rehearsed(
            str(signal.id),
            signal.contact_id,
            signal.occurred_at,
            decision.verdict,
            decision.reason,
            owed.value if owed else None,
            kept,
            dropped,
            decision.expires_at,
            element,
        )


def _identifiers(decision: Decision) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """What was kept and dropped, also of one that was blocked; both empty when that was never asked."""
    owed, dropped = decision.owed, _NOTHING
    kept: tuple[str, ...] = tuple(owed.identifiers) if owed else ()
    for step, _, _, looked_at in decision.noted:
        if step == "identifiers":
            dropped = looked_at
        elif step == "identity" and owed is None and (told := looked_at.get("kept")):
            kept = tuple(str(told).split(", "))
    if owed and owed.click_kind and owed.click_kind not in kept:
        kept = (*kept, owed.click_kind)
    return kept, dropped
