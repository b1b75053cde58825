"""The linter: what a network would take and then make nothing of. The rules are data, in each network's manifest.

They speak of traits: the names of the identifiers and clicks that leave, `value` when an amount leaves, `order_id`
when the signal brought one, `consent` when the event asks for it. A finding keeps nothing back.
"""

from collections.abc import Iterable

from apps.domain.decision import Result, Step
from apps.domain.facts import EventRules, ValueFrom
from apps.domain.manifest import Lint, Manifest, Shape

VALUE, ORDER_ID, CONSENT = "value", "order_id", "consent"


def findings(manifest: Manifest, shape: str, traits: frozenset[str]) -> list[Lint]:
    """What the network drops of a conversion of this shape (its key) with these traits, in the manifest's order."""
    return [
        lint
        for lint in manifest.lints
        if (not lint.shapes or shape in lint.shapes) and lint.having <= traits and not lint.without & traits
    ]


def traits_decided(trace: Iterable[Step], *, rules: EventRules, order_id: str) -> frozenset[str]:
    """The traits of a conversion that was decided, by its trace. `order_id` is the signal's own, or empty."""
    traits = {ORDER_ID: bool(order_id), CONSENT: rules.consent is not None}
    for step, result, _, looked_at in trace:
        if step == "identity":
            traits |= dict.fromkeys(filter(None, looked_at.get("kept", "").split(", ")), True)
        elif step == "click" and result == Result.PASS:
            traits[looked_at["kind"]] = True
        elif step == "value":
            traits[VALUE] = "amount" in looked_at
    return frozenset(name for name, there in traits.items() if there)


def traits_possible(rules: EventRules, shape: Shape) -> frozenset[str]:
    """The traits that any conversion of the event can have: what is found in these is found in all of them."""
    shared = (
        name
        for name in shape.identifiers
        if name not in rules.withheld and (rules.shared is None or name in rules.shared or name in shape.always_shared)
    )
    fixed = {
        VALUE: shape.takes_value and rules.value.source is not ValueFrom.NONE,
        CONSENT: rules.consent is not None,
        ORDER_ID: True,
    }
    return frozenset({*shared, *shape.needs_click, *(name for name, there in fixed.items() if there)})


def shape_left(shape: Shape, trace: Iterable[Step]) -> str:
    """The key of the shape that it left in: its own, or the one that stood in for it."""
    took_another = any(step.step == "route" for step in trace)
    return shape.instead.key if took_another and shape.instead else shape.key
