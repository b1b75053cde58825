"""Taking a decision once more: on what it looked at then, and on what is known now. Nothing is written.

Call inside the workspace's scope.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from apps.ads.registry import NETWORKS
from apps.conversions.gathering import signal_of
from apps.conversions.models import Circumstances, Conversion, Event, EventVersion
from apps.conversions.rules import correcting, event_rules
from apps.domain.decide import decide
from apps.domain.decision import Case, Decision
from apps.domain.facts import EventRules
from apps.domain.manifest import Manifest, Shape
from apps.domain.rerun import circumstances_again, contact_again, deal_again, manifest_mark
from apps.domain.shaping import fitted
from apps.signals.models import Signal


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows that a decision is taken from once more."""

    conversion: Conversion
    signal: Signal
    event: Event
    version: EventVersion
    told: Mapping[str, Any]  # the circumstances


def kept_of(conversions: Sequence[Conversion]) -> list[Kept]:
    """What was kept of these decisions, in four queries; without those made before it was, and those since blanked."""
    rows = [each for each in conversions if each.asked and each.circumstances_id]
    signals = {each.id: each for each in Signal.objects.filter(id__in={each.signal_id for each in rows})}
    shared = Circumstances.objects.filter(id__in={each.circumstances_id for each in rows})
    told = {each.id: each.told for each in shared}
    events = Event.objects.in_bulk({each.event_id for each in rows})
    versions = EventVersion.objects.in_bulk({each.version_id for each in rows})
    return [
        Kept(each, signals[each.signal_id], events[each.event_id], versions[each.version_id], told[number])
        for each in rows
        if (number := each.circumstances_id)
    ]


def case_again(kept: Kept) -> Case:
    """The case as the decision saw it, without the person."""
    shared, asked = circumstances_again(kept.told), orjson.loads(kept.conversion.asked)
    event = Event(id=kept.event.id, trigger=kept.event.trigger, trigger_name=kept.event.trigger_name)
    event.on_since = shared.on_since
    rules = event_rules(event, kept.version.settings)
    manifest = NETWORKS[shared.account.network].manifest
    rules = replace(rules, usual=shared.usual, act=shared.act)
    rules, shape = _as_judged(rules, manifest, shared.adjustment)
    return Case(
        signal=signal_of(kept.signal),
        contact=contact_again(asked, rules),
        deal=deal_again(asked),
        event=rules,
        account=shared.account,
        workspace=shared.workspace,
        shape=shape if shared.adjustment else fitted(shape, shared.destination),
        now=kept.conversion.judged_at,
        repeat_of=asked.get("repeat_of", ""),
    )


def _as_judged(rules: EventRules, manifest: Manifest, adjustment: str) -> tuple[EventRules, Shape]:
    if adjustment:
        return correcting(rules), manifest.adjustments[adjustment]
    return rules, manifest.shapes[rules.trigger]


def decided_again(kept: Kept) -> Decision:
    """The decision, taken once more on what it looked at then."""
    return decide(case_again(kept), network_event_id=kept.conversion.network_event_id)


def rules_moved(kept: Kept) -> bool:
    """Whether the network's own rules were read anew since: then the same inputs can come out otherwise."""
    shared = circumstances_again(kept.told)
    return shared.manifest != manifest_mark(NETWORKS[shared.account.network].manifest)
