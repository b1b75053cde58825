"""What a network would take and then make nothing of: found in a draft, and in a conversion that was decided.

Two tables say it: the manifest's lints, of the conversion itself, and the silent cautions of where it lands.
Call inside the workspace's scope.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.ads.cautions import CAUTIONS
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.models import Event
from apps.conversions.rules import Draft, event_rules
from apps.conversions.services import draft_check
from apps.core.ids import new_id
from apps.domain.decision import Step
from apps.domain.facts import EventRules
from apps.domain.linter import findings, shape_left, traits_decided, traits_possible
from apps.domain.manifest import Shape
from apps.pipeline.explain import Say


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the network drops without saying so, in words."""

    code: str
    sentence: str
    advice: str


def found_in_draft(*, draft: Draft, say: Say = str) -> list[Finding]:
    """What holds for every conversion of an event so drafted. Raises InvalidInput naming every field that is wrong."""
    account, settings = draft_check(draft=draft)
    rules = event_rules(Event(id=new_id(), trigger=draft.trigger, trigger_name=draft.trigger_name), settings)
    manifest = NETWORKS[account.network].manifest
    shape = manifest.shapes[draft.trigger]
    return list(_told(account, shape, rules, shape.key, traits_possible(rules, shape), say))


def found_in_decided(
    *, account: AdAccount, shape: Shape, rules: EventRules, trace: Sequence[Step], order_id: str, say: Say = str
) -> list[Finding]:
    """What holds for one conversion that leaves, by the trace of its decision; `order_id` is its signal's own."""
    traits = traits_decided(trace, rules=rules, order_id=order_id)
    return list(_told(account, shape, rules, shape_left(shape, trace), traits, say))


def _told(
    account: AdAccount, shape: Shape, rules: EventRules, left_as: str, traits: frozenset[str], say: Say
) -> Iterator[Finding]:
    for lint in findings(NETWORKS[account.network].manifest, left_as, traits):
        yield Finding(lint.code, say(lint.sentence), say(lint.advice))
    lands = ConversionAction.objects.filter(account=account, kind=shape.destination, external_id=rules.destination)
    for code in lands.values_list("cautions", flat=True).first() or ():
        caution = CAUTIONS.get(code)
        if caution is not None and caution.silent:
            yield Finding(caution.code, say(caution.sentence), say(caution.advice))
